// SPDX-License-Identifier: Apache-2.0
//
// One end of a UCIe-style die-to-die link. Transactions at `bus_target` become messages to the
// other end; messages from there are issued on `bus_initiator`. Nothing but messages joins two
// ends.
//
// Programmer's model: ucie.regs.toml. Timing: ucie_link.h (latency, bandwidth), ucie_stream.h
// (packing into flits, retries), ucie_training.h (training). A read is a request message and a
// response message, in the encoding of the link's protocol. A posted write is done for its sender
// when its last byte has left. While the link is down, transactions are answered with an error at
// once; while its FDI is not Active, they wait. Not modelled: see README.md.
#pragma once

#include <optional>

#include "models/core/burst_initiator.h"
#include "models/core/inbound.h"
#include "models/core/message_pool.h"
#include "models/core/nowhere.h"
#include "models/core/outbound.h"
#include "models/core/register_socket.h"
#include "models/core/report.h"
#include "models/core/statistics.h"
#include "models/core/wait_reporter.h"
#include "models/ucie/adapter/ucie_flit_path.h"
#include "models/ucie/adapter/ucie_stream.h"
#include "models/ucie/management/ucie_link_registers.h"
#include "models/ucie/phy/ucie_energy.h"
#include "models/ucie/protocol/ucie_latency.h"
#include "models/ucie/protocol/ucie_unanswered.h"
#include "models/ucie/ucie_params.h"

namespace cvp {

/// Of the direction that leaves this end.
struct UcieStatistics {
  TrafficBytes data;                ///< Data of transactions, without headers.
  std::uint64_t payload_bytes = 0;  ///< Messages with their headers.
  std::uint64_t wire_bytes = 0;     ///< Flits of every kind.
  std::uint64_t messages = 0;
  std::uint64_t flits = 0;  ///< Without those sent again.
  std::uint64_t retries = 0, replayed_flits = 0;
  std::uint64_t nop_flits = 0;  ///< By arithmetic naks alone.
  std::uint64_t parity_bytes = 0;
  Femtoseconds credit_stall, retry_stall;  ///< Messages waited for credits, for the retry buffer.
  std::uint64_t posted_errors = 0;         ///< Posted writes that arrived here and met an error.
  std::uint64_t completion_timeouts = 0;   ///< Of transactions that left here.
  Femtoseconds busy;                       ///< The wire carried flits.
  double utilisation = 0;                  ///< Of the time in ACTIVE.
  double energy_j = 0;
  std::array<Femtoseconds, kUcieStates> residency{};

  /// What an end counts itself; the rest follows from its parts.
  template <class Archive>
  void serialize(Archive& archive) {
    archive(data, payload_bytes, messages, posted_errors, completion_timeouts);
  }
};

/// Of the direction that comes here.
struct UcieArrivalStatistics {
  UcieLatency latency;           ///< Of messages, from their adapter to the end of their last flit.
  std::uint64_t crc_errors = 0;  ///< Flits whose CRC did not fit, whatever they carried.
  std::uint64_t naks = 0;
  std::optional<std::uint64_t> undetected;  ///< Damaged flits that no CRC has found; at flit
                                            ///< fidelity, by arithmetic nobody knows.
  std::uint64_t framing_errors = 0;         ///< What came was no message, or no answer.
  std::uint64_t lost_messages = 0;          ///< Under way here when the rows began anew.
  UcieLaneErrors parity_errors;             ///< At flit fidelity.
};

class UciePort : public sc_core::sc_module,
                 public WaitReporter,
                 private OutboundModel,
                 private MessageIf,
                 private UcieFlitPathClient,
                 private UcieLinkPort,
                 private ActionHandler {
 public:
  OutboundTarget bus_target{"bus_target"};  ///< Leaves the die.
  Inbound bus_initiator;                    ///< Has arrived.
  RegisterSocket regs_target{"regs_target"};
  BurstInitiator msi_initiator;  ///< Interrupt messages: posted writes of 4 bytes.
  /// Unbound: nothing is connected; training ends in TRAINERROR.
  sc_core::sc_port<MessageIf, 1, sc_core::SC_ZERO_OR_MORE_BOUND> peer{"peer"};
  sc_core::sc_export<MessageIf> inbox{"inbox"};
  sc_core::sc_out<bool> remote_release{"remote_release"};  ///< May stay unbound.

  UciePort(sc_core::sc_module_name name, ActionQueue& actions, const UcieParams& params);

  UcieStatistics statistics() const;
  UcieArrivalStatistics arrivals() const;
  const UcieTraining& training() const { return link_.training(); }
  const UcieLinkManager& link() const { return link_; }
  const UcieParams& params() const { return params_; }
  std::string waiting() const override;

  /// Nothing is in flight here, on its way here, or awaited: no transaction, no packet of the
  /// sideband, no step of training. What has left may still be on its way to the other end.
  bool at_rest() const;
  /// Of an end at rest, into one with the same parameters that is; both ends of a link together.
  /// Grants are not saved: they are asked for anew.
  template <class Archive>
  void serialize(Archive& archive) {
    CVP_CHECK(at_rest(), name(), ": saved or loaded while something is in flight");
    archive(regs_, link_, registers_, transmitter_, outbound_, sideband_free_, traced_until_,
            seen_state_, was_up_, was_active_, did_send_, watches_, counters_, energy_, latency_,
            crc_errors_, naks_, framing_errors_, lost_messages_);
    bool released = remote_release.read();
    archive(released);
    if constexpr (Archive::is_loading::value) {
      remote_release.write(released);
      if (flits_) make_flit_path(agreed_params());
    }
    if (flits_) archive(*flits_);
  }

 private:
  // Of actions.
  enum Op : std::uint32_t {
    kMessage,
    kWake,
    kCommand,
    kMailboxTimeout,
    kInterrupt,
    kWakeLink,
    kTurn,
    kAnswerDue
  };

  // Outbound: what leaves.
  bool serve_here(unsigned port, tlm::tlm_generic_payload& payload, Femtoseconds& spent) override;
  bool holds() const override { return was_up_ && (!did_send_ || begins_anew_); }
  Femtoseconds send(unsigned port, const tlm::tlm_generic_payload& payload,
                    std::uint64_t tag) override;
  unsigned debug(unsigned port, tlm::tlm_generic_payload& payload) override;
  bool grant(unsigned port, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override;
  /// When the last byte has left; Femtoseconds::max(): a flit will tell.
  Femtoseconds transmit(const Packet& packet);
  Femtoseconds transmit_by_arithmetic(const Packet& packet, const UcieMessageHeader& message);
  void schedule_turn();
  void take_turn(Femtoseconds until);
  void hand_over(const Packet& packet, const UcieLeft& message, const UcieStream::Times& times);
  void report_damage();
  void receive_damage(std::uint64_t damaged);
  void trace_message(const UcieLeft& message, Femtoseconds sent);

  // Client of the flit path.
  void flit_leaves(Femtoseconds arrival, Message flit) override;
  void packet_arrived(Packet packet, Femtoseconds latency) override;
  void message_left(const UcieLeft& message, Femtoseconds when) override;
  void error_passed() override;
  void framing_error() override;

  // After errors that no CRC has found.
  void watch_answers();
  void answer_due();
  void recover(UcieLoss loss, std::string_view what);
  void begin_anew();

  void send_sideband(const Packet& packet, Femtoseconds duration, std::uint32_t module);
  /// Of the link as a whole: over the sideband of a module that has not been dropped.
  void send_sideband(const Packet& packet, Femtoseconds duration) {
    send_sideband(packet, duration, training().sideband_module());
  }

  // MessageIf: what comes.
  void deliver(Femtoseconds arrival, Message message) override;
  Message ask(const Message& question) override;
  void on_action(const Action& action) override;
  void arrive(Message message);
  void receive_message(const Message& message);
  void receive(Packet&& packet);
  void receive_sideband(const Packet& packet);
  void finish(const tlm::tlm_generic_payload& payload, std::uint64_t tag);

  // What the registers ask for.
  void perform_at(Femtoseconds time, UcieCommand command) override;
  void mailbox_timeout_at(Femtoseconds time, std::uint64_t access) override;
  void send_release() override;
  void send_mailbox(const UcieMailboxAccess& access) override;
  void interrupt_at(Femtoseconds time) override;
  void send_message(Addr address, std::uint32_t data) override;
  bool idle() const override { return outbound_.in_flight() == 0 && outbound_.waiting() == 0; }
  bool damage_next_flit() override;
  std::uint64_t retries() const;
  Femtoseconds stop_flits(Femtoseconds now);
  Femtoseconds busy() const { return flits_ ? flits_->busy() : transmitter_.busy(); }
  Femtoseconds awake() const {
    return flits_ ? flits_->awake() : transmitter_.awake(actions_.now());
  }
  void note_energy();

  void before_end_of_elaboration() override;
  void wake_link();
  void send_link_messages();
  void trace_link();
  void after_link();
  UcieParams agreed_params() const;
  void make_flit_path(const UcieParams& params);
  UcieBitFaults bit_faults(std::size_t direction) const;
  void start_transmitter();
  void revoke_grants();
  void revoke_remote_grants();

  ActionQueue& actions_;
  const UcieParams params_;
  const SourceId source_;
  UcieRegs regs_{"regs"};
  UcieLinkManager link_;
  UcieStream transmitter_;
  std::unique_ptr<UcieFlitPath> flits_;  // At flit fidelity, in the transmitter's place.
  UcieAgreement flits_for_;              // What it was made for.
  Outbound outbound_;
  UcieLinkRegisters registers_;
  MessagePool arriving_;
  Packet leaving_, arrived_;  // For the time of a call; kept for their memory.
  // By arithmetic, of two stacks: until the flit with its last byte starts, a message may be later.
  struct Waiting {
    Packet packet;
    UcieLeft message;
  };
  std::array<std::deque<Waiting>, kUcieStacks> waiting_;
  Femtoseconds turn_posted_ = Femtoseconds::max();
  std::deque<Packet> held_responses_;          // Until the link is ACTIVE again.
  std::array<Femtoseconds, 4> sideband_free_;  // Of each module.
  Femtoseconds wake_posted_ = Femtoseconds::max();
  Femtoseconds traced_until_;
  UcieState seen_state_ = UcieState::kReset;
  bool was_up_ = false, was_active_ = false, did_send_ = false;
  bool granted_here_ = false, granted_there_ = false;  // Grants that live on each side.
  UcieUnanswered unanswered_;                          // At flit fidelity.
  bool watches_ = false, answer_due_posted_ = false;   // Something may have been lost.
  bool begins_anew_ = false;                           // From then on until the link has retrained.
  UcieStatistics counters_;
  UcieEnergy energy_;
  UcieLatency latency_;                      // Of what has come.
  std::uint64_t crc_errors_ = 0, naks_ = 0;  // The same, by arithmetic.
  std::uint64_t framing_errors_ = 0, lost_messages_ = 0;
  sc_core::sc_signal<bool> unbound_release_{"unbound_release"};
  std::unique_ptr<Nowhere> nowhere_;  // Bound when nobody takes messages.
};

}  // namespace cvp
