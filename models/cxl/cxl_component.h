// SPDX-License-Identifier: Apache-2.0
//
// Component registers of a host bridge or a device, and the HDM decoders behind them. No SystemC.
// Programmer's model: cxl_component.regs.toml. A commit takes effect at once.
#pragma once

#include <functional>

#include "models/cxl/cxl_component_regs.h"  // generated
#include "models/cxl/cxl_hdm.h"

namespace cvp {

class CxlComponent {
 public:
  /// `targets`: of a host bridge; 0 in a device, whose decoders hold a skip instead.
  CxlComponent(const AddrRange& window, std::uint64_t capacity, unsigned targets);

  CxlComponentRegs& regs() { return regs_; }
  /// The committed and enabled decoder that holds all of the access.
  std::optional<CxlHdmDecoders::Hit> find(Addr host_address, std::uint64_t length) const;
  /// Called when what is decoded may have changed.
  void on_change(std::function<void()> handler) { changed_ = std::move(handler); }
  /// Programs decoder 0 as firmware would. False if it is refused.
  bool program(const AddrRange& range);

  template <class Archive>
  void serialize(Archive& archive) {
    archive(regs_, decoders_, saved_);
  }

 private:
  struct Saved {  // Registers of a decoder when it was committed.
    std::uint32_t base_low = 0, base_high = 0, size_low = 0, size_high = 0;
    std::uint32_t target_low = 0, target_high = 0, control = 0;
    template <class Archive>
    void serialize(Archive& archive) {
      archive(base_low, base_high, size_low, size_high, target_low, target_high, control);
    }
  };
  void write_control(std::size_t index, CxlComponentRegs::DecoderControl control);
  CxlHdmSetting setting(std::size_t index) const;
  void save(std::size_t index);
  void keep_if_locked(std::size_t index);
  void changed() const {
    if (changed_) changed_();
  }

  CxlComponentRegs regs_{"component"};
  CxlHdmDecoders decoders_;
  const bool device_;
  std::array<Saved, CxlHdmDecoders::kCount> saved_{};
  std::function<void()> changed_;
};

}  // namespace cvp
