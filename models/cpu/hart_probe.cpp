// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/hart_probe.h"

#include <algorithm>

#include "models/cpu/decode.h"
#include "models/cpu/hart.h"

namespace cvp {

void Hart::add_probe(HartProbe& probe, bool first) {
  probes_.insert(first ? probes_.begin() : probes_.end(), &probe);
  probes_changed();
}

void Hart::remove_probe(HartProbe& probe) {
  probes_.erase(std::remove(probes_.begin(), probes_.end(), &probe), probes_.end());
  probes_changed();
}

void Hart::probes_changed() {
  blocks_.clear();
  flush_translations();
}

bool Hart::is_probed(Addr pc, const Instruction& instruction) const {
  return std::any_of(probes_.begin(), probes_.end(),
                     [&](const HartProbe* probe) { return probe->wants(pc, instruction); });
}

HartProbe::Verdict Hart::ask_probes(std::uint32_t bits, const Instruction& instruction) {
  const ProbedInstruction at{pc_, bits, instruction, live_instret(), replaying()};
  for (HartProbe* probe : probes_) {
    if (!probe->wants(pc_, instruction)) continue;
    const HartProbe::Verdict verdict = probe->before(*this, at);
    if (verdict != HartProbe::Verdict::kExecute) return verdict;
  }
  return HartProbe::Verdict::kExecute;
}

}  // namespace cvp
