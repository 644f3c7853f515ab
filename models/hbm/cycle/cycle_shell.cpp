// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/cycle/cycle_shell.h"

#include <algorithm>
#include <utility>

namespace cvp::hbm_cycle {
namespace {

// So far ahead of the kernel the counters, and changes of the refresh rate, may be: a few times
// what the answer to a read is ahead anyway.
constexpr Tick kAhead = 256;

}  // namespace

CycleShell::CycleShell(const CycleEngineParams& params, Femtoseconds latency, BurstTarget& target,
                       ActionQueue& actions, SourceId source, Answered answered)
    : engine_(params),
      latency_(latency),
      ticks_({2 * params.timing.clock.hertz}),
      target_(target),
      actions_(actions),
      source_(source),
      agenda_(actions, source, *this),
      answered_(std::move(answered)) {}

void CycleShell::begin(tlm::tlm_generic_payload& payload, Femtoseconds arrival,
                       Femtoseconds start) {
  open(start, {&payload, arrival, 0});
}

void CycleShell::read_unanswered(std::uint64_t offset, Femtoseconds start) {
  open(start, {nullptr, start, offset});
}

void CycleShell::open(Femtoseconds start, const Open& transaction) {
  if (free_.empty()) {
    free_.push_back(open_.size());
    open_.emplace_back();
  }
  const std::size_t slot = free_.back();
  free_.pop_back();
  open_[slot] = transaction;
  if (start == actions_.now()) {
    enter(slot);
  } else {
    actions_.post(start, source_, *this, kArrives, slot);
  }
}

void CycleShell::on_action(const Action& action) {
  switch (action.op) {
    case kArrives:
      return enter(action.arg);
    case kRefreshRate:
      agenda_.done(action);
      engine_.set_refresh_rate(static_cast<unsigned>(action.arg), arrival_tick() + 1);
      return wake_at_next_tick();
    default:
      --wakes_;
      if (static_cast<Tick>(action.arg) == wake_) step();
  }
}

// An arrival within a tick counts from its end; one that answers an answer before its time, from
// where the engine is.
void CycleShell::enter(std::size_t slot) {
  const Open& transaction = open_[slot];
  if (const auto* payload = transaction.payload) {
    engine_.submit(slot, payload->is_write(), payload->get_address(), payload->get_data_length(),
                   arrival_tick());
  } else {
    engine_.submit(slot, false, transaction.offset, 1, arrival_tick());
  }
  wake_at_next_tick();
}

Tick CycleShell::arrival_tick() {
  const Tick tick = std::max(last_, static_cast<Tick>(ticks_.cycles_until(actions_.now())));
  while (engine_.next_tick() < tick) step_engine();  // After loading.
  return tick;
}

// What others may do, and so when, changes only with an answer.
void CycleShell::step() {
  const Tick now = wake_;
  wake_ = kNever;
  step_engine();
  Tick alone_until = next_of_others();
  while (engine_.next_tick() <= alone_until ||
         (engine_.next_tick() <= now + kAhead && engine_.backlogged())) {
    if (step_engine()) alone_until = next_of_others();
  }
  wake_at_next_tick();
}

bool CycleShell::step_engine() {
  last_ = engine_.next_tick();
  engine_.step(ended_);
  const bool answers = !ended_.empty();
  for (const Completion& end : ended_) {
    const Open open = std::exchange(open_[end.id], {});
    free_.push_back(end.id);
    if (open.payload == nullptr) continue;
    const Femtoseconds completion = ticks_.at(static_cast<std::uint64_t>(end.tick)) + latency_;
    answered_(*open.payload, open.arrival, completion);
    target_.respond(*open.payload, completion);
  }
  ended_.clear();
  return answers;
}

// The first tick by which anybody else can have done something, so that something may arrive.
Tick CycleShell::next_of_others() const {
  if (actions_.pending() > wakes_ || sc_core::sc_pending_activity_at_current_time()) return 0;
  if (!sc_core::sc_pending_activity_at_future_time()) return kNever;
  const Femtoseconds ahead = to_femtoseconds(sc_core::sc_time_to_pending_activity());
  return static_cast<Tick>(ticks_.cycles_until(actions_.now() + ahead));
}

void CycleShell::wake_at_next_tick() {
  const Tick tick = engine_.next_tick();
  if (tick >= wake_) return;
  wake_ = tick;
  const auto arg = static_cast<std::uint64_t>(tick);
  actions_.post(ticks_.at(arg), source_, *this, kSteps, arg);
  ++wakes_;
}

const ControllerStatistics& CycleShell::channel_statistics(unsigned channel, Femtoseconds now) {
  engine_.settle(static_cast<Tick>(ticks_.cycles_in(now)));
  return engine_.channel_statistics(channel);
}

}  // namespace cvp::hbm_cycle
