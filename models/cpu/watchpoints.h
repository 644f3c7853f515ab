// SPDX-License-Identifier: Apache-2.0
//
// Virtual addresses whose loads or stores a debugger wants to see. Pages that hold one never enter
// the software TLB, so that only accesses to them are looked at. No SystemC.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/core/units.h"

namespace cvp {

struct Watchpoint {
  Addr address = 0;
  std::uint64_t size = 1;
  bool loads = false, stores = true;

  bool operator==(const Watchpoint&) const = default;
};

struct WatchHit {
  Watchpoint watchpoint;
  Addr address = 0;  ///< The first byte accessed that is watched.
};

class Watchpoints {
 public:
  void set(std::vector<Watchpoint> list) { list_ = std::move(list); }
  bool empty() const { return list_.empty(); }
  /// Whether one lies in the 2^`page_bits` bytes around `va`.
  bool in_page(Addr va, unsigned page_bits) const {
    return std::any_of(list_.begin(), list_.end(), [&](const Watchpoint& watch) {
      const Addr last = watch.address + (watch.size - 1);
      return watch.address >> page_bits <= va >> page_bits && va >> page_bits <= last >> page_bits;
    });
  }
  std::optional<WatchHit> hit(Addr va, unsigned size, bool is_store) const {
    for (const Watchpoint& watch : list_) {
      if (!(is_store ? watch.stores : watch.loads)) continue;
      const Addr first = std::max(va, watch.address);
      if (first - va < size && first - watch.address < watch.size) return WatchHit{watch, first};
    }
    return {};
  }

 private:
  std::vector<Watchpoint> list_;
};

}  // namespace cvp
