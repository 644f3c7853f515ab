// SPDX-License-Identifier: Apache-2.0
//
// HDM decoders: which host physical addresses belong to a device, and where in it they lie. No
// SystemC. [CXL: HDM Decoder Capability Structure, Committing Decoder Programming]
//
// What is committed is decoded as it was programmed at that moment. Decoders commit in order, with
// rising addresses; in a device each begins where the one before it ended, after its skip.
#pragma once

#include <array>
#include <optional>

#include "models/core/address_range.h"

namespace cvp {

struct CxlHdmSetting {
  AddrRange range;         ///< Host physical addresses.
  std::uint64_t skip = 0;  ///< Device memory left out before it.
  unsigned ways = 0;       ///< Encoded; 0: one way, the only one supported.
};

class CxlHdmDecoders {
 public:
  static constexpr std::size_t kCount = 2;

  /// `window`: where ranges may lie. `capacity`: of the device; no limit for a host bridge.
  CxlHdmDecoders(const AddrRange& window, std::uint64_t capacity)
      : window_(window), capacity_(capacity) {}

  /// False: the setting is refused and nothing has changed.
  bool commit(std::size_t index, const CxlHdmSetting& setting);
  void uncommit(std::size_t index) { decoders_[index].committed = false; }
  bool committed(std::size_t index) const { return decoders_[index].committed; }

  struct Hit {
    AddrRange range;       ///< The decoder's host addresses.
    Addr device_base = 0;  ///< Device address of range.base.
    Addr device_address(Addr host) const { return device_base + (host - range.base); }
  };
  /// The committed decoder that holds all of the access.
  std::optional<Hit> find(Addr host_address, std::uint64_t length) const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(decoders_);
  }

 private:
  struct Decoder {
    AddrRange range;
    Addr device_base = 0;
    bool committed = false;
    template <class Archive>
    void serialize(Archive& archive) {
      archive(range, device_base, committed);
    }
  };
  AddrRange window_;
  std::uint64_t capacity_;
  std::array<Decoder, kCount> decoders_{};
};

}  // namespace cvp
