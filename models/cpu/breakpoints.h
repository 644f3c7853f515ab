// SPDX-License-Identifier: Apache-2.0
//
// Stops harts before the instructions at given virtual addresses. Shared by all harts. No SystemC.
#pragma once

#include <set>

#include "models/cpu/hart_probe.h"

namespace cvp {

class Breakpoints : public HartProbe {
 public:
  /// To be followed by Hart::probes_changed() of every hart that this is a probe of.
  void set(std::set<Addr> addresses) { addresses_ = std::move(addresses); }

  bool wants(Addr pc, const Instruction&) const override { return addresses_.contains(pc); }
  // What has begun and waited for the bus meanwhile is not begun again.
  Verdict before(Hart&, const ProbedInstruction& instruction) override {
    return instruction.replayed ? Verdict::kExecute : Verdict::kStop;
  }

 private:
  std::set<Addr> addresses_;
};

}  // namespace cvp
