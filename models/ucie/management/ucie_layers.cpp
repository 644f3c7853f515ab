// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/management/ucie_layers.h"

#include <algorithm>
#include <utility>

namespace cvp {

void UcieLayers::assume(State state) {
  state_ = state;
  if (interface_ != Interface::kFdi || !is_active(state)) return;
  Line& line = lines_[kRxActive];
  line.wanted = true;
  line.handshake.ask(true, {}, {});
  line.handshake.wake({});
}

bool UcieLayers::may_gate_clock() const {
  return state_ == State::kReset || state_ == State::kL1 || state_ == State::kL2 ||
         state_ == State::kLinkReset || state_ == State::kDisabled;
}

bool UcieLayers::may_leave(Femtoseconds now, const StopFlits& stop_flits) {
  if (may_gate_clock()) return bring(kClock, true, now);
  if (!is_active(state_)) return true;
  if (is(kStall, false)) want(kStall, true, now, stop_flits ? stop_flits(now) : now);
  return is(kStall, true) && bring(kRxActive, false, now);
}

bool UcieLayers::may_ask(Femtoseconds now) { return !may_gate_clock() || bring(kWake, true, now); }

bool UcieLayers::may_listen(Femtoseconds now) {
  return interface_ == Interface::kRdi || bring(kRxActive, true, now);
}

void UcieLayers::note(State state, Femtoseconds now) {
  if (state == state_) return;
  state_ = state;
  changes_.push_back({.time = now, .signal = "pl_state_sts", .state = state});
  if (!is_active(state)) {
    want(kStall, false, now);
    want(kRxActive, false, now);
  }
  want(kClock, false, now);
  want(kWake, false, now);
}

void UcieLayers::wake(Femtoseconds now) {
  for (std::size_t kind = 0; kind < kKinds; ++kind) follow(static_cast<Kind>(kind), now);
}

Femtoseconds UcieLayers::deadline() const {
  Femtoseconds first = Femtoseconds::max();
  for (const Line& line : lines_) first = std::min(first, line.handshake.deadline());
  return first;
}

bool UcieLayers::gives_up(Femtoseconds now) {
  if (std::ranges::none_of(lines_, [now](const Line& l) { return l.handshake.overdue(now); })) {
    return false;
  }
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    Line& line = lines_[kind];
    if (line.handshake.request()) say(kNames[kind].request, false, now);
    if (line.handshake.acknowledge()) say(kNames[kind].acknowledge, false, now);
    line = {};
  }
  return true;
}

std::vector<UcieSignalChange> UcieLayers::take_changes() { return std::exchange(changes_, {}); }

// Both signals have this level, and nothing else is wanted.
bool UcieLayers::is(Kind kind, bool level) const {
  const auto& [handshake, wanted] = lines_[kind];
  return wanted == level && handshake.settled() && handshake.request() == level;
}

bool UcieLayers::bring(Kind kind, bool level, Femtoseconds now) {
  want(kind, level, now);
  return is(kind, level);
}

// The request changes as soon as the last change is acknowledged.
void UcieLayers::want(Kind kind, bool level, Femtoseconds now, Femtoseconds not_before) {
  Line& line = lines_[kind];
  line.wanted = level;
  if (!line.handshake.ask(level, now, std::max(now + step_, not_before))) return;
  say(kNames[kind].request, level, now);
  follow(kind, now);
}

void UcieLayers::follow(Kind kind, Femtoseconds now) {
  Line& line = lines_[kind];
  if (!line.handshake.wake(now)) return;
  say(kNames[kind].acknowledge, line.handshake.acknowledge(), now);
  want(kind, line.wanted, now);
}

}  // namespace cvp
