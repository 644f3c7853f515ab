// SPDX-License-Identifier: Apache-2.0
//
// Advanced platform-level interrupt controller: brings the interrupts of devices to the harts of a
// die, either over wires or as messages to their IMSIC. Machine-level and supervisor-level domain.
//
// Programmer's model: aplic.regs.toml. Timing: a wire follows in the same instant; a message takes
// the time of a posted write of 4 bytes on the die's interconnect.
// Not modelled: see README.md.
#pragma once

#include <systemc>

#include "models/aplic/aplic_core.h"
#include "models/core/burst_initiator.h"
#include "models/core/register_socket.h"

namespace cvp {

struct AplicParams {
  unsigned harts = 1;
  unsigned sources = 223;           ///< Highest source number, at most 1023.
  Femtoseconds access_time = 0_ns;  ///< Of a register; changes timing only.
};

class Aplic : public sc_core::sc_module, private ActionHandler {
 public:
  RegisterSocket regs_target{"regs_target"};
  BurstInitiator msi_initiator;
  /// Indexed by source number; [0] is no source. Those left unbound are low.
  sc_core::sc_vector<sc_core::sc_in<bool>> source;
  /// [2h] is hart h in the machine-level domain, [2h + 1] in the supervisor-level domain.
  sc_core::sc_vector<sc_core::sc_out<bool>> context;

  Aplic(sc_core::sc_module_name name, ActionQueue& actions, const AplicParams& params = {});

  const AplicStatistics& statistics() const { return core_.statistics(); }
  /// Messages that nothing took.
  std::uint64_t lost_messages() const { return lost_messages_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(core_, lost_messages_);
  }

 private:
  void before_end_of_elaboration() override;
  void sample_sources();
  void drive_contexts();
  void on_action(const Action& action) override;
  void message_done(const Burst& burst);
  void send_messages();

  ActionQueue& actions_;
  const SourceId source_;
  AplicCore core_;
  std::uint64_t lost_messages_ = 0;
  sc_core::sc_signal<bool> low_{"low"};
};

}  // namespace cvp
