// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/phy/ucie_ltsm.h"

#include <algorithm>
#include <utility>

namespace cvp {
namespace {

using Kind = UcieTrainingMessage::Kind;

constexpr std::size_t index(UcieState state) { return static_cast<std::size_t>(state); }

UcieState next_state(UcieState state) {
  return state == UcieState::kMbTrainRepair ? UcieState::kMbTrainTxSelfCal
                                            : static_cast<UcieState>(index(state) + 1);
}

template <class T>
T lesser(T a, T b) {  // Of two limits, where 0 is none.
  if (a == T{} || b == T{}) return std::max(a, b);
  return std::min(a, b);
}

UcieFound both(const UcieFound& a, const UcieFound& b) {
  return {a.dead | b.dead, a.spares | b.spares};
}

}  // namespace

UcieLtsm::UcieLtsm(const UcieLtsmParams& params, std::vector<UciePinFault> faults)
    : params_(params), faults_(std::move(faults)), shape_(params.capability) {}

void UcieLtsm::set_active(const std::vector<UciePinFault>& outgoing, DataRate rate,
                          std::uint32_t lanes, std::uint32_t width) {
  for (UcieState state = UcieState::kSbInit; state != UcieState::kMbTrainValVref;
       state = next_state(state)) {
    Found* found = found_in(state);
    if (found != nullptr) *found = {ucie_find(state, faults_), ucie_find(state, outgoing)};
  }
  lanes_ = {ucie_find(UcieState::kMbInitRepairMb, faults_, rate),
            ucie_find(UcieState::kMbInitRepairMb, outgoing, rate)};
  reversed_ = {params_.reversed, params_.reversed};
  shape_.rate = rate;
  shape_.lanes = lanes;
  state_ = peer_state_ = UcieState::kActive;
  narrowed_ = width < this->width() ? width : 0;
}

bool UcieLtsm::is_step() const {
  switch (state_) {
    case UcieState::kReset:
    case UcieState::kActive:
    case UcieState::kL1:
    case UcieState::kL2:
    case UcieState::kTrainError:
      return false;
    default:
      return true;
  }
}

// Reversed lanes are seen in a first look and confirmed by a second.
Femtoseconds UcieLtsm::duration() const {
  const bool twice = params_.reversed && state_ == UcieState::kMbInitReversalMb;
  return ucie_state_duration(state_) * (twice ? 2 : 1);
}

void UcieLtsm::start(Femtoseconds now) {
  if (state_ != UcieState::kReset) enter(UcieState::kReset, now);
  starting_ = true;
  error_ = UcieTrainingError::kNone;
  wake(now);
}

void UcieLtsm::retrain(Femtoseconds now) {
  if (state_ != UcieState::kActive) return;
  enter(UcieState::kPhyRetrain, now);
  say(Kind::kRetrain);
}

Femtoseconds UcieLtsm::deadline() const {
  if (leaving_) return leave_by_;
  if (state_ == UcieState::kReset) {
    return starting_ ? entered_ + kUcieResetTime : Femtoseconds::max();
  }
  if (state_ == UcieState::kTrainError) return entered_ + kUcieTrainErrorTime;
  if (!is_step()) return Femtoseconds::max();
  return entered_ + (worked_ ? kUcieTimeout : duration());
}

void UcieLtsm::wake(Femtoseconds now) {
  if (now < deadline()) return;
  if (leaving_) {
    enter(UcieState::kTrainError, now);
  } else if (state_ == UcieState::kReset) {
    starting_ = false;
    sideband_ = clocks_ = valids_ = lanes_ = failing_ = {};
    enter(UcieState::kSbInit, now);
    say(Kind::kPattern);
  } else if (state_ == UcieState::kTrainError) {
    enter(UcieState::kReset, now);
  } else if (!worked_) {
    work(now);
  } else {
    fail(UcieTrainingError::kTimeout, now);
  }
}

UcieLtsm::Found* UcieLtsm::found_in(UcieState state) {
  return const_cast<Found*>(std::as_const(*this).found_in(state));
}

const UcieLtsm::Found* UcieLtsm::found_in(UcieState state) const {
  switch (state) {
    case UcieState::kSbInit:
      return &sideband_;
    case UcieState::kMbInitRepairClk:
      return &clocks_;
    case UcieState::kMbInitRepairVal:
      return &valids_;
    case UcieState::kMbInitRepairMb:
      return &lanes_;
    case UcieState::kMbTrainLinkSpeed:
    case UcieState::kPhyRetrain:
      return &failing_;
    default:
      return nullptr;
  }
}

// The end of an end's own work: its receiver knows its pins. Only MBTRAIN.LINKSPEED looks at the
// rate of the link.
void UcieLtsm::work(Femtoseconds now) {
  worked_ = true;
  if (Found* found = found_in(state_)) {
    const bool fast = state_ == UcieState::kMbTrainLinkSpeed;
    (*found)[kIn] = ucie_find(state_, faults_, fast ? shape_.rate : kUcieRates.front());
  }
  if (state_ == UcieState::kMbInitReversalMb) reversed_[kIn] = params_.reversed;
  if (state_ == UcieState::kPhyRetrain) sideband_[kIn] = ucie_find(UcieState::kSbInit, faults_);
  say_done(now);
}

void UcieLtsm::say_done(Femtoseconds now) {
  if (said_ || !worked_) return;
  if (state_ == UcieState::kSbInit && !heard_) return;
  said_ = true;
  say(Kind::kDone);
  advance(now);
}

// Moves on when both ends have finished the state.
void UcieLtsm::advance(Femtoseconds now) {
  const std::uint32_t bit = 1u << index(state_);
  if (!is_step() || leaving_ || !said_ || (peer_done_ & bit) == 0) return;
  peer_done_ &= ~bit;
  switch (state_) {
    case UcieState::kMbInitRepairClk:
    case UcieState::kMbInitRepairVal:
      for (const UcieFound& found : *found_in(state_)) {
        if (!ucie_mends(shape_.package, state_, found)) return fail(UcieTrainingError::kLanes, now);
      }
      break;
    case UcieState::kMbInitRepairMb:
      if (width() == 0) return fail(UcieTrainingError::kLanes, now);
      break;
    case UcieState::kMbTrainLinkSpeed:
      awaits_verdict_ = true;
      return;
    case UcieState::kPhyRetrain:
      return finish_retrain(now);
    default:
      break;
  }
  enter(next_state(state_), now);
}

// Lanes that died since training are out of use from here on; a clock or valid pin in use cannot be
// repaired without RESET.
void UcieLtsm::finish_retrain(Femtoseconds now) {
  const auto lost = [this](UcieState state) {
    UcieFound& found = (*found_in(state))[kIn];
    const UcieFound before = std::exchange(found, ucie_find(state, faults_));
    return found.dead != before.dead || (found.dead != 0 && found.spares != before.spares);
  };
  const bool clock_lost = lost(UcieState::kMbInitRepairClk);
  const bool valid_lost = lost(UcieState::kMbInitRepairVal);
  const std::uint32_t before = used_width();
  const bool repair = needs_repair();
  for (std::size_t d : {kIn, kOut}) lanes_[d] = both(lanes_[d], failing_[d]);
  failing_ = {};
  if (width() == 0 || clock_lost || valid_lost) return fail(UcieTrainingError::kLanes, now);
  if (narrowed_ >= width()) narrowed_ = 0;
  const DataRate most = agreed_limits_.rate;
  if (most != DataRate{} && most < shape_.rate) return slow_down(most, now);
  enter(repair || used_width() != before ? UcieState::kMbTrainRepair : UcieState::kMbTrainTxSelfCal,
        now);
}

UcieWidth UcieLtsm::width_of(std::size_t direction, bool with_failing) const {
  const UcieFound found =
      with_failing ? both(lanes_[direction], failing_[direction]) : lanes_[direction];
  return ucie_width_after_repair(shape_.package, shape_.lanes, found.dead, found.spares);
}

std::uint32_t UcieLtsm::width() const {
  if (state_ < UcieState::kMbInitRepairMb || state_ == UcieState::kTrainError) return 0;
  return std::min(width_of(kIn, false).width, width_of(kOut, false).width);
}

bool UcieLtsm::holds_rate() const {
  for (std::size_t d : {kIn, kOut}) {
    const UcieWidth now = width_of(d, false), then = width_of(d, true);
    if (then.width != now.width || then.first_lane != now.first_lane) return false;
  }
  return true;
}

bool UcieLtsm::needs_repair() const {
  return width_of(kIn, false) != width_of(kIn, true) ||
         width_of(kOut, false) != width_of(kOut, true);
}

void UcieLtsm::repair(std::uint32_t width, Femtoseconds now) {
  for (std::size_t d : {kIn, kOut}) lanes_[d] = both(lanes_[d], failing_[d]);
  failing_ = {};
  narrowed_ = width < this->width() ? width : 0;
  enter(UcieState::kMbTrainRepair, now);
}

void UcieLtsm::slow_down(DataRate rate, Femtoseconds now) {
  shape_.rate = rate;
  failing_ = {};
  enter(UcieState::kMbTrainSpeedIdle, now);
}

bool UcieLtsm::hears() const {
  return !params_.dead && ucie_mends(params_.capability.package, UcieState::kSbInit,
                                     ucie_find(UcieState::kSbInit, faults_));
}

void UcieLtsm::receive(Femtoseconds now, const Message& message) {
  if (!hears()) return;
  peer_state_ = message.state;
  switch (message.kind) {
    case Kind::kPattern:
      heard_ = true;
      if (state_ == UcieState::kSbInit) say_done(now);
      break;
    case Kind::kRetrain:
      if (state_ == UcieState::kActive) enter(UcieState::kPhyRetrain, now);
      break;
    case Kind::kTrainError:
      say(Kind::kTrainErrorDone);
      if (state_ == UcieState::kReset || state_ == UcieState::kTrainError) break;
      if (!leaving_) {
        error_ = UcieTrainingError::kPeer;
        failed_ = state_;
      }
      enter(UcieState::kTrainError, now);
      break;
    case Kind::kTrainErrorDone:
      if (leaving_) enter(UcieState::kTrainError, now);
      break;
    case Kind::kDone:
      if (leaving_ || state_ == UcieState::kTrainError || state_ == UcieState::kReset) break;
      if (Found* found = found_in(message.state)) (*found)[kOut] = message.found;
      if (message.state == UcieState::kMbInitParam && !agree_on_parameters(message)) {
        return fail(UcieTrainingError::kMismatch, now);
      }
      if (message.state == UcieState::kMbInitReversalMb) reversed_[kOut] = message.reversed;
      if (message.state == UcieState::kPhyRetrain) {
        agree_on_limits(message.limits);
        sideband_[kOut] = message.sideband;
      }
      peer_done_ |= 1u << index(message.state);
      advance(now);
      break;
    default:
      break;  // Of the link as a whole.
  }
}

bool UcieLtsm::agree_on_parameters(const Message& peer) {
  if (peer.package != params_.capability.package) return false;
  agree_on_limits(peer.limits);
  shape_.lanes = std::min(params_.capability.lanes, peer.lanes);
  shape_.rate = lesser(std::min(params_.capability.rate, peer.rate), agreed_limits_.rate);
  return true;
}

void UcieLtsm::agree_on_limits(const UcieLimits& peer) {
  agreed_limits_ = {lesser(limits_.lanes, peer.lanes), lesser(limits_.rate, peer.rate)};
}

void UcieLtsm::enter(UcieState state, Femtoseconds now) {
  state_ = state;
  entered_ = now;
  worked_ = said_ = leaving_ = awaits_verdict_ = false;
  if (state != UcieState::kReset) return;
  starting_ = heard_ = false;
  reversed_ = {};
  peer_done_ = 0;
  narrowed_ = 0;
  shape_ = params_.capability;
  agreed_limits_ = {};
}

// Before the sideband is up nobody could answer.
void UcieLtsm::fail(UcieTrainingError error, Femtoseconds now) {
  if (failed() || state_ == UcieState::kReset) return;
  error_ = error;
  failed_ = state_;
  awaits_verdict_ = false;
  if (state_ == UcieState::kSbInit) return enter(UcieState::kTrainError, now);
  leaving_ = true;
  leave_by_ = now + kUcieTimeout;
  say(Kind::kTrainError);
}

void UcieLtsm::say(Kind kind) {
  if (params_.dead) return;
  const UcieLinkShape& cap = params_.capability;
  Found* found = kind == Kind::kDone ? found_in(state_) : nullptr;
  messages_.push_back({.kind = kind,
                       .state = state_,
                       .module = params_.module,
                       .package = cap.package,
                       .lanes = cap.lanes,
                       .rate = cap.rate,
                       .limits = limits_,
                       .found = found != nullptr ? (*found)[kIn] : UcieFound{},
                       .sideband = sideband_[kIn],
                       .reversed = reversed_[kIn]});
}

std::vector<UcieTrainingMessage> UcieLtsm::take_messages() { return std::exchange(messages_, {}); }

bool UcieLtsm::uses_pins_of(UcieState state) const {
  return state_ > state && state_ != UcieState::kTrainError;
}

bool UcieLtsm::repaired(UcieState state, std::size_t direction) const {
  const UcieFound& found = (*found_in(state))[direction];
  return uses_pins_of(state) && found.dead != 0 && ucie_mends(shape_.package, state, found);
}

UcieDirectionOutcome UcieLtsm::direction(std::size_t direction) const {
  UcieDirectionOutcome outcome;
  outcome.sideband_repaired = repaired(UcieState::kSbInit, direction);
  outcome.clock_repaired = repaired(UcieState::kMbInitRepairClk, direction);
  outcome.valid_repaired = repaired(UcieState::kMbInitRepairVal, direction);
  outcome.failed = error_ == UcieTrainingError::kNone ? UcieState::kActive : failed_;
  if (width() == 0) return outcome;
  outcome.width = width_of(direction, false);
  outcome.width.width = std::min(outcome.width.width, used_width());
  outcome.lane_map = ucie_lane_map(shape_.package, shape_.lanes, lanes_[direction], outcome.width,
                                   reversed_[direction]);
  return outcome;
}

std::vector<UcieLaneState> UcieLtsm::lane_states(std::size_t direction) const {
  const UcieFound& found = lanes_[direction];
  std::vector<UciePinFault> dead;
  for (std::uint32_t lane = 0; lane < 64; ++lane) {
    if (lane < shape_.lanes && (found.dead >> lane & 1) != 0) dead.push_back({.number = lane});
  }
  const std::uint32_t spares = ucie_pin_count(shape_.package, shape_.lanes, UciePin::kDataSpare);
  for (std::uint32_t spare = 0; spare < spares; ++spare) {
    if ((found.spares >> spare & 1) == 0) continue;
    dead.push_back({.pin = UciePin::kDataSpare, .number = spare});
  }
  auto states = ucie_lane_states(shape_.package, shape_.lanes, dead, this->direction(direction));
  // A narrower other end leaves lanes and spares of this one without a partner.
  const UcieLinkShape& own = params_.capability;
  states.insert(states.begin() + shape_.lanes, own.lanes - shape_.lanes, UcieLaneState::kUnused);
  states.resize(own.lanes + ucie_pin_count(own.package, own.lanes, UciePin::kDataSpare),
                UcieLaneState::kUnused);
  return states;
}

UcieLaneState UcieLtsm::pin_state(std::size_t direction, UciePin pin, std::uint32_t number) const {
  const UcieState state = ucie_state_of(pin);
  return ucie_pin_state(shape_.package, pin, number, (*found_in(state))[direction],
                        uses_pins_of(state));
}

std::vector<std::uint32_t> UcieLtsm::lane_map(std::size_t direction) const {
  auto map = this->direction(direction).lane_map;
  for (std::uint32_t& lane : map) {
    if (lane >= shape_.lanes) lane += params_.capability.lanes - shape_.lanes;
  }
  return map;
}

}  // namespace cvp
