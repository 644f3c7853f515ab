// SPDX-License-Identifier: Apache-2.0
//
// What looks over a hart's shoulder: breakpoints, logs, profiles, semihosting. No SystemC.
//
// A probe says, when code is decoded, which instructions it wants to see. Only those take the way
// round through it (the interpreter's `probed` handler); all others run as if it were not there.
// Blocks, turns and time do not depend on probes, so that a run with them is the same run.
#pragma once

#include <cstdint>

#include "models/core/units.h"
#include "models/cpu/op.h"

namespace cvp {

class Hart;

/// An instruction that is about to be executed.
struct ProbedInstruction {
  Addr pc = 0;             ///< Virtual.
  std::uint32_t bits = 0;  ///< As in memory: 16 or 32 bits.
  Instruction decoded;
  std::uint64_t number = 0;  ///< Instructions that the hart has retired before it.
  bool replayed = false;     ///< It has been seen before and has waited for the bus since.
};

class HartProbe {
 public:
  enum class Verdict : std::uint8_t {
    kExecute,
    kSkip,  ///< The probe has done the instruction's work: it retires.
    kStop,  ///< run() returns kStopped with pc at this instruction.
  };
  virtual ~HartProbe() = default;

  /// Whether before() shall be called for this instruction at `pc`. After a change of mind:
  /// Hart::probes_changed().
  virtual bool wants(Addr pc, const Instruction& instruction) const = 0;
  /// The hart's registers are those before the instruction. Probes that were added later are not
  /// asked unless the answer is kExecute.
  virtual Verdict before(Hart& hart, const ProbedInstruction& instruction) = 0;
  /// The hart is about to take a trap or an interrupt, at pc(). What traps does not retire: then
  /// Hart::retired() is still the `number` that before() has seen.
  virtual void trapping(Hart&, std::uint64_t /*cause*/, bool /*is_interrupt*/) {}
  /// run() begins; the only place besides that between runs where a probe may change its mind.
  virtual void turn_begins(Hart&, std::uint64_t /*max_instructions*/) {}
  /// run() returns. An instruction that waits for the bus has not retired and will be seen again.
  virtual void turn_ends(Hart&) {}
};

}  // namespace cvp
