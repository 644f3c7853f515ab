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

void Hart::set_watchpoints(std::vector<Watchpoint> list) {
  watchpoints_.set(std::move(list));
  watch_hit_.reset();
  flush_translations();
}

/// What follows every access that is not made through the software TLB.
Hart::Outcome Hart::watched(Outcome outcome, Addr va, unsigned size, bool is_store) {
  if (watchpoints_.empty() || outcome != Outcome::kDone) return outcome;
  if (const auto hit = watchpoints_.hit(va, size, is_store)) {
    watch_hit_ = hit;
    leave_block_ = true;
  }
  return outcome;
}

bool Hart::poke_csr(unsigned number, std::uint64_t value) {
  std::uint64_t old = 0;
  return read_csr(number, old) && number >> 10 != 3 && write_csr(number, value);
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
