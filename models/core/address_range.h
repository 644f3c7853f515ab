// SPDX-License-Identifier: Apache-2.0
//
// Half-open address ranges. Inclusive ends exist only where TLM wants one (tlm_dmi).
#pragma once

#include "models/core/units.h"

namespace cvp {

struct AddrRange {
  Addr base = 0;
  std::uint64_t size = 0;

  auto operator<=>(const AddrRange&) const = default;
  constexpr Addr end() const { return base + size; }
  /// Whether all of [address, address + length) lies inside; safe at the top of the address space.
  constexpr bool contains(Addr address, std::uint64_t length = 1) const {
    return address >= base && length <= size && address - base <= size - length;
  }
  constexpr bool overlaps(const AddrRange& other) const {
    return size > 0 && other.size > 0 &&
           (base <= other.base ? other.base - base < size : base - other.base < other.size);
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(base, size);
  }
};

}  // namespace cvp
