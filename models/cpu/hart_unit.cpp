// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/hart_unit.h"

#include <algorithm>

#include "models/core/report.h"
#include "models/core/trace.h"

namespace cvp {
HartUnit::HartUnit(CpuCluster& cluster, unsigned index, ActionQueue& actions,
                   const CpuClusterParams& params)
    : cluster_(cluster),
      index_(index),
      actions_(actions),
      params_(params),
      clock_(params.clock),
      socket_(cluster.mem_initiator[index]),
      source_(source_id(socket_.name())),
      hart_({.hart_id = index,
             .isa = Isa::checked(params.isa),
             .cpi = params.cpi,
             .misaligned_traps = params.misaligned_traps},
            *this) {
  socket_.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
  payload_.set_extension(&attributes_);
  attributes_.source = source_;
  attributes_.requester = index;
  attributes_.traffic_class = TrafficClass::kHart;
  hart_.reset(params.reset_vector);
  hart_.set_x(10, index);
}

HartUnit::~HartUnit() { payload_.clear_extension(&attributes_); }

void HartUnit::start() {
  if (cluster_.imsic.size() > 0) {
    hart_.attach(cluster_.imsic->machine_file(index_), cluster_.imsic->supervisor_file(index_));
  }
  schedule(actions_.now(), kRun);
}

void HartUnit::schedule(Femtoseconds time, Op op) {
  state_ = op == kResume ? State::kOnBus : State::kScheduled;
  actions_.post(std::max(time, actions_.now()), source_, *this, op, 0, kHartTurn);
}

void HartUnit::on_action(const Action& action) {
  switch (static_cast<Op>(action.op)) {
    case kRun:
      return turn();
    case kIssue:
      return issue();
    case kResume:
      return resume();
    case kAlarm:
      if (state_ != State::kIdle || action.time != alarm_) return;
      alarm_ = Femtoseconds::max();
      return turn();
  }
}

Femtoseconds HartUnit::deadline() const {
  return cluster_.timer.size() > 0 ? cluster_.timer->deadline(index_) : Femtoseconds::max();
}

std::uint64_t HartUnit::time(std::uint64_t cycle) {
  return cluster_.timer.size() > 0 ? cluster_.timer->mtime_at(clock_.at(cycle)) : 0;
}

/// By bisection: TimerIf only tells what mtime is at a time. Mostly the last answer still holds.
std::uint64_t HartUnit::cycle_at(std::uint64_t mtime) {
  if (cluster_.timer.size() == 0) return Hart::kNever;
  const auto reached = [&](std::uint64_t cycle) {
    return cluster_.timer->mtime_at(clock_.at(cycle)) >= mtime;
  };
  const std::uint64_t last = last_timer_cycle_;
  if (last > hart_.cycle() && reached(last) && !reached(last - 1)) return last;
  if (reached(hart_.cycle())) return hart_.cycle();
  // Only what is to come counts: software may have set mtime back.
  std::uint64_t low = hart_.cycle(), high = clock_.cycles_in(Femtoseconds::max());
  if (!reached(high)) return Hart::kNever;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (reached(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return last_timer_cycle_ = low;
}

/// A hart in wfi is woken when mtime reaches its stimecmp. An alarm that was set before and no
/// longer holds finds another time in alarm_.
void HartUnit::set_alarm() {
  if (hart_.wake_cycle() == Hart::kNever) return;
  const Femtoseconds due = std::max(clock_.at(hart_.wake_cycle()), actions_.now());
  if (due == alarm_) return;
  alarm_ = due;
  actions_.post(due, source_, *this, kAlarm, 0, kHartTurn);
}

/// The timer's level comes from TimerIf, which knows it at once; its wire is a delta cycle late.
std::uint64_t HartUnit::interrupt_levels() const {
  const bool timer =
      cluster_.timer.size() > 0 ? deadline() <= actions_.now() : cluster_.mtip[index_].read();
  return (cluster_.msip[index_].read() ? std::uint64_t{kMsip} : 0) |
         (timer ? std::uint64_t{kMtip} : 0) |
         (cluster_.meip[index_].read() ? std::uint64_t{kMeip} : 0) |
         (cluster_.seip[index_].read() ? std::uint64_t{kSeip} : 0);
}

void HartUnit::inputs_changed() {
  const std::uint64_t before = levels_;
  hart_.set_interrupt_inputs(interrupt_levels());
  levels_ = hart_.interrupt_signals();
  if (!hart_.wakes()) return;
  const Femtoseconds now = actions_.now(), local = local_time();
  if (state_ == State::kIdle) {
    schedule(local, kRun);
  }
  if ((levels_ & ~before) != 0 && local > now) {
    max_lateness_ = std::max(max_lateness_, local - now);
  }
}

std::uint64_t HartUnit::instructions_until(Femtoseconds time) const {
  const std::uint64_t end = clock_.cycles_until(time);
  if (end <= hart_.cycle()) return 1;
  return (end - hart_.cycle() + params_.cpi - 1) / params_.cpi;
}

void HartUnit::turn() {
  if (held()) return;
  const Femtoseconds now = actions_.now();
  hart_.advance_to(clock_.cycles_until(now));
  hart_.set_interrupt_inputs(interrupt_levels());
  Femtoseconds end = now + params_.quantum;
  if (const Femtoseconds timer = deadline(); timer > now) end = std::min(end, timer);
  release_reservation();
  const std::uint64_t instructions = instructions_until(end);
  const RunResult result =
      cluster_.debug_ == nullptr ? hart_.run(instructions) : run_for_debug(instructions);
  levels_ = hart_.interrupt_signals();  // Of which it knows.
  if (trace_sink() != nullptr) {
    if (awake_since_ == Femtoseconds::max()) awake_since_ = now;
    trace(result.reason == StopReason::kWfi);
  }
  switch (result.reason) {
    case StopReason::kWfi:
      hart_.break_reservation();
      state_ = State::kIdle;
      // What came while it ran ahead has been seen by inputs_changed(); this turn saw the rest.
      if (hart_.wakes()) return schedule(local_time(), kRun);
      return set_alarm();
    case StopReason::kBusPending:
      hold_reservation();
      return schedule(local_time(), kIssue);
    case StopReason::kQuantum:
      // Between lr and sc: were it to end here, tiny quanta would never let an sc succeed.
      hold_reservation();
      return schedule(local_time(), kRun);
    case StopReason::kStopped:
      hold_reservation();
      held_ = true;
      return;
    default:
      hart_.break_reservation();
      return schedule(local_time(), kRun);
  }
}

// A span from waking up to wfi, cut at every quantum.
void HartUnit::trace(bool sleeps) {
  const Femtoseconds until = local_time();
  if (!sleeps && until < awake_since_ + params_.quantum) return;
  const std::string track = std::string(cluster_.name()) + ".hart" + std::to_string(index_);
  if (until > awake_since_) trace_sink()->span(track, "run", awake_since_, until);
  awake_since_ = sleeps ? Femtoseconds::max() : until;
}

std::string HartUnit::waiting() const {
  const char* what = state_ == State::kOnBus ? "waits for the bus"
                     : hart_.waiting()       ? "wfi"
                                             : "runs";
  std::string text = concat("hart ", index_, ": ", what, " at pc ", hex(hart_.pc()));
  if (state_ == State::kOnBus) text += ", address " + hex(hart_.pending_request().address);
  return text;
}

CpuStatistics HartUnit::statistics() const {
  const HartStatistics& core = hart_.statistics();
  return {.instructions = hart_.instructions(),
          .bus_accesses = core.bus_accesses,
          .bus_bytes = bus_bytes_,
          .bus_errors = bus_errors_,
          .traps = core.traps,
          .interrupts = core.interrupts,
          .wfi = core.wfi,
          .max_interrupt_lateness = max_lateness_,
          .local_time = local_time()};
}

void HartUnit::add_grant_statistics(std::vector<GrantStatistics>& out) const {
  const auto add = [&](const GrantStatistics& grant) {
    const auto same = [&](const GrantStatistics& entry) {
      return entry.range == grant.range && entry.bytes.has_value() == grant.bytes.has_value();
    };
    const auto found = std::find_if(out.begin(), out.end(), same);
    if (found == out.end()) {
      out.push_back(grant);
    } else if (grant.bytes) {
      *found->bytes += *grant.bytes;
    }
  };
  for (const GrantStatistics& grant : retired_grants_) add(grant);
  for (const Grant& grant : grants_) add(grant.statistics());
}

}  // namespace cvp
