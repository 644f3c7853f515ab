// SPDX-License-Identifier: Apache-2.0
//
// Incoming MSI controller of a cluster of harts: an M and an S interrupt file for each. A message
// is a 32-bit write of the interrupt's number to the file's page; the hart sees it at its next
// turn.
//
// Programmer's model: imsic.regs.toml for the two windows; the files themselves are reached through
// CSRs of their hart. Timing: an interrupt is pending from the arrival of its message on.
// Not modelled: see README.md.
#pragma once

#include <systemc>

#include "models/core/action_queue.h"
#include "models/core/imsic_if.h"
#include "models/core/register_socket.h"
#include "models/imsic/imsic_regs.h"  // generated
#include "models/imsic/interrupt_file.h"

namespace cvp {

struct ImsicParams {
  unsigned harts = 1;
  unsigned identities = 255;        ///< Of a file; 63 to 2047, one less than a multiple of 64.
  Femtoseconds access_time = 0_ns;  ///< Of a write; changes timing only.
};

struct ImsicStatistics {
  std::uint64_t messages = 0;
  std::uint64_t ignored = 0;  ///< Writes of a number that is no identity.
};

class Imsic : public sc_core::sc_module, private ImsicIf, private ActionHandler {
 public:
  RegisterSocket machine_target{"machine_target"}, supervisor_target{"supervisor_target"};
  sc_core::sc_export<ImsicIf> files{"files"};

  Imsic(sc_core::sc_module_name name, ActionQueue& actions, const ImsicParams& params = {});

  const ImsicStatistics& statistics() const { return statistics_; }

  template <class Archive>
  void serialize(Archive& archive) {
    for (Level* level : {&machine_, &supervisor_}) {
      for (InterruptFile& file : level->files) archive(file);
    }
    archive(statistics_.messages, statistics_.ignored);
  }

 private:
  struct Level {
    explicit Level(const ImsicParams& params)
        : files(params.harts, InterruptFile(params.identities)) {}
    ImsicRegs regs{"imsic"};
    std::vector<InterruptFile> files;  ///< By hart.
  };

  InterruptFileIf& machine_file(unsigned hart) override { return machine_.files.at(hart); }
  InterruptFileIf& supervisor_file(unsigned hart) override { return supervisor_.files.at(hart); }
  const sc_core::sc_event& default_event() const override { return message_; }
  void serve(Level& level, RegisterSocket& socket, const ImsicParams& params);
  void on_action(const Action& action) override;

  ActionQueue& actions_;
  const SourceId source_;
  Level machine_, supervisor_;
  ImsicStatistics statistics_;
  sc_core::sc_event message_{"message"};
};

}  // namespace cvp
