// SPDX-License-Identifier: Apache-2.0
//
// Physical memory protection: 16 regions, granularity 4 bytes. No SystemC.
// [PRIV: Physical Memory Protection]
#pragma once

#include <array>
#include <cstdint>

#include "models/core/units.h"

namespace cvp {

enum class Access : std::uint8_t { kFetch, kLoad, kStore };
enum class Privilege : std::uint8_t { kUser = 0, kSupervisor = 1, kMachine = 3 };

class Pmp {
 public:
  static constexpr unsigned kRegions = 16;

  std::uint64_t read_config(unsigned csr_index) const;  ///< 0: pmpcfg0, 2: pmpcfg2.
  void write_config(unsigned csr_index, std::uint64_t value);
  std::uint64_t read_address(unsigned region) const { return address_[region]; }
  void write_address(unsigned region, std::uint64_t value);

  bool allows(Addr address, std::uint64_t size, Access access, Privilege privilege) const;
  /// Whether one answer holds for all of [address, address + size).
  bool uniform(Addr address, std::uint64_t size) const;

  template <class Archive>
  void serialize(Archive& a) {
    a(config_, address_);
  }

 private:
  struct Bounds {
    Addr first, last;  ///< Inclusive, since a region may end at the top.
    bool empty;
  };
  Bounds bounds(unsigned region) const;
  bool locked(unsigned region) const;

  std::array<std::uint8_t, kRegions> config_{};
  std::array<std::uint64_t, kRegions> address_{};
};

}  // namespace cvp
