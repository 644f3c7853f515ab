// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/ucie_training.h"

#include <algorithm>
#include <utility>

namespace cvp {
namespace {

using Kind = UcieTrainingMessage::Kind;

struct StateInfo {
  const char* name;
  Femtoseconds duration;
};

// One row a state, in the order of the enumeration. RESET's four milliseconds and the order are the
// public record's; the other durations are ours.
constexpr std::array<StateInfo, kUcieStates> kStates = {{
    {"RESET", kUcieResetTime},
    {"SBINIT", 2_us},
    {"MBINIT.PARAM", 1_us},
    {"MBINIT.CAL", 2_us},
    {"MBINIT.REPAIRCLK", 2_us},
    {"MBINIT.REPAIRVAL", 2_us},
    {"MBINIT.REVERSALMB", 2_us},
    {"MBINIT.REPAIRMB", 4_us},
    {"MBTRAIN.VALVREF", 4_us},
    {"MBTRAIN.DATAVREF", 8_us},
    {"MBTRAIN.SPEEDIDLE", 2_us},
    {"MBTRAIN.TXSELFCAL", 4_us},
    {"MBTRAIN.RXCLKCAL", 4_us},
    {"MBTRAIN.VALTRAINCENTER", 4_us},
    {"MBTRAIN.VALTRAINVREF", 4_us},
    {"MBTRAIN.DATATRAINCENTER1", 8_us},
    {"MBTRAIN.DATATRAINVREF", 8_us},
    {"MBTRAIN.RXDESKEW", 4_us},
    {"MBTRAIN.DATATRAINCENTER2", 8_us},
    {"MBTRAIN.LINKSPEED", 4_us},
    {"MBTRAIN.REPAIR", 4_us},
    {"LINKINIT", 2_us},
    {"ACTIVE", {}},
    {"PHYRETRAIN", 2_us},
    {"L1", {}},
    {"L2", {}},
    {"TRAINERROR", {}},
}};

constexpr std::size_t index(UcieState state) { return static_cast<std::size_t>(state); }

UcieState next_state(UcieState state) {
  switch (state) {
    case UcieState::kMbTrainLinkSpeed:
      return UcieState::kLinkInit;
    case UcieState::kPhyRetrain:
      return UcieState::kMbTrainSpeedIdle;
    default:
      return static_cast<UcieState>(index(state) + 1);
  }
}

}  // namespace

const char* name_of(UcieState state) { return kStates[index(state)].name; }
Femtoseconds ucie_state_duration(UcieState state) { return kStates[index(state)].duration; }

UcieTraining::UcieTraining(const UcieTrainingParams& params)
    : params_(params), shape_(params.capability) {
  if (params_.trained_at_reset && !params_.dead) {
    width_ = ucie_width_after_repair(shape_.package, shape_.lanes, params_.broken_lanes);
    if (width_.width == 0) return;
    shape_.lanes = width_.width;
    state_ = peer_state_ = UcieState::kActive;
    up_ = true;
  }
}

bool UcieTraining::is_step() const {
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

bool UcieTraining::sideband_up() const {
  return !params_.dead && state_ != UcieState::kReset && state_ != UcieState::kSbInit &&
         state_ != UcieState::kTrainError;
}

bool UcieTraining::start(Femtoseconds now) {
  if (state_ == UcieState::kTrainError) enter(UcieState::kReset, now);
  if (state_ != UcieState::kReset || starting_) return false;
  starting_ = true;
  error_ = UcieTrainingError::kNone;
  wake(now);
  return true;
}

bool UcieTraining::retrain(Femtoseconds now) {
  if (!active()) return false;
  say(Kind::kRetrain);
  enter(UcieState::kPhyRetrain, now);
  return true;
}

Femtoseconds UcieTraining::deadline() const {
  if (state_ == UcieState::kReset) {
    return starting_ ? entered_ + kUcieResetTime : Femtoseconds::max();
  }
  if (!is_step()) return Femtoseconds::max();
  return entered_ + (local_done_ ? kUcieTimeout : ucie_state_duration(state_));
}

void UcieTraining::wake(Femtoseconds now) {
  if (now < deadline()) return;
  if (state_ == UcieState::kReset) {
    starting_ = false;
    enter(UcieState::kSbInit, now);
    say(Kind::kPattern);
  } else if (!local_done_) {
    finish_work(now);
  } else {
    fail(UcieTrainingError::kTimeout, now);
  }
}

void UcieTraining::finish_work(Femtoseconds now) {
  local_done_ = true;
  say(Kind::kDone);
  advance(now);
}

// Moves on when both ends have finished the state.
void UcieTraining::advance(Femtoseconds now) {
  const std::uint32_t bit = 1u << index(state_);
  if (!is_step() || !local_done_ || (peer_done_ & bit) == 0) return;
  peer_done_ &= ~bit;
  if (state_ == UcieState::kMbInitRepairMb) {
    width_ =
        ucie_width_after_repair(shape_.package, shape_.lanes, params_.broken_lanes | peer_broken_);
    if (width_.width == 0) return fail(UcieTrainingError::kLanes, now);
    shape_.lanes = width_.width;
  }
  if (state_ == UcieState::kLinkInit) up_ = true;
  enter(next_state(state_), now);
}

void UcieTraining::receive(Femtoseconds now, const UcieTrainingMessage& message) {
  if (params_.dead) return;
  peer_state_ = message.state;
  switch (message.kind) {
    case Kind::kPattern:
      // The other end has begun: so does this one.
      if (state_ != UcieState::kReset && state_ != UcieState::kSbInit) {
        up_ = false;
        enter(UcieState::kReset, now);
      }
      if (state_ == UcieState::kReset) start(now);
      break;
    case Kind::kRetrain:
      if (active()) enter(UcieState::kPhyRetrain, now);
      break;
    case Kind::kTrainError:
      if (state_ != UcieState::kReset && state_ != UcieState::kTrainError) {
        fail(UcieTrainingError::kPeer, now);
      }
      break;
    case Kind::kDone:
      if (message.state == UcieState::kMbInitParam && !agree_on_parameters(message)) {
        return fail(UcieTrainingError::kMismatch, now);
      }
      if (message.state == UcieState::kMbInitRepairMb) peer_broken_ = message.broken;
      peer_done_ |= 1u << index(message.state);
      advance(now);
      break;
  }
}

bool UcieTraining::agree_on_parameters(const UcieTrainingMessage& peer) {
  if (peer.package != params_.capability.package || peer.format != params_.capability.format) {
    return false;
  }
  shape_.lanes = std::min(params_.capability.lanes, peer.lanes);
  shape_.rate = std::min(params_.capability.rate, peer.rate);
  return true;
}

void UcieTraining::enter(UcieState state, Femtoseconds now) {
  residency_[index(state_)] += now - entered_;
  state_ = state;
  entered_ = now;
  local_done_ = false;
  if (state == UcieState::kReset) {
    peer_done_ = 0;
    peer_broken_ = 0;
    shape_ = params_.capability;
    width_ = {};
  }
}

void UcieTraining::fail(UcieTrainingError error, Femtoseconds now) {
  error_ = error;
  failed_ = state_;
  up_ = false;
  starting_ = false;
  enter(UcieState::kTrainError, now);
  if (error != UcieTrainingError::kPeer) say(Kind::kTrainError);
}

void UcieTraining::say(Kind kind) {
  if (params_.dead) return;
  const UcieLinkShape& cap = params_.capability;
  messages_.push_back({.kind = kind,
                       .state = state_,
                       .package = cap.package,
                       .format = cap.format,
                       .lanes = cap.lanes,
                       .rate = cap.rate,
                       .broken = params_.broken_lanes});
}

std::vector<UcieTrainingMessage> UcieTraining::take_messages() {
  return std::exchange(messages_, {});
}

Femtoseconds UcieTraining::residency(UcieState state, Femtoseconds now) const {
  return residency_[index(state)] + (state == state_ ? now - entered_ : Femtoseconds{});
}

}  // namespace cvp
