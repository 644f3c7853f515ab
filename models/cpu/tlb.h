// SPDX-License-Identifier: Apache-2.0
//
// Software TLB: from virtual pages to host memory. Direct-mapped; one array for each kind of
// access, one more for pages whose grant costs time. No SystemC.
//
// A tag is the page address with a key in its low 12 bits: a generation, which a flush advances,
// and the context (privilege, SUM, MXR) for which the rights were checked. A flush therefore costs
// nothing, except once in 511 times, when the arrays are cleared.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "models/core/units.h"

namespace cvp {

struct TlbEntry {
  std::uint64_t tag = 0;     ///< Key 0 is never current.
  std::uint64_t addend = 0;  ///< Host address = virtual address + addend.
};

struct TimedTlbEntry {
  std::uint64_t tag = 0;
  std::uint64_t addend = 0;
  std::uint32_t cycles = 0;
  std::uint64_t* bytes = nullptr;
};

struct FetchTlbEntry {
  std::uint64_t tag = 0;
  std::uint64_t addend = 0;
  Addr physical = 0;  ///< Of the page.
};

/// The host memory at the sum of a virtual address and an entry's addend.
inline std::uint8_t* host_pointer(std::uint64_t address) {
  return reinterpret_cast<std::uint8_t*>(address);  // NOLINT(performance-no-int-to-ptr)
}

class Tlb {
 public:
  static constexpr unsigned kEntries = 4096, kFetchEntries = 1024, kPageBits = 12;
  static constexpr std::uint64_t kPageMask = (std::uint64_t{1} << kPageBits) - 1;

  TlbEntry& load(Addr va) { return arrays_->load[va >> kPageBits & (kEntries - 1)]; }
  TlbEntry& store(Addr va) { return arrays_->store[va >> kPageBits & (kEntries - 1)]; }
  TimedTlbEntry& timed(Addr va, bool is_store) {
    return arrays_->timed[is_store][va >> kPageBits & (kEntries - 1)];
  }
  FetchTlbEntry& fetch(Addr va) { return arrays_->fetch[va >> kPageBits & (kFetchEntries - 1)]; }

  /// Key of `context` (0 to 7) in this generation.
  std::uint64_t key(unsigned context) const { return generation_ << 3 | context; }
  void flush() {
    if (++generation_ < 512) return;
    *arrays_ = {};
    generation_ = 1;
  }

 private:
  struct Arrays {
    std::array<TlbEntry, kEntries> load, store;
    std::array<std::array<TimedTlbEntry, kEntries>, 2> timed;
    std::array<FetchTlbEntry, kFetchEntries> fetch;
  };
  std::unique_ptr<Arrays> arrays_ = std::make_unique<Arrays>();
  std::uint64_t generation_ = 1;
};

}  // namespace cvp
