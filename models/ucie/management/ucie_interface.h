// SPDX-License-Identifier: Apache-2.0
//
// State machine of one interface, RDI or the FDI of a stack, at one end. No SystemC: what the other
// end must hear comes out of `take_messages()`.
//
// The layer above requests a state; the lower layer asks the other end's over the sideband and
// enters it when both agree. Who is asked enters with its answer, who asks when it comes. Active
// wants both: an end enters when it has answered and was answered. Requests that cross: the one of
// higher rank wins (Disabled, LinkReset, then the others), equal ones are answers to each other,
// and L1 against L2 ends in Active.PMNAK at both ends. LinkError is entered at once by who asks for
// it. The sideband must keep the order of messages. [UCIE: Common Rules for FDI and RDI]
#pragma once

#include <vector>

#include "models/core/units.h"
#include "models/ucie/management/ucie_interface_state.h"

namespace cvp {

struct UcieInterfaceMessage {
  bool answers = false;  ///< Else it asks.
  UcieInterfaceState state = UcieInterfaceState::kReset;
};

class UcieInterface {
 public:
  using State = UcieInterfaceState;
  using Message = UcieInterfaceMessage;

  /// `agrees_alone`: as soon as both ends want Active; else agree() says when.
  explicit UcieInterface(bool agrees_alone = true) : agrees_alone_(agrees_alone) {}

  /// The layer above wants a state. False: not from here, or while another one is asked for.
  bool request(State wanted, Femtoseconds now);
  /// `willing`: the layer above here agrees to sleep.
  void receive(const Message& message, bool willing);
  /// What the layer below has come to without this one: Retrain, LinkError, Reset, or what the
  /// whole link has agreed upon. Where the way there is not direct it leads through LinkError.
  void follow(State state);

  State state() const { return state_; }
  /// Has asked and waits for the answer.
  bool asks() const { return asked_ != State::kReset; }
  bool asks_to_sleep() const { return asked_ == State::kL1 || asked_ == State::kL2; }
  /// The other end waits to become Active.
  bool is_wanted() const { return wanted_; }
  /// Both ends want Active, and the other one has not been told.
  bool may_agree() const { return asked_ == State::kActive && wanted_; }
  /// Then: tells the other end that it may become Active. What comes from then on is to be taken.
  void agree();
  Femtoseconds asked_at() const { return asked_at_; }  ///< Of the request that asks() tells of.
  std::vector<Message> take_messages();

  template <class Archive>
  void serialize(Archive& archive) {
    archive(state_, asked_, asked_at_, wanted_, told_, answered_);
  }

 private:
  void enter(State state);
  void say(bool answers, State state) { messages_.push_back({answers, state}); }
  void hear_request(State wanted, bool willing);
  void hear_sleep(State wanted, bool willing);
  void hear_answer(State state);

  bool agrees_alone_;
  State state_ = State::kReset;
  State asked_ = State::kReset;  // Reset: nothing.
  Femtoseconds asked_at_;
  bool wanted_ = false;                   // The other end asks for Active, unanswered.
  bool told_ = false, answered_ = false;  // Of Active: this end has answered; was answered.
  std::vector<Message> messages_;
};

}  // namespace cvp
