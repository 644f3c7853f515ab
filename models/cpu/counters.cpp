// SPDX-License-Identifier: Apache-2.0
//
// Counters, and the supervisor's timer compare. [PRIV: Machine-Level CSRs; Sstc]
#include "models/cpu/hart.h"

namespace cvp {
namespace {

constexpr std::uint64_t kInhibitMask = 0x5;  // The hpm counters are read-only zero.

}  // namespace

std::uint64_t Hart::counter(bool cycles) const {
  const std::uint64_t base = cycles ? csr_.mcycle_base : csr_.minstret_base;
  const bool inhibited = (csr_.mcountinhibit & (cycles ? 1 : 4)) != 0;
  return inhibited ? base : base + (cycles ? live_cycle() : live_instret());
}

/// The next instruction reads `value`: a write takes the place of the increment.
void Hart::set_counter(bool cycles, std::uint64_t value) {
  const bool inhibited = (csr_.mcountinhibit & (cycles ? 1 : 4)) != 0;
  const std::uint64_t next = cycles ? live_cycle() + params_.cpi : live_instret() + 1;
  (cycles ? csr_.mcycle_base : csr_.minstret_base) = inhibited ? value : value - next;
}

void Hart::write_countinhibit(std::uint64_t value) {
  const std::uint64_t cycles = counter(true), instructions = counter(false);
  csr_.mcountinhibit = value & kInhibitMask;
  csr_.mcycle_base = (csr_.mcountinhibit & 1) != 0 ? cycles : cycles - live_cycle();
  csr_.minstret_base = (csr_.mcountinhibit & 4) != 0 ? instructions : instructions - live_instret();
}

/// Finds out when STIP rises, and ends the current turn no later.
void Hart::update_supervisor_timer() {
  timer_cycle_ = has_supervisor_timer() ? bus_.cycle_at(csr_.stimecmp) : kNever;
  const std::uint64_t now = live_cycle(), next = now + params_.cpi;
  if (timer_cycle_ == kNever || timer_cycle_ <= now) return;
  const std::uint64_t after = timer_cycle_ > next ? timer_cycle_ - next : 0;
  const std::uint64_t left = 1 + (after + params_.cpi - 1) / params_.cpi;
  if (remaining_ <= 0 || left >= static_cast<std::uint64_t>(remaining_)) return;
  const std::int64_t surplus = remaining_ - static_cast<std::int64_t>(left);
  remaining_ -= surplus;
  budget_ -= surplus;
}

/// With Sstc STIP is the comparison and nothing else.
std::uint64_t Hart::with_supervisor_timer(std::uint64_t pending) const {
  pending &= ~std::uint64_t{kStip};
  return live_cycle() >= timer_cycle_ ? pending | kStip : pending;
}

}  // namespace cvp
