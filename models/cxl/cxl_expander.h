// SPDX-License-Identifier: Apache-2.0
//
// CXL type 3 memory expander: configuration space, component and device registers behind BAR 0, HDM
// decoders, memory. A device of its own: only messages reach it.
//
// Programmer's model: cxl_expander.regs.toml (configuration space), cxl_component.regs.toml and
// cxl_memory_device.regs.toml (BAR 0). Timing: an access takes the controller's latency, then
// the memory for length / bandwidth, and its first line comes after the media's latency; a burst's
// lines leave as they come. See cxl_link.h for the link.
// Not modelled: mailbox, events, DOE and CDAT, interleaving, poison list (see README.md).
#pragma once

#include <memory>

#include "models/core/backing_store.h"
#include "models/core/calendar.h"
#include "models/core/message_pool.h"
#include "models/core/wait_reporter.h"
#include "models/cxl/cxl_component.h"
#include "models/cxl/cxl_expander_regs.h"  // generated
#include "models/cxl/cxl_link.h"
#include "models/cxl/cxl_memory_device_regs.h"  // generated

namespace cvp {

struct CxlExpanderParams {
  std::uint64_t capacity = 4_GiB;  ///< A multiple of 256 MiB.
  CxlLinkShape link;
  Femtoseconds controller_latency = 79_ns;     ///< From the link's arrival to the memory.
  Femtoseconds media_latency = 85_ns;          ///< Of the first line.
  Bandwidth media_bandwidth = 38.4_GBps;       ///< One DDR5-4800 channel, both directions.
  Femtoseconds register_latency = 20_ns;       ///< Of configuration and BAR accesses.
  double link_picojoules_per_bit = 5;          ///< Assumed; see README.md.
  double media_picojoules_per_bit = 15;        ///< Assumed; see README.md.
  bool dead = false;                           ///< Neither hears nor is heard.
  Addr direct_base = 0;                        ///< Not 0: decoder 0 is committed from the start.
  Fidelity fidelity = Fidelity::kApproximate;  ///< kFunctional: latency, no limit of bandwidth.
};

/// What is wrong with the parameters, and what was expected; empty if nothing.
std::string cxl_expander_params_error(const CxlExpanderParams& params);

struct CxlExpanderStatistics {
  TrafficBytes read, written;
  Femtoseconds busy;       ///< Of the memory.
  double energy_j = 0;     ///< Of the memory.
  CxlLinkStatistics link;  ///< Towards the host.
};

class CxlExpander : public sc_core::sc_module,
                    public WaitReporter,
                    private MessageIf,
                    private ActionHandler {
 public:
  sc_core::sc_port<MessageIf, 1, sc_core::SC_ZERO_OR_MORE_BOUND> peer{"peer"};
  sc_core::sc_export<MessageIf> inbox{"inbox"};

  CxlExpander(sc_core::sc_module_name name, ActionQueue& actions, const CxlExpanderParams& params);

  /// The memory, by device physical address.
  const std::shared_ptr<BackingStore>& store() const { return store_; }
  CxlExpanderRegs& config() { return config_; }
  CxlComponentRegs& component() { return component_.regs(); }
  CxlMemoryDeviceRegs& device() { return device_; }
  CxlExpanderStatistics statistics() const;
  const CxlExpanderParams& params() const { return params_; }
  std::string waiting() const override;

 private:
  struct Pending {  // A response that waits for its data.
    CxlChannel channel = CxlChannel::kMem;
    Packet response;
    Femtoseconds ready;  // When it may begin to leave.
    Femtoseconds last;   // The last line's data is there.
    bool credit = false;
  };

  void deliver(Femtoseconds arrival, Message message) override;
  Message ask(const Message& question) override;
  void on_action(const Action& action) override;
  void receive(Message message);
  void access_memory(Packet request);
  void access_config(const Packet& request);
  void access_bar(const Packet& request);
  void note_unsupported(const Pending& pending);
  void access_registers(RegisterBank& bank, CxlChannel channel, Addr offset, const Packet& request);
  void answer(Pending pending);
  void respond(const Pending& pending);
  std::optional<CxlHdmDecoders::Hit> find(Addr host_address, std::uint64_t length) const;
  bool grant(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  unsigned debug(tlm::tlm_generic_payload& payload);
  void revoke_grants();

  ActionQueue& actions_;
  const CxlExpanderParams params_;
  const SourceId source_;
  std::shared_ptr<BackingStore> store_;
  CxlExpanderRegs config_{"config"};
  CxlMemoryDeviceRegs device_{"device"};
  CxlComponent component_;
  CxlTransmitter transmitter_;
  Calendar media_;
  MessagePool arriving_;
  std::vector<Pending> pending_;
  std::vector<std::size_t> pending_free_;
  bool granted_ = false;
  TrafficBytes read_, written_;
};

}  // namespace cvp
