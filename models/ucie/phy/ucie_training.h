// SPDX-License-Identifier: Apache-2.0
//
// Training of one end of a UCIe-style link: one state machine a module (UcieLtsm), and what joins
// them. No SystemC: time comes in with each call, the next time to be woken is `deadline()`, and
// what the other end must hear is `take_messages()`.
//
// Modules train side by side. In MBTRAIN.LINKSPEED those that came so far wait until the others
// have come or failed; then both ends know the same and come to the same verdict: the modules in
// use and their width, the next lower rate where spares are not enough for lanes that fail at this
// one, MBTRAIN.REPAIR where lanes change, else LINKINIT. A module that fails later is dropped by a
// retrain of the others. Durations and states: TRAINING.md, "Training".
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "models/ucie/phy/ucie_ltsm.h"

namespace cvp {

struct UcieTrainingParams {
  UcieLinkShape capability;
  std::vector<UciePinFault> faults;  ///< Of both directions; they pass ucie_fault_errors().
  std::uint32_t end = 0;             ///< Direction `end` leaves this end.
  bool reversed = false;             ///< The lanes of the far end lie in the opposite order.
  bool dead = false;                 ///< Neither hears nor is heard.
  bool trained_at_reset = false;     ///< ACTIVE from the start, as if software had trained it.
  /// Of the other end, which `trained_at_reset` cannot ask; none: the same as this end's.
  std::optional<UcieLinkShape> other = {};
};

class UcieTraining {
 public:
  explicit UcieTraining(const UcieTrainingParams& params);

  // Software. Each is refused (false) in any state but those named.
  /// From RESET, TRAINERROR or L2: through RESET.
  bool start(Femtoseconds now);
  /// An ACTIVE link, within the limits. A rate above the present one needs start().
  bool retrain(Femtoseconds now);
  /// From ACTIVE to L1 or L2; the other end's RDI has agreed.
  bool sleep(UcieState wanted, Femtoseconds now);
  /// From L1, through MBTRAIN.SPEEDIDLE.
  bool wake_up(Femtoseconds now);
  /// To RESET, and stays there; the other end's RDI has agreed.
  void reset(Femtoseconds now);
  /// From ACTIVE or any state of training to TRAINERROR, at both ends.
  bool fail(UcieTrainingError error, Femtoseconds now);
  /// From the next training or retrain on, whichever end starts it.
  void set_limits(const UcieLimits& limits);
  /// A pin of this link breaks, from now on.
  void add_fault(const UciePinFault& fault);

  void receive(Femtoseconds now, const UcieTrainingMessage& message);
  /// To be called when deadline() has come; harmless when it has not.
  void wake(Femtoseconds now);
  Femtoseconds deadline() const;  ///< Femtoseconds::max(): nothing to wait for.
  std::vector<UcieTrainingMessage> take_messages();

  /// Of the module that is least far, of those that have not failed.
  UcieState state() const;
  bool active() const { return up_ && state() == UcieState::kActive; }
  /// Trained and not lost since; stays set while an ACTIVE link retrains, and in L1.
  bool up() const { return up_; }
  /// In TRAINERROR, or every module asks for it.
  bool failing() const;
  /// In RESET, on the way to SBINIT.
  bool starting() const { return alive_ != 0 && leader().starting(); }
  /// The sideband carries messages.
  bool sideband_up() const;
  /// The module over whose sideband the link as a whole speaks: one that has not been dropped.
  std::uint32_t sideband_module() const { return static_cast<std::uint32_t>(leader_number()); }
  bool hears(std::uint32_t module) const {
    return module < modules_.size() && modules_[module].hears();
  }
  /// Why the link failed; with several modules, why the one did that came furthest.
  UcieTrainingError error() const { return furthest().error(); }
  UcieState failed_state() const { return furthest().failed_state(); }
  const UcieLinkShape& shape() const { return shape_; }  ///< Negotiated.
  UcieWidth width() const { return leader().direction(UcieLtsm::kIn).width; }
  std::uint32_t used() const { return alive_; }  ///< Bit n: module n has not been dropped.
  const UcieLtsm& module(std::uint32_t n) const { return modules_[n]; }
  std::uint32_t modules() const { return static_cast<std::uint32_t>(modules_.size()); }
  /// Of a direction (UcieLtsm::kIn, kOut), the physical lane of each lane in use: byte k of what is
  /// sent goes over lane k modulo their number. Empty before there are any.
  std::vector<UcieLane> lanes(std::size_t direction) const;
  UcieState peer_state() const { return leader().peer_state(); }
  Femtoseconds residency(UcieState state, Femtoseconds now) const;

  template <class Archive>
  void serialize(Archive& archive) {
    for (UcieLtsm& module : modules_) archive(module);
    archive(alive_, up_, shape_, limits_, seen_, since_, residency_, messages_);
  }

 private:
  using Kind = UcieTrainingMessage::Kind;

  bool is_alive(std::size_t module) const { return (alive_ >> module & 1) != 0; }
  std::size_t leader_number() const;
  const UcieLtsm& leader() const { return modules_[leader_number()]; }
  const UcieLtsm& furthest() const;
  void start_all(Femtoseconds now);
  void settle(Femtoseconds now);
  void drop_failed(Femtoseconds now);
  bool has_failing_module() const;
  void give_verdict(Femtoseconds now);
  void agree(Femtoseconds now, std::uint32_t lanes);
  void move_all(UcieState state, Femtoseconds now);
  void say(Kind kind);

  UcieTrainingParams params_;
  std::vector<UcieLtsm> modules_;
  std::uint32_t alive_ = 0;  // Bit n: module n takes part.
  bool up_ = false;
  UcieLinkShape shape_;
  UcieLimits limits_;
  UcieState seen_ = UcieState::kReset;
  Femtoseconds since_;
  std::array<Femtoseconds, kUcieStates> residency_{};
  std::vector<UcieTrainingMessage> messages_;
};

}  // namespace cvp
