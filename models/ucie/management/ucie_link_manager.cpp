// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/management/ucie_link_manager.h"

#include <algorithm>
#include <utility>

namespace cvp {
namespace {

using State = UcieInterfaceState;

bool ends_link(State state) { return state == State::kLinkReset || state == State::kDisabled; }
bool is_idle(State state) { return state == State::kReset || state == State::kRetrain; }

UcieState sleep_state(State state) { return state == State::kL1 ? UcieState::kL1 : UcieState::kL2; }

// Of training, once the PHY has been ACTIVE.
bool is_retrain(UcieState state) {
  return state == UcieState::kPhyRetrain ||
         (state >= UcieState::kMbTrainValVref && state <= UcieState::kLinkInit);
}

UcieEnd other_end(const UcieLinkManagerParams& params) {
  return params.other.value_or(
      UcieEnd{params.training.capability, params.capabilities, params.parity});
}

// Ends whose adapters do not go together were never trained.
UcieTrainingParams training_params(const UcieLinkManagerParams& params) {
  UcieTrainingParams training = params.training;
  const UcieEnd other = other_end(params);
  training.other = other.shape;
  training.trained_at_reset =
      training.trained_at_reset && ucie_agree(params.capabilities, other.capabilities).has_value();
  return training;
}

}  // namespace

UcieLinkManager::UcieLinkManager(const UcieLinkManagerParams& params)
    : params_(params), training_(training_params(params)) {
  for (const Interface each : kInterfaces) {
    const bool rdi = each == Interface::kRdi;
    layers_[index(each)] = UcieLayers(
        rdi ? UcieLayers::Interface::kRdi : UcieLayers::Interface::kFdi, params.handshake_step);
  }
  parity_.want(params.parity);
  if (!training_.active()) return;
  const UcieEnd other = other_end(params);
  agree_on(*ucie_agree(params.capabilities, other.capabilities));
  rdi_.follow(State::kActive);
  const bool parity = shape().wire_bytes() == kUcieParityFlitBytes && params.parity == other.parity;
  parity_.assume(parity ? params.parity : 0);
  for (UcieInterface& fdi : stacks()) fdi.follow(State::kActive);
  for (const Interface each : kInterfaces) layers_[index(each)].assume(at(each).state());
  up_ = true;
}

// Software and the protocol layers.

bool UcieLinkManager::start(Femtoseconds now) {
  const bool starts = training_.start(now);
  settle(now);
  return starts;
}

bool UcieLinkManager::retrain(Femtoseconds now) {
  const bool retrains = sends();
  retrains_ = retrains_ || retrains;
  settle(now);
  return retrains;
}

void UcieLinkManager::break_pin(const UciePinFault& fault, Femtoseconds now) {
  training_.add_fault(fault);
  retrain_soon(now);
}

void UcieLinkManager::retrain_soon(Femtoseconds now) {
  retrains_ = retrains_ || training_.active();
  settle(now);
}

bool UcieLinkManager::request(State wanted, Femtoseconds now) {
  bool done = false;
  switch (wanted) {
    case State::kActive:
      wakes_ = wakes_ || asks_to_sleep() || rdi_.state() == State::kL1 || sleeps() || stalls();
      done = wakes_;
      for (UcieInterface& fdi : stacks()) {
        if (fdi.state() == State::kActivePmNak) done = fdi.request(wanted, now);
      }
      break;
    case State::kL1:
    case State::kL2:
      if (!sends()) break;
      for (UcieInterface& fdi : stacks()) {
        if (fdi.state() == State::kActivePmNak) fdi.request(State::kActive, now);
        done = fdi.request(wanted, now);
      }
      break;
    case State::kLinkReset:
    case State::kDisabled:
      if (!training_.sideband_up() || training_.failing()) break;
      for (const Interface fdi : fdis_in_use()) {
        if (!at(fdi).request(wanted, now)) continue;
        may_ask(fdi, now);  // This request need not wait for it.
        done = true;
      }
      break;
    case State::kLinkError:
      if (training_.failing() || training_.state() == UcieState::kReset) break;
      done = rdi_.request(wanted, now);
      collect();  // It has to be heard before TRAINERROR.
      training_.fail(UcieTrainingError::kSoftware, now);
      break;
    default:
      break;
  }
  settle(now);
  return done;
}

void UcieLinkManager::receive(Femtoseconds now, const Message& message, bool busy) {
  const bool ends = ends_all(message);
  if (ends) late_.clear();  // Nobody waits for what came before it.
  Late come{.willing = !busy && !wakes_};
  if (const auto* training = std::get_if<UcieTrainingMessage>(&message)) {
    come.trains = true;
    come.training = *training;
  } else {
    come.link = std::get<UcieLinkMessage>(message);
  }
  ends || (late_.empty() && may_take(come, now)) ? take(come, now) : late_.push_back(come);
  settle(now);
}

void UcieLinkManager::hear(const UcieLinkMessage& message, bool willing) {
  if (!training_.hears(message.module)) return;
  switch (message.kind) {
    case UcieLinkMessage::Kind::kAdvertise:
      heard_ = true;
      others_ = message.capabilities;
      return;
    case UcieLinkMessage::Kind::kFinalise:
      if (is_active(rdi_.state()) && !agreed_) agree_on(message.agreement);
      return;
    case UcieLinkMessage::Kind::kParity:
      parity_.receive(message.parity);
      if (parity_.begun() && !parity_.asks()) exchange_until_ = Femtoseconds::max();
      return;
    default:
      break;
  }
  tell(at(message.interface), message, willing);
}

void UcieLinkManager::wake(Femtoseconds now) {
  training_.wake(now);
  bool late = now >= exchange_until_;
  for (UcieLayers& layers : layers_) {
    layers.wake(now);
    late = layers.gives_up(now) || late;
  }
  for (const UcieInterface& fdi : fdis_) {
    late = late || (fdi.asks() && now >= fdi.asked_at() + kUcieTimeout);
  }
  if (late || (rdi_.asks() && now >= rdi_.asked_at() + kUcieTimeout)) {
    lose(UcieTrainingError::kTimeout, now);
  }
  settle(now);
}

Femtoseconds UcieLinkManager::deadline() const {
  Femtoseconds first = std::min({training_.deadline(), exchange_until_, reset_until_});
  const auto look = [&](const UcieInterface& interface) {
    if (interface.asks()) first = std::min(first, interface.asked_at() + kUcieTimeout);
  };
  look(rdi_);
  for (const UcieInterface& fdi : fdis_) look(fdi);
  for (const UcieLayers& layers : layers_) first = std::min(first, layers.deadline());
  return first;
}

// State of the link.

UcieLinkShape UcieLinkManager::shape() const {
  UcieLinkShape shape = training_.shape();
  if (agreed_) shape.format = agreement_.format;
  return shape;
}

bool UcieLinkManager::active() const {
  return up_ && training_.active() && is_active(rdi_.state()) &&
         std::ranges::all_of(stacks(), [](const auto& fdi) { return is_active(fdi.state()); });
}

bool UcieLinkManager::quiet() const {
  return !rdi_.asks() && std::ranges::none_of(stacks(), &UcieInterface::asks);
}

bool UcieLinkManager::sends() const { return active() && quiet() && !stalls(); }

bool UcieLinkManager::stalls() const { return std::ranges::any_of(layers_, &UcieLayers::stalls); }

bool UcieLinkManager::receives() const {
  return std::ranges::all_of(std::span(layers_).subspan(1, stacks_in_use()), &UcieLayers::listens);
}

bool UcieLinkManager::asks_to_sleep() const {
  return std::ranges::any_of(stacks(), &UcieInterface::asks_to_sleep);
}

bool UcieLinkManager::sleeps() const {
  return std::ranges::any_of(stacks(), [this](const auto& fdi) {
    return fdi.state() == State::kL1 || (fdi.state() == State::kL2 && training_.active());
  });
}

std::uint32_t UcieLinkManager::stacks_in_use() const { return agreed_ ? agreement_.stacks : 1; }

bool UcieLinkManager::all_fdis(State state) const {
  return std::ranges::all_of(stacks(), [&](const auto& fdi) { return fdi.state() == state; });
}

// What follows from what has happened: until nothing does.

void UcieLinkManager::settle(Femtoseconds now) {
  collect();
  note(now);
  while (step(now)) {
    collect();
    note(now);
  }
  collect();
  note(now);
}

bool UcieLinkManager::step(Femtoseconds now) {
  if (!is_active(rdi_.state())) parity_.end();
  return follow_phy(now) || follow_rdi(now) || take_down(now) || bring_up(now) || sleep(now) ||
         take_late(now);
}

bool UcieLinkManager::follow_phy(Femtoseconds now) {
  const State rdi = rdi_.state();
  if (training_.failing()) {
    if (rdi == State::kLinkError) return false;
    rdi_.follow(State::kLinkError);
    return true;
  }
  if (ends_link(rdi) ? leaves_reset(now)
                     : training_.state() == UcieState::kReset && rdi != State::kReset) {
    reset();
    return true;
  }
  if (is_retrain(training_.state()) && ucie_may_enter(rdi, State::kRetrain)) {
    if (!follow(Interface::kRdi, State::kRetrain, now)) return false;
    retrains_ = false;
    return true;
  }
  if (rdi != State::kRetrain) return false;
  bool changed = false;
  for (const Interface fdi : fdis_in_use()) {
    if (!ucie_may_enter(at(fdi).state(), State::kRetrain)) continue;
    changed = follow(fdi, State::kRetrain, now) || changed;
  }
  return changed;
}

// LinkReset lasts as long as RESET must, Disabled until training is started.
bool UcieLinkManager::leaves_reset(Femtoseconds now) const {
  const bool trains = training_.starting() || training_.state() != UcieState::kReset;
  return held_ && (trains || now >= reset_until_);
}

void UcieLinkManager::reset() {
  rdi_.follow(State::kReset);
  for (UcieInterface& fdi : fdis_) fdi.follow(State::kReset);
  agreed_ = heard_ = advertised_ = held_ = wakes_ = retrains_ = up_ = false;
  exchange_until_ = reset_until_ = Femtoseconds::max();
  late_.clear();
}

// RDI is the first to know.
bool UcieLinkManager::follow_rdi(Femtoseconds now) {
  const State rdi = rdi_.state();
  if (rdi != State::kLinkError && !ends_link(rdi)) return false;
  up_ = false;
  exchange_until_ = Femtoseconds::max();
  bool changed = false;
  for (const Interface each : fdis_in_use()) {
    const State fdi = at(each).state();
    const bool beyond = fdi == State::kDisabled && rdi == State::kLinkReset;
    if (fdi == rdi || beyond) continue;
    changed = follow(each, rdi, now) || changed;
  }
  return changed;
}

bool UcieLinkManager::take_down(Femtoseconds now) {
  const State rdi = rdi_.state();
  if (rdi == State::kLinkError) {
    // The other end has asked for it; here TRAINERROR follows.
    if (training_.failing() || training_.state() == UcieState::kReset) return false;
    training_.fail(UcieTrainingError::kPeer, now);
    return true;
  }
  for (const State wanted : {State::kDisabled, State::kLinkReset}) {
    const bool asked =
        std::ranges::any_of(stacks(), [&](const auto& fdi) { return fdi.state() == wanted; });
    if (!asked || rdi == wanted || !ucie_may_enter(rdi, wanted)) continue;
    if (may_ask(Interface::kRdi, now) && rdi_.request(wanted, now)) return true;
  }
  if (rdi == State::kDisabled) reset_until_ = Femtoseconds::max();
  if (!ends_link(rdi) || std::exchange(held_, true)) return false;
  training_.reset(now);
  if (rdi == State::kLinkReset) reset_until_ = now + kUcieResetTime;
  return true;
}

bool UcieLinkManager::bring_up(Femtoseconds now) {
  if (!training_.active()) return false;
  if (is_idle(rdi_.state())) {
    return !stalls() && may_leave(Interface::kRdi, now) && may_ask(Interface::kRdi, now) &&
           rdi_.request(State::kActive, now);
  }
  if (!is_active(rdi_.state())) return false;
  if (!agreed_) return exchange(now);
  if (!parity_.begun() || parity_.asks()) return negotiate_parity(now);
  if (stalls()) return retrain_now(now);
  bool changed = false;
  for (const Interface each : fdis_in_use()) {
    UcieInterface& fdi = at(each);
    if ((is_idle(fdi.state()) || wakes(each)) && may_leave(each, now) && may_ask(each, now)) {
      changed = fdi.request(State::kActive, now) || changed;
    }
    if (!fdi.may_agree() || !layers_[index(each)].may_listen(now)) continue;
    fdi.agree();
    changed = true;
  }
  if (changed) return true;
  const bool all =
      std::ranges::all_of(stacks(), [](const auto& fdi) { return is_active(fdi.state()); });
  if (!all) return false;
  if (!asks_to_sleep()) wakes_ = false;
  if (!std::exchange(up_, true)) return true;
  return retrain_now(now);
}

// Streaming needs no more than both advertisements; else end 1 waits for end 0's, and for what it
// makes of both.
bool UcieLinkManager::exchange(Femtoseconds now) {
  const bool leads = params_.training.end == 0;
  const bool alone = params_.capabilities.protocol == UcieMapping::kStreaming;
  exchange_until_ = std::min(exchange_until_, now + kUcieTimeout);
  if (!advertised_) {
    if (!alone && !leads && !heard_) return false;
    say({.kind = UcieLinkMessage::Kind::kAdvertise, .capabilities = params_.capabilities});
    advertised_ = true;
    return true;
  }
  if (!heard_) return false;
  const auto agreement = ucie_agree(params_.capabilities, others_);
  if (!agreement) {
    lose(UcieTrainingError::kMismatch, now);
    return true;
  }
  if (!alone && !leads) return false;
  if (!alone) say({.kind = UcieLinkMessage::Kind::kFinalise, .agreement = *agreement});
  agree_on(*agreement);
  return true;
}

void UcieLinkManager::agree_on(const UcieAgreement& agreement) {
  agreed_ = true;
  agreement_ = agreement;
  exchange_until_ = Femtoseconds::max();
}

// True: something has changed.
bool UcieLinkManager::negotiate_parity(Femtoseconds now) {
  if (parity_.begun()) return false;
  parity_.begin(shape().wire_bytes() == kUcieParityFlitBytes);
  if (parity_.asks()) exchange_until_ = now + kUcieTimeout;
  return true;
}

bool UcieLinkManager::sleep(Femtoseconds now) {
  const State rdi = rdi_.state();
  const UcieState phy = training_.state();
  if (wakes_ && phy == UcieState::kL1) {
    if (!may_ask(Interface::kRdi, now)) return false;
    wakes_ = false;
    return training_.wake_up(now);
  }
  if ((rdi == State::kL1 || rdi == State::kL2) && phy == UcieState::kActive) {
    if (rdi == State::kL2) up_ = false;
    return training_.sleep(sleep_state(rdi), now);
  }
  const State wanted = fdis_[0].state();
  if ((wanted != State::kL1 && wanted != State::kL2) || !all_fdis(wanted)) return false;
  if (!is_active(rdi) || rdi_.asks()) return false;
  if (std::ranges::any_of(fdis_in_use(), [&](Interface fdi) { return wakes(fdi); })) return false;
  if (rdi == State::kActivePmNak) rdi_.request(State::kActive, now);
  return rdi_.request(wanted, now);
}

void UcieLinkManager::lose(UcieTrainingError error, Femtoseconds now) {
  training_.fail(error, now);
  rdi_.follow(State::kLinkError);
}

// What the other end must hear, in the order in which it was said.

void UcieLinkManager::say(UcieLinkMessage message) {
  message.module = training_.sideband_module();
  if (!params_.training.dead) messages_.emplace_back(message);
}

void UcieLinkManager::say_all(UcieInterface& from, Interface interface) {
  for (const UcieInterfaceMessage& message : from.take_messages()) {
    say({.kind =
             message.answers ? UcieLinkMessage::Kind::kResponse : UcieLinkMessage::Kind::kRequest,
         .interface = interface,
         .state = message.state});
  }
}

void UcieLinkManager::collect() {
  for (const UcieTrainingMessage& message : training_.take_messages()) {
    messages_.emplace_back(message);
  }
  say_all(rdi_, Interface::kRdi);
  say_all(fdis_[0], Interface::kFdi0);
  say_all(fdis_[1], Interface::kFdi1);
  for (const UcieParityMessage& message : parity_.take_messages()) {
    say({.kind = UcieLinkMessage::Kind::kParity, .parity = message});
  }
}

std::vector<UcieLinkManager::Message> UcieLinkManager::take_messages() {
  return std::exchange(messages_, {});
}

}  // namespace cvp
