// SPDX-License-Identifier: Apache-2.0
//
// What UcieLinkManager does between the layers of its die: an interface leaves its state when they
// have shaken hands. What leads it away, and what comes behind that, waits until then.
#include <algorithm>
#include <utility>

#include "models/ucie/management/ucie_link_manager.h"

namespace cvp {

UcieInterface& UcieLinkManager::at(Interface interface) {
  return interface == Interface::kRdi ? rdi_ : fdis_[index(interface) - index(Interface::kFdi0)];
}

std::span<const UcieLinkMessage::Interface> UcieLinkManager::fdis_in_use() const {
  return std::span(kInterfaces).subspan(index(Interface::kFdi0), stacks_in_use());
}

bool UcieLinkManager::may_leave(Interface interface, Femtoseconds now) {
  return layers_[index(interface)].may_leave(now, stop_flits_);
}

bool UcieLinkManager::may_ask(Interface interface, Femtoseconds now) {
  return layers_[index(interface)].may_ask(now);
}

// A stack that sleeps, and either end wants Active.
bool UcieLinkManager::wakes(Interface fdi) {
  const State state = at(fdi).state();
  return (state == State::kL1 || state == State::kL2) && (wakes_ || at(fdi).is_wanted()) &&
         !rdi_.asks();
}

// True: it has come to the state.
bool UcieLinkManager::follow(Interface interface, State state, Femtoseconds now) {
  if (state != State::kLinkError && !may_leave(interface, now)) return false;
  at(interface).follow(state);
  return true;
}

// Software, or a pin that has broken, wants it, and nothing else is under way.
bool UcieLinkManager::retrain_now(Femtoseconds now) {
  return retrains_ && active() && quiet() && may_leave(Interface::kRdi, now) &&
         training_.retrain(now);
}

// What comes waits for it: an FDI that fell asleep would leave RDI stalled in Active.
bool UcieLinkManager::about_to_retrain() const {
  return retrains_ && active() && quiet() && layers_[index(Interface::kRdi)].stalls();
}

// The link is lost, or begins anew, whatever was agreed upon before.
bool UcieLinkManager::ends_all(const Message& message) {
  using Kind = UcieTrainingMessage::Kind;
  if (const auto* link = std::get_if<UcieLinkMessage>(&message)) {
    return link->kind == UcieLinkMessage::Kind::kRequest && link->state == State::kLinkError;
  }
  const Kind kind = std::get<UcieTrainingMessage>(message).kind;
  return kind == Kind::kPattern || kind == Kind::kTrainError || kind == Kind::kTrainErrorDone;
}

// RDI sleeps when every FDI does.
void UcieLinkManager::tell(UcieInterface& interface, const UcieLinkMessage& message,
                           bool willing) const {
  const bool agrees = message.interface == Interface::kRdi ? all_fdis(message.state) : willing;
  interface.receive({message.kind == UcieLinkMessage::Kind::kResponse, message.state}, agrees);
}

bool UcieLinkManager::may_take(const Late& late, Femtoseconds now) {
  if (about_to_retrain()) return false;
  if (late.trains) {
    using Kind = UcieTrainingMessage::Kind;
    const auto [kind, module] = std::pair(late.training.kind, late.training.module);
    if (!training_.hears(module)) return true;
    const UcieState phy = training_.module(module).state();
    const bool leaves = (kind == Kind::kRetrain && phy == UcieState::kActive) ||
                        (kind == Kind::kWake && phy == UcieState::kL1);
    return !leaves || may_leave(Interface::kRdi, now);
  }
  const UcieLinkMessage& message = late.link;
  const bool of_state = message.kind == UcieLinkMessage::Kind::kRequest ||
                        message.kind == UcieLinkMessage::Kind::kResponse;
  if (!of_state || !training_.hears(message.module)) return true;
  UcieInterface after = at(message.interface);
  const State from = after.state();
  tell(after, message, late.willing);
  const State to = after.state();
  const bool stays = to == from || (is_active(to) && is_active(from));
  return stays || to == State::kLinkError || may_leave(message.interface, now);
}

void UcieLinkManager::take(const Late& late, Femtoseconds now) {
  late.trains ? training_.receive(now, late.training) : hear(late.link, late.willing);
}

bool UcieLinkManager::take_late(Femtoseconds now) {
  if (late_.empty() || !may_take(late_.front(), now)) return false;
  const Late first = std::exchange(late_.front(), {});
  late_.pop_front();
  take(first, now);
  return true;
}

// What the interfaces have come to, and all that has changed between their layers.
void UcieLinkManager::note(Femtoseconds now) {
  for (const Interface each : kInterfaces) {
    UcieLayers& layers = layers_[index(each)];
    layers.note(at(each).state(), now);
    for (const UcieSignalChange& change : layers.take_changes()) signals_.push_back({each, change});
  }
}

std::vector<UcieLinkSignal> UcieLinkManager::take_signals() { return std::exchange(signals_, {}); }

}  // namespace cvp
