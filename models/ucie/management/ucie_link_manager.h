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
// Which state follows which: ucie_interface_state.h. TRAINING.md, "Interfaces".
#pragma once

#include <array>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "models/ucie/management/ucie_link_message.h"
#include "models/ucie/phy/ucie_training.h"

namespace cvp {

struct UcieLinkManagerParams {
  UcieTrainingParams training;
  UcieCapabilities capabilities;
  std::uint32_t parity = 0;  ///< 64 byte inserts that this end wants at first.
  /// With `trained_at_reset`, which cannot ask; none: the other end is like this one.
  std::optional<UcieEnd> other = {};
};

class UcieLinkManager {
 public:
  using State = UcieInterfaceState;
  using Message = std::variant<UcieTrainingMessage, UcieLinkMessage>;

  explicit UcieLinkManager(const UcieLinkManagerParams& params);

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
  /// Flits may leave: active, and nobody here has asked to sleep.
  bool sends() const;
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
            exchange_until_, parity_, held_, reset_until_, wakes_, retrains_, up_);
  }

 private:
  using Interface = UcieLinkMessage::Interface;

  std::span<UcieInterface> stacks() { return std::span(fdis_).first(stacks_in_use()); }
  std::span<const UcieInterface> stacks() const { return std::span(fdis_).first(stacks_in_use()); }
  std::uint32_t stacks_in_use() const;
  bool all_fdis(State state) const;
  bool quiet() const;
  bool leaves_reset(Femtoseconds now) const;

  void settle(Femtoseconds now);
  bool step(Femtoseconds now);
  bool follow_phy(Femtoseconds now);
  bool follow_rdi();
  bool bring_up(Femtoseconds now);
  bool exchange(Femtoseconds now);
  void agree_on(const UcieAgreement& agreement);
  bool negotiate_parity(Femtoseconds now);
  bool sleep(Femtoseconds now);
  bool take_down(Femtoseconds now);
  void reset();
  void lose(UcieTrainingError error, Femtoseconds now);
  void hear(const UcieLinkMessage& message, bool busy);
  void say(UcieLinkMessage message);
  void say_all(UcieInterface& from, Interface interface);
  void collect();

  const UcieLinkManagerParams params_;
  UcieTraining training_;
  UcieInterface rdi_;
  std::array<UcieInterface, kUcieStacks> fdis_;  // Of each protocol stack.
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
  std::vector<Message> messages_;
};

}  // namespace cvp
