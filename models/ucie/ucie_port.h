// SPDX-License-Identifier: Apache-2.0
//
// One end of a UCIe-style die-to-die link. Transactions at `bus_target` become messages to the
// other end; messages from there are issued on `bus_initiator`. Nothing but messages joins two
// ends.
//
// Programmer's model: ucie.regs.toml. Timing: ucie_link.h (latency, bandwidth), ucie_stream.h
// (packing into flits, retries), ucie_training.h (training). A read is a request message and a
// response message; every message carries 16 bytes of header. A posted write is done for its sender
// when its last byte has left. While the link is down, transactions are answered with an error at
// once; while it retrains, they wait. Not modelled: low-power states, multi-module links (see
// README.md).
#pragma once

#include "models/core/inbound.h"
#include "models/core/message_pool.h"
#include "models/core/outbound.h"
#include "models/core/register_socket.h"
#include "models/core/statistics.h"
#include "models/core/wait_reporter.h"
#include "models/ucie/ucie_regs.h"  // generated
#include "models/ucie/ucie_sideband.h"
#include "models/ucie/ucie_stream.h"

namespace cvp {

enum class UcieFault : std::uint8_t { kNone, kDead };

struct UcieParams {
  UciePackage package = UciePackage::kAdvanced;
  std::uint32_t lanes = 64;
  DataRate rate = 32_GTps;
  UcieFlitFormat format = UcieFlitFormat::k256;
  double reach_mm = 0;
  double bit_error_rate = 0;  ///< Of every lane; damaged flits are sent again.
  UcieSupply supply = UcieSupply::k0V5;
  std::vector<unsigned> broken_lanes;  ///< Data lanes that do not work.
  UcieFault fault = UcieFault::kNone;  ///< kDead: neither hears nor is heard.
  bool trained_at_reset = false;       ///< ACTIVE, and the die released, from the start.
  std::uint32_t max_in_flight = 256;   ///< Transactions that originate on this die.
  bool dmi = true;  ///< Grants for the other die's memory; without them the same results, slower.
  Fidelity fidelity = Fidelity::kApproximate;  ///< kFunctional: latency, but no limit of bandwidth.

  UcieLinkShape shape() const { return {package, lanes, rate, format, reach_mm}; }
};

/// What is wrong with the parameters, and what was expected; empty if nothing.
std::string ucie_params_error(const UcieParams& params);

/// Of the direction that leaves this end.
struct UcieStatistics {
  TrafficBytes data;                ///< Data of transactions, without headers.
  std::uint64_t payload_bytes = 0;  ///< Messages with their headers.
  std::uint64_t wire_bytes = 0;     ///< Flits.
  std::uint64_t messages = 0, flits = 0, retries = 0;
  std::uint64_t posted_errors = 0;  ///< Posted writes that arrived here and met an error.
  Femtoseconds busy;                ///< The wire carried flits.
  double utilisation = 0;           ///< Of the time in ACTIVE.
  double energy_j = 0;
  std::array<Femtoseconds, kUcieStates> residency{};
};

class UciePort : public sc_core::sc_module,
                 public WaitReporter,
                 private OutboundModel,
                 private MessageIf,
                 private ActionHandler {
 public:
  OutboundTarget bus_target{"bus_target"};  ///< Leaves the die.
  Inbound bus_initiator;                    ///< Has arrived.
  RegisterSocket regs_target{"regs_target"};
  /// Unbound: nothing is connected; training ends in TRAINERROR.
  sc_core::sc_port<MessageIf, 1, sc_core::SC_ZERO_OR_MORE_BOUND> peer{"peer"};
  sc_core::sc_export<MessageIf> inbox{"inbox"};
  sc_core::sc_out<bool> remote_release{"remote_release"};  ///< May stay unbound.

  UciePort(sc_core::sc_module_name name, ActionQueue& actions, const UcieParams& params);

  UcieStatistics statistics() const;
  const UcieTraining& training() const { return training_; }
  const UcieParams& params() const { return params_; }
  std::string waiting() const override;

 private:
  // Outbound: what leaves.
  bool serve_here(unsigned port, tlm::tlm_generic_payload& payload, Femtoseconds& spent) override;
  bool holds() const override { return training_.up() && !training_.active(); }
  Femtoseconds send(unsigned port, const tlm::tlm_generic_payload& payload,
                    std::uint64_t tag) override;
  unsigned debug(unsigned port, tlm::tlm_generic_payload& payload) override;
  bool grant(unsigned port, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override;
  UcieStream::Times transmit(const Packet& packet);
  void send_sideband(const Packet& packet, Femtoseconds duration);

  // MessageIf: what comes.
  void deliver(Femtoseconds arrival, Message message) override;
  Message ask(const Message& question) override;
  void on_action(const Action& action) override;
  void receive(Packet packet);
  void receive_sideband(const Packet& packet);
  void finish(const tlm::tlm_generic_payload& payload, std::uint64_t tag);

  void before_end_of_elaboration() override;
  void after_training();
  void start_transmitter();
  void update_registers();
  void revoke_grants();
  void revoke_remote_grants();

  ActionQueue& actions_;
  const UcieParams params_;
  const SourceId source_;
  UcieRegs regs_{"regs"};
  UcieTraining training_;
  UcieStream transmitter_;
  Outbound outbound_;
  MessagePool arriving_;
  std::deque<Packet> held_responses_;  // Until the link is ACTIVE again.
  Femtoseconds sideband_free_;
  Femtoseconds wake_posted_ = Femtoseconds::max();
  Femtoseconds traced_until_;
  UcieState seen_state_ = UcieState::kReset;
  bool was_up_ = false;
  bool granted_here_ = false, granted_there_ = false;  // Grants that live on each side.
  UcieStatistics counters_;
  sc_core::sc_signal<bool> unbound_release_{"unbound_release"};
};

}  // namespace cvp
