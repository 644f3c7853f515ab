// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/management/ucie_interface.h"

#include <utility>

namespace cvp {
namespace {

using State = UcieInterfaceState;

bool is_sleep(State state) { return state == State::kL1 || state == State::kL2; }

// Of requests that cross.
int rank(State wanted) {
  switch (wanted) {
    case State::kLinkError:
      return 3;
    case State::kDisabled:
      return 2;
    case State::kLinkReset:
      return 1;
    default:
      return 0;
  }
}

// Whether the layer above may ask for it here. L1 is left through Retrain, L2 through Reset.
bool may_request(State here, State wanted) {
  switch (wanted) {
    case State::kActive:
      return is_sleep(here) || ucie_may_enter(here, wanted);
    case State::kL1:
    case State::kL2:
    case State::kLinkReset:
    case State::kDisabled:
    case State::kLinkError:
      return ucie_may_enter(here, wanted);
    default:
      return false;
  }
}

}  // namespace

bool UcieInterface::request(State wanted, Femtoseconds now) {
  if (!may_request(state_, wanted)) return false;
  if (asks() && rank(wanted) <= rank(asked_)) return false;
  if (wanted == State::kActive && state_ == State::kActivePmNak) {
    enter(State::kActive);  // A sub-state: nobody else is concerned.
    return true;
  }
  if (wanted == State::kLinkError) {
    enter(State::kLinkError);
    say(false, wanted);
    return true;
  }
  const bool waits = wanted_;  // A change of state forgets it.
  if (is_sleep(state_) && wanted == State::kActive) {
    enter(state_ == State::kL1 ? State::kRetrain : State::kReset);
  }
  asked_ = wanted;
  asked_at_ = now;
  say(false, wanted);
  wanted_ = waits;
  if (may_agree() && agrees_alone_) agree();
  return true;
}

void UcieInterface::receive(const Message& message, bool willing) {
  message.answers ? hear_answer(message.state) : hear_request(message.state, willing);
}

void UcieInterface::follow(State state) {
  if (state == state_) return;
  if (!ucie_may_enter(state_, state)) enter(State::kLinkError);
  if (state != state_) enter(state);
}

std::vector<UcieInterfaceMessage> UcieInterface::take_messages() {
  return std::exchange(messages_, {});
}

void UcieInterface::enter(State state) {
  state_ = state;
  asked_ = State::kReset;
  wanted_ = told_ = answered_ = false;
}

void UcieInterface::agree() {
  say(true, State::kActive);
  wanted_ = false;
  told_ = true;
  if (answered_) enter(State::kActive);
}

void UcieInterface::hear_request(State wanted, bool willing) {
  // The other end gives way when it hears what this one asks for.
  if (asks() && rank(asked_) > rank(wanted)) return;
  switch (wanted) {
    case State::kActive:
      wanted_ = !is_active(state_);
      if (may_agree() && agrees_alone_) agree();
      return;
    case State::kL1:
    case State::kL2:
      return hear_sleep(wanted, willing);
    case State::kLinkReset:
    case State::kDisabled:
    case State::kLinkError:
      if (state_ != wanted && !ucie_may_enter(state_, wanted)) return;
      if (state_ != wanted) enter(wanted);
      return say(true, wanted);
    default:
      return;  // Nobody asks for these.
  }
}

void UcieInterface::hear_sleep(State wanted, bool willing) {
  const bool agrees =
      is_active(state_) && (asked_ == wanted || (asked_ == State::kReset && willing));
  say(true, agrees ? wanted : State::kActivePmNak);
  if (!agrees) return;
  if (state_ == State::kActivePmNak) enter(State::kActive);
  enter(wanted);
}

void UcieInterface::hear_answer(State state) {
  if (state == State::kActivePmNak) {
    if (is_sleep(asked_)) enter(state);
  } else if (!asks() || state != asked_) {
    return;  // To what is no longer asked.
  } else if (state == State::kActive) {
    answered_ = true;
    if (told_) enter(State::kActive);
  } else {
    enter(state);
  }
}

}  // namespace cvp
