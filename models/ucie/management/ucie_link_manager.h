// SPDX-License-Identifier: Apache-2.0
//
// Link management of one end: the training of its PHY, RDI above it, the adapter's exchange of
// parameters, and an FDI for each protocol stack. No SystemC: time comes in with each call, the
// next time to be woken is `deadline()`, and what the other end must hear is `take_messages()`, to
// be delivered in this order.
//
// Up:     training ACTIVE -> RDI Active -> parameters, once after RESET -> parity -> FDI Active.
// Down:   every FDI in L1 or L2 -> RDI -> PHY; an FDI in LinkReset or Disabled -> RDI -> RESET.
// Errors: the PHY asks for TRAINERROR -> RDI LinkError -> every FDI; LinkError -> TRAINERROR.
// Retrain of the PHY, and its way out of L1, take RDI and every FDI through Retrain.
// An interface leaves a state when its layers have shaken hands; what leads it away waits until
// then. Which state follows which: ucie_interface_state.h; handshakes: ucie_layers.h. TRAINING.md,
// "Interfaces".
#pragma once

#include <array>
#include <deque>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "models/ucie/management/ucie_layers.h"
#include "models/ucie/management/ucie_link_message.h"
#include "models/ucie/phy/ucie_training.h"

namespace cvp {

struct UcieLinkManagerParams {
  UcieTrainingParams training;
  UcieCapabilities capabilities;
  std::uint32_t parity = 0;          ///< 64 byte inserts that this end wants at first.
  Femtoseconds handshake_step = {};  ///< UcieLayers' `step`.
  /// With `trained_at_reset`, which cannot ask; none: the other end is like this one.
  std::optional<UcieEnd> other = {};
};

/// A change of a signal between two layers, at one interface of this end.
struct UcieLinkSignal {
  UcieLinkMessage::Interface interface = UcieLinkMessage::Interface::kRdi;
  UcieSignalChange change;
};

class UcieLinkManager {
 public:
  using State = UcieInterfaceState;
  using Message = std::variant<UcieTrainingMessage, UcieLinkMessage>;

  explicit UcieLinkManager(const UcieLinkManagerParams& params);
  /// Who sends flits is asked to stop by this.
  void on_stall(UcieLayers::StopFlits stop_flits) { stop_flits_ = std::move(stop_flits); }

  // Software, and the protocol layers. False: not in this state.
  /// Of the PHY, from RESET, TRAINERROR or L2; leads out of LinkReset and Disabled too.
  bool start(Femtoseconds now);
  /// Of the PHY, while the link is Active and nothing else is asked for.
  bool retrain(Femtoseconds now);
  /// The same as soon as nothing else is asked for.
  void retrain_soon(Femtoseconds now);
  /// The protocol layers of all stacks ask for Active (out of L1 or Active.PMNAK), L1, L2,
  /// LinkReset, Disabled or LinkError.
  bool request(State wanted, Femtoseconds now);
  void set_limits(const UcieLimits& limits) { training_.set_limits(limits); }
  /// From the next time on that RDI becomes Active; 0: none.
  void want_parity(std::uint32_t inserts) { parity_.want(inserts); }
  /// A pin of this link breaks, from now on: the receiver sees errors, so an ACTIVE link retrains.
  void break_pin(const UciePinFault& fault, Femtoseconds now);

  /// `busy`: the protocol layers here have traffic, and refuse to sleep.
  void receive(Femtoseconds now, const Message& message, bool busy = false);
  /// To be called when deadline() has come; harmless when it has not.
  void wake(Femtoseconds now);
  Femtoseconds deadline() const;  ///< Femtoseconds::max(): nothing to wait for.
  std::vector<Message> take_messages();
  /// What has happened between the layers since the last call, in order.
  std::vector<UcieLinkSignal> take_signals();

  const UcieTraining& training() const { return training_; }
  State rdi() const { return rdi_.state(); }
  /// Of a stack that the link does not use: Reset.
  State fdi(std::uint32_t stack) const { return fdis_[stack].state(); }
  /// The adapters have exchanged their parameters, and agree.
  bool agreed() const { return agreed_; }
  const UcieAgreement& agreement() const { return agreement_; }
  const UcieParityFeature& parity() const { return parity_; }
  /// What the link runs at: what training and the adapters have agreed upon.
  UcieLinkShape shape() const;

  /// Has become Active and was not lost since; stays set while it retrains, and in L1.
  bool up() const { return up_; }
  /// RDI, and the FDI of every stack in use.
  bool active() const;
  /// Flits may leave: active, and nobody here has asked to sleep, or to stop them.
  bool sends() const;
  /// An interface is about to leave Active: no flit starts.
  bool stalls() const;
  /// Flits that come may be taken.
  bool receives() const;
  /// Whether the last request to sleep still waits for its answer.
  bool asks_to_sleep() const;
  /// A stack is in L1, or in L2 above a PHY that is not; others may be Active, if the other end had
  /// traffic for them.
  bool sleeps() const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(training_, rdi_, fdis_, agreed_, agreement_, heard_, others_, advertised_,
            exchange_until_, parity_, held_, reset_until_, wakes_, retrains_, up_, layers_, late_);
  }

 private:
  using Interface = UcieLinkMessage::Interface;
  static constexpr std::array kInterfaces = {Interface::kRdi, Interface::kFdi0, Interface::kFdi1};
  // What has come and waits.
  struct Late {
    bool trains = false;  // Which of both it is.
    UcieTrainingMessage training;
    UcieLinkMessage link;
    bool willing = false;

    template <class Archive>
    void serialize(Archive& archive) {
      archive(trains, training, link, willing);
    }
  };

  std::span<UcieInterface> stacks() { return std::span(fdis_).first(stacks_in_use()); }
  std::span<const UcieInterface> stacks() const { return std::span(fdis_).first(stacks_in_use()); }
  std::uint32_t stacks_in_use() const;
  bool all_fdis(State state) const;
  bool quiet() const;
  bool leaves_reset(Femtoseconds now) const;

  void settle(Femtoseconds now);
  bool step(Femtoseconds now);
  bool follow_phy(Femtoseconds now);
  bool follow_rdi(Femtoseconds now);
  bool bring_up(Femtoseconds now);
  bool exchange(Femtoseconds now);
  void agree_on(const UcieAgreement& agreement);
  bool negotiate_parity(Femtoseconds now);
  bool sleep(Femtoseconds now);
  bool take_down(Femtoseconds now);
  void reset();
  void lose(UcieTrainingError error, Femtoseconds now);
  void hear(const UcieLinkMessage& message, bool willing);

  // ucie_link_layers.cpp
  static std::size_t index(Interface interface) { return static_cast<std::size_t>(interface); }
  UcieInterface& at(Interface interface);
  std::span<const Interface> fdis_in_use() const;
  bool may_leave(Interface interface, Femtoseconds now);
  bool follow(Interface interface, State state, Femtoseconds now);
  bool may_ask(Interface interface, Femtoseconds now);
  bool wakes(Interface fdi);
  bool retrain_now(Femtoseconds now);
  bool about_to_retrain() const;
  static bool ends_all(const Message& message);
  void tell(UcieInterface& interface, const UcieLinkMessage& message, bool willing) const;
  bool may_take(const Late& late, Femtoseconds now);
  void take(const Late& late, Femtoseconds now);
  bool take_late(Femtoseconds now);
  void note(Femtoseconds now);
  void say(UcieLinkMessage message);
  void say_all(UcieInterface& from, Interface interface);
  void collect();

  const UcieLinkManagerParams params_;
  UcieTraining training_;
  UcieInterface rdi_;
  // Of each protocol stack. Its layers say when it may agree to become Active.
  std::array<UcieInterface, kUcieStacks> fdis_{UcieInterface(false), UcieInterface(false)};
  bool agreed_ = false;
  UcieAgreement agreement_;
  bool heard_ = false, advertised_ = false;  // The other end's capabilities; this end's.
  UcieCapabilities others_;
  Femtoseconds exchange_until_ = Femtoseconds::max();  // Of parameters, and of parity.
  UcieParityFeature parity_;
  bool held_ = false;                               // In RESET, by LinkReset or Disabled.
  Femtoseconds reset_until_ = Femtoseconds::max();  // The end of LinkReset.
  bool wakes_ = false;                              // Somebody wants the link Active again.
  bool retrains_ = false;                           // A pin has broken.
  bool up_ = false;
  std::array<UcieLayers, kInterfaces.size()> layers_;  // At each interface.
  UcieLayers::StopFlits stop_flits_;
  std::deque<Late> late_;
  std::vector<Message> messages_;
  std::vector<UcieLinkSignal> signals_;
};

}  // namespace cvp
