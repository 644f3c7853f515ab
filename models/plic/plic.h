// SPDX-License-Identifier: Apache-2.0
//
// Platform-level interrupt controller: brings the interrupts of devices to the harts of a die, an M
// and an S context for each hart.
//
// Programmer's model: plic.regs.toml. Timing: an output follows in the same instant.
// Not modelled: see README.md.
#pragma once

#include <systemc>

#include "models/core/register_socket.h"
#include "models/plic/plic_core.h"

namespace cvp {

struct PlicParams {
  unsigned harts = 1;
  unsigned sources = 223;           ///< Highest source number, at most 223.
  unsigned first_edge_source = 96;  ///< From here on sources are edges, below they are levels.
  Femtoseconds access_time = 0_ns;  ///< Of a register; changes timing only.
};

class Plic : public sc_core::sc_module {
 public:
  RegisterSocket regs_target{"regs_target"};
  /// Indexed by source number; [0] is no source. Those left unbound are low.
  sc_core::sc_vector<sc_core::sc_in<bool>> source;
  /// [2h] is hart h's M context, [2h + 1] its S context.
  sc_core::sc_vector<sc_core::sc_out<bool>> context;

  Plic(sc_core::sc_module_name name, const PlicParams& params = {});

  const PlicStatistics& statistics() const { return core_.statistics(); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(core_);
  }

 private:
  void before_end_of_elaboration() override;
  void sample_sources();
  void drive_contexts();

  PlicCore core_;
  sc_core::sc_signal<bool> low_{"low"};
};

}  // namespace cvp
