// SPDX-License-Identifier: Apache-2.0
#include "models/plic/plic_core.h"

#include <bit>

#include "models/core/report.h"

namespace cvp {
namespace {
constexpr PlicCore::Source kWordBits = 32;
}

PlicCore::PlicCore(unsigned contexts, Source sources, Source first_edge_source)
    : contexts_(contexts),
      sources_(sources),
      first_edge_source_(first_edge_source),
      gateways_(sources + 1) {
  CVP_CHECK(sources >= 1 && sources < regs.priority.count(), "PLIC of ", sources, " sources");
  CVP_CHECK(contexts >= 1 && contexts <= regs.context_threshold.count(), "PLIC of ", contexts,
            " contexts");
  const std::size_t words = sources / kWordBits + 1;
  regs.priority.limit(sources + 1);
  regs.priority.restrict_writable(0, 0);
  regs.pending.limit(words);
  regs.enables_word.limit(words);
  regs.enables_word.limit_groups(contexts);
  regs.context_threshold.limit_groups(contexts);
  regs.context_claim.limit_groups(contexts);
  for (unsigned context = 0; context < contexts; ++context) {
    regs.enables_word.restrict_writable(regs.enables_word.index(context, 0), ~std::uint64_t{1});
    regs.enables_word.restrict_writable(regs.enables_word.index(context, words - 1),
                                        ~std::uint64_t{0} >> (63 - sources % kWordBits));
  }
  regs.context_claim.on_read(
      [this](std::size_t context) { return claim(static_cast<unsigned>(context)); });
  regs.context_claim.on_write([this](std::size_t context, std::uint32_t source) {
    complete(static_cast<unsigned>(context), source);
  });
}

void PlicCore::set_level(Source source, bool level) {
  Gateway& gateway = gateways_[source];
  if (gateway.level == level) return;
  gateway.level = level;
  if (!level) return;  // A request that was forwarded stays.
  if (!gateway.forwarded) {
    forward(source);
  } else if (is_edge(source)) {
    ++gateway.waiting_edges;
  }
}

void PlicCore::forward(Source source) {
  gateways_[source].forwarded = true;
  ++statistics_.requests;
  set_pending(source, true);
}

void PlicCore::set_pending(Source source, bool pending) {
  const std::size_t word = source / kWordBits;
  const std::uint32_t bit = std::uint32_t{1} << source % kWordBits;
  const std::uint32_t bits = regs.pending.get(word);
  regs.pending.set(word, pending ? bits | bit : bits & ~bit);
}

std::uint32_t PlicCore::candidates(unsigned context, unsigned word) const {
  return regs.pending.get(word) & regs.enables_word.get(regs.enables_word.index(context, word));
}

bool PlicCore::interrupting(unsigned context) const {
  const unsigned threshold = regs.context_threshold.get(context).level;
  for (unsigned word = 0; word <= sources_ / kWordBits; ++word) {
    for (std::uint32_t bits = candidates(context, word); bits != 0; bits &= bits - 1) {
      const Source source = word * kWordBits + static_cast<unsigned>(std::countr_zero(bits));
      if (regs.priority.get(source).level > threshold) return true;
    }
  }
  return false;
}

// The threshold takes no part [PLIC: Interrupt Claim Process]; of equal priorities the lowest
// source wins, and priority 0 never does [PLIC: Interrupt Priorities].
PlicCore::Source PlicCore::claim(unsigned context) {
  Source best = 0;
  unsigned best_priority = 0;
  for (unsigned word = 0; word <= sources_ / kWordBits; ++word) {
    for (std::uint32_t bits = candidates(context, word); bits != 0; bits &= bits - 1) {
      const Source source = word * kWordBits + static_cast<unsigned>(std::countr_zero(bits));
      const unsigned priority = regs.priority.get(source).level;
      if (priority > best_priority) best = source, best_priority = priority;
    }
  }
  ++(best != 0 ? statistics_.claims : statistics_.empty_claims);
  if (best != 0) set_pending(best, false);
  return best;
}

// A completion of a source that is not enabled for the context is ignored
// [PLIC: Interrupt Completion].
void PlicCore::complete(unsigned context, Source source) {
  if (source == 0 || source > sources_) return;
  const std::size_t word = source / kWordBits;
  const std::uint32_t bit = std::uint32_t{1} << source % kWordBits;
  if ((regs.enables_word.get(regs.enables_word.index(context, word)) & bit) == 0) return;
  Gateway& gateway = gateways_[source];
  const bool being_served = gateway.forwarded && (regs.pending.get(word) & bit) == 0;
  if (!being_served) return;
  ++statistics_.completions;
  gateway.forwarded = false;
  if (is_edge(source) && gateway.waiting_edges > 0) {
    --gateway.waiting_edges;
    forward(source);
  } else if (!is_edge(source) && gateway.level) {
    forward(source);
  }
}

}  // namespace cvp
