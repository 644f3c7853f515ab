// SPDX-License-Identifier: Apache-2.0
//
// What a hart is made with and what a turn of it gives back. No SystemC.
#pragma once

#include <cstdint>

#include "models/cpu/isa.h"

namespace cvp {

struct HartParams {
  std::uint64_t hart_id = 0;
  Isa isa;
  std::uint32_t cpi = 1;           ///< Hart clocks an instruction.
  std::uint32_t spin_rounds = 64;  ///< Rounds of a load-only loop after which run() returns.
  /// Loads and stores that are not naturally aligned trap instead of being done in hardware.
  bool misaligned_traps = false;
};

enum class StopReason : std::uint8_t {
  kQuantum,     ///< The given number of instructions is done.
  kWfi,         ///< Waits for an interrupt; run() does nothing until one is pending.
  kBusPending,  ///< Carry out pending_request(), then complete_bus(), then run() again.
  kPause,       ///< A pause instruction.
  kScFailed,    ///< A store-conditional failed: let another hart make progress.
  kSpin,        ///< A loop that only loads went round `spin_rounds` times.
  kStopped,     ///< By a probe, before the instruction at pc(), or after a watched access.
};

struct RunResult {
  StopReason reason = StopReason::kQuantum;
  std::uint64_t instructions = 0;  ///< Retired in this call.
};

struct HartStatistics {
  std::uint64_t bus_accesses = 0, traps = 0, interrupts = 0, wfi = 0;
  std::uint64_t blocks_decoded = 0;  ///< Of this process: not part of the saved state.

  template <class Archive>
  void serialize(Archive& a) {
    a(bus_accesses, traps, interrupts, wfi);
  }
};

}  // namespace cvp
