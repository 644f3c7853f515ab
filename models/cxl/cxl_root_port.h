// SPDX-License-Identifier: Apache-2.0
//
// CXL host bridge with one root port. Software reaches configuration space at `ecam_target`, the
// BARs at `mmio_target`, the host bridge's HDM decoders at `regs_target` and, when both
// ends' decoders are committed, the expander's memory at `window_target`, by host physical address.
//
// Programmer's model: cxl_root_port.regs.toml (configuration space of the root port, bus 0),
// cxl_component.regs.toml (host bridge). Timing: cxl_link.h. The link is up from reset.
// Not modelled: several root ports behind one bridge, interleaving, hot plug (see README.md).
#pragma once

#include "models/core/burst_initiator.h"
#include "models/core/message_pool.h"
#include "models/core/outbound.h"
#include "models/core/register_socket.h"
#include "models/core/wait_reporter.h"
#include "models/cxl/cxl_component.h"
#include "models/cxl/cxl_link.h"
#include "models/cxl/cxl_msix.h"
#include "models/cxl/cxl_root_port_regs.h"  // generated

namespace cvp {

struct CxlRootPortParams {
  unsigned device = 0;                     ///< Device number of the root port on bus 0.
  Addr mmio_base = 0x4000'0000;            ///< PCI address of offset 0 of `mmio_target`.
  AddrRange window{0, ~std::uint64_t{0}};  ///< Where host addresses of CXL memory may lie.
  CxlLinkShape link;
  double link_picojoules_per_bit = 5;  ///< Assumed; see README.md.
  bool dead = false;                   ///< The link does not come up.
  AddrRange direct;                    ///< Not empty: decoder 0 is committed from the start.
  std::uint32_t max_in_flight = 256;
  Fidelity fidelity = Fidelity::kApproximate;  ///< kFunctional: latency, no limit of bandwidth.
};

/// What is wrong with the parameters, and what was expected; empty if nothing.
std::string cxl_root_port_params_error(const CxlRootPortParams& params);

class CxlRootPort : public sc_core::sc_module,
                    public WaitReporter,
                    private OutboundModel,
                    private MessageIf,
                    private ActionHandler {
 public:
  OutboundTarget ecam_target{"ecam_target"};      ///< Offsets: bus, device, function, register.
  OutboundTarget mmio_target{"mmio_target"};      ///< Offsets from mmio_base.
  OutboundTarget window_target{"window_target"};  ///< Host physical addresses.
  RegisterSocket regs_target{"regs_target"};      ///< Component registers of the host bridge.
  BurstInitiator msi_initiator;                   ///< MSI-X messages: posted writes of 4 bytes.
  sc_core::sc_port<MessageIf, 1, sc_core::SC_ZERO_OR_MORE_BOUND> peer{"peer"};
  sc_core::sc_export<MessageIf> inbox{"inbox"};

  CxlRootPort(sc_core::sc_module_name name, ActionQueue& actions, const CxlRootPortParams& params);

  CxlRootPortRegs& config() { return config_; }
  CxlLinkStatistics statistics() const;  ///< Of the direction towards the device.
  const CxlRootPortParams& params() const { return params_; }
  std::string waiting() const override;

 private:
  enum Port : unsigned { kEcam, kMmio, kWindow };

  bool serve_here(unsigned port, tlm::tlm_generic_payload& payload, Femtoseconds& spent) override;
  bool serve_config(tlm::tlm_generic_payload& payload);
  bool serve_bar(Addr pci_address, tlm::tlm_generic_payload& payload);
  bool holds() const override { return false; }
  Femtoseconds send(unsigned port, const tlm::tlm_generic_payload& payload,
                    std::uint64_t tag) override;
  unsigned debug(unsigned port, tlm::tlm_generic_payload& payload) override;
  bool grant(unsigned port, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override;
  void deliver(Femtoseconds arrival, Message message) override;
  Message ask(const Message& question) override;
  void on_action(const Action& action) override;
  bool link_up() const { return !params_.dead && peer.size() > 0; }
  bool forwards(Addr pci_address, std::uint64_t length) const;
  void revoke_grants();
  void take_error_message();
  void update_interrupt();

  ActionQueue& actions_;
  const CxlRootPortParams params_;
  const SourceId source_;
  CxlRootPortRegs config_{"config"};
  CxlComponent component_;
  CxlTransmitter transmitter_;
  Outbound outbound_;
  MessagePool arriving_;
  CxlMsix msix_;
  bool error_interrupt_ = false;  ///< An enabled error has been received and not yet cleared.
  bool granted_ = false;
};

}  // namespace cvp
