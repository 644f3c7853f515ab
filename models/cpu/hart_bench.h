// SPDX-License-Identifier: Apache-2.0
//
// For tests only: machines whose program is at the start of RAM, with a handler for its traps.
#pragma once

#include "models/cpu/test_code.h"

namespace cvp::code {

constexpr Addr kHandler = kRamBase + 0x400, kData = kRamBase + 0x1000;
constexpr std::uint64_t number(Cause cause) { return static_cast<std::uint64_t>(cause); }

/// A machine with a trap handler that waits for ever, and kData in s0.
struct Bench : Machine {
  explicit Bench(const std::vector<Word>& program, const HartParams& params = {})
      : Machine(params) {
    load(program);
    load({addi(zero, zero, 0), jump_back(0)}, kHandler);
    hart.set_x(s0, kData);
    hart.set_x(t2, kHandler);
  }
  /// mtvec = kHandler is the first instruction of programs that trap.
  static Word set_handler() { return csrw(kCsrMtvec, t2); }
};

}  // namespace cvp::code
