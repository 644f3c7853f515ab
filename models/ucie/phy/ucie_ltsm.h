// SPDX-License-Identifier: Apache-2.0
//
// Training state machine of one module at one end of a link. No SystemC: time comes in with each
// call, the next time to be woken is `deadline()`, and what the other end must hear comes out of
// `take_messages()`.
//
// In every state each end does its own work for the state's duration, says over the module's
// sideband what it has found, and moves on when the other end has said so too. A receiver knows the
// pins that come in, and learns of those that leave from the other end. Who waits in a state for
// 8 ms gives up: it asks for TRAINERROR, and goes there with the answer or 8 ms later. In
// MBTRAIN.LINKSPEED a module waits for the verdict over all modules (UcieTraining).
#pragma once

#include <array>
#include <vector>

#include "models/ucie/phy/ucie_phy.h"
#include "models/ucie/phy/ucie_training_message.h"

namespace cvp {

/// Why the last attempt ended in TRAINERROR.
enum class UcieTrainingError : std::uint8_t {
  kNone,
  kTimeout,
  kMismatch,
  kLanes,
  kPeer,
  kSoftware,  ///< Asked for it.
};

struct UcieLtsmParams {
  UcieLinkShape capability;
  std::uint32_t module = 0;
  bool reversed = false;  ///< The lanes of the far end lie in the opposite order.
  bool dead = false;      ///< Neither hears nor is heard.
};

class UcieLtsm {
 public:
  using Message = UcieTrainingMessage;
  static constexpr std::size_t kIn = 0, kOut = 1;  ///< Directions, seen from this end.

  /// `faults`: those of the pins that come in.
  UcieLtsm(const UcieLtsmParams& params, std::vector<UciePinFault> faults);

  /// Through RESET to SBINIT, from any state.
  void start(Femtoseconds now);
  /// An ACTIVE module retrains, within the limits.
  void retrain(Femtoseconds now);
  void receive(Femtoseconds now, const Message& message);
  /// To be called when deadline() has come; harmless when it has not.
  void wake(Femtoseconds now);
  Femtoseconds deadline() const;  ///< Femtoseconds::max(): nothing to wait for.
  std::vector<Message> take_messages();

  void set_limits(const UcieLimits& limits) { limits_ = limits; }
  void add_fault(const UciePinFault& fault) { faults_.push_back(fault); }
  /// As if it had been trained with these faults of the pins that leave; `lanes`: of the narrower
  /// end, `width`: what is left of them.
  void set_active(const std::vector<UciePinFault>& outgoing, DataRate rate, std::uint32_t lanes,
                  std::uint32_t width);

  /// Whether the sideband works, by its spare if need be.
  bool hears() const;
  /// In MBTRAIN.LINKSPEED, and both ends have reported.
  bool awaits_verdict() const { return awaits_verdict_; }
  /// Whether spares are enough for the lanes that fail at the rate.
  bool holds_rate() const;
  bool needs_repair() const;
  /// The verdict; or L1, L2 and back.
  void go(UcieState next, Femtoseconds now) { enter(next, now); }
  void repair(std::uint32_t width, Femtoseconds now);
  void slow_down(DataRate rate, Femtoseconds now);
  void fail(UcieTrainingError error, Femtoseconds now);

  UcieState state() const { return state_; }
  bool starting() const { return starting_; }
  /// Has failed, or asks the other end for TRAINERROR.
  bool failed() const { return state_ == UcieState::kTrainError || leaving_; }
  UcieTrainingError error() const { return error_; }
  UcieState failed_state() const { return failed_; }
  UcieState peer_state() const { return peer_state_; }
  const UcieLinkShape& shape() const { return shape_; }  ///< Negotiated, of this module.
  const UcieLimits& limits() const { return agreed_limits_; }
  /// What spares and halves leave of both directions; 0 before MBINIT.REPAIRMB, or when it failed.
  std::uint32_t width() const;
  /// Lanes in use.
  std::uint32_t used_width() const { return narrowed_ != 0 ? narrowed_ : width(); }
  /// Of a direction: what is in use, and why.
  UcieDirectionOutcome direction(std::size_t direction) const;
  // What training has found dead is known until the next one begins.
  /// Physical lanes are those of this end's capability, the spares behind the data lanes.
  std::vector<UcieLaneState> lane_states(std::size_t direction) const;
  /// Of a pin that is no lane.
  UcieLaneState pin_state(std::size_t direction, UciePin pin, std::uint32_t number) const;
  /// Of each logical lane in use.
  std::vector<std::uint32_t> lane_map(std::size_t direction) const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(state_, failed_, peer_state_, error_, entered_, leave_by_, leaving_, worked_, said_,
            heard_, starting_, awaits_verdict_, reversed_, peer_done_, shape_, narrowed_, limits_,
            agreed_limits_, sideband_, clocks_, valids_, lanes_, failing_, faults_, messages_);
  }

 private:
  using Found = std::array<UcieFound, 2>;

  void enter(UcieState state, Femtoseconds now);
  void work(Femtoseconds now);
  void say_done(Femtoseconds now);
  void advance(Femtoseconds now);
  void finish_retrain(Femtoseconds now);
  void say(Message::Kind kind);
  bool agree_on_parameters(const Message& peer);
  void agree_on_limits(const UcieLimits& peer);
  bool is_step() const;  // A state with work, a hand-shake and a time-out.
  Femtoseconds duration() const;
  const Found* found_in(UcieState state) const;
  Found* found_in(UcieState state);
  /// Pins of a state in a direction are repaired, and in use.
  bool repaired(UcieState state, std::size_t direction) const;
  /// The pins that training looks at in this state are in use.
  bool uses_pins_of(UcieState state) const;
  UcieWidth width_of(std::size_t direction, bool with_failing) const;

  UcieLtsmParams params_;
  std::vector<UciePinFault> faults_;
  UcieState state_ = UcieState::kReset, failed_ = UcieState::kReset;
  UcieState peer_state_ = UcieState::kReset;
  UcieTrainingError error_ = UcieTrainingError::kNone;
  Femtoseconds entered_, leave_by_;
  bool leaving_ = false;   // Has asked for TRAINERROR.
  bool worked_ = false;    // Own work in this state is over.
  bool said_ = false;      // And the other end has been told.
  bool heard_ = false;     // The other end's pattern, since RESET.
  bool starting_ = false;  // Leaves RESET when its time is over.
  bool awaits_verdict_ = false;
  std::array<bool, 2> reversed_{};  // Lanes of a direction, as its receiver has found.
  std::uint32_t peer_done_ = 0;     // Bit n: the other end has finished state n.
  UcieLinkShape shape_;
  std::uint32_t narrowed_ = 0;  // Width in use if it is less than what is left; 0: it is not.
  UcieLimits limits_, agreed_limits_;
  Found sideband_{}, clocks_{}, valids_{}, lanes_{}, failing_{};
  std::vector<Message> messages_;
};

}  // namespace cvp
