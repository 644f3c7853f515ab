// SPDX-License-Identifier: Apache-2.0
//
// HBM stack with its controller: DRAM channels with banks, open rows and refresh behind one memory
// socket, and the registers that bring it up.
//
// Programmer's model: hbm.regs.toml, from which hbm_regs.h is generated.
// Timing: hbm_channel.h (approximate), a fixed latency and a bandwidth (functional), or the
// controller command by command (cycle). The stack adds nothing to the DRAM but
// `controller_latency`.
// Errors and their correction: hbm_ras.h; power states and temperature: hbm_power.h; energy:
// hbm_energy.h; compute units beside the banks: pim/pim_control.h. Interrupts are posted writes; a
// stack whose `msi_initiator` nobody has bound loses them. Not modelled: see README.md.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/core/action_queue.h"
#include "models/core/backing_store.h"
#include "models/core/burst_initiator.h"
#include "models/core/burst_target.h"
#include "models/core/register_socket.h"
#include "models/core/statistics.h"
#include "models/hbm/cycle/cycle_shell.h"
#include "models/hbm/hbm_energy.h"
#include "models/hbm/hbm_engine.h"
#include "models/hbm/hbm_inverse.h"
#include "models/hbm/hbm_port.h"
#include "models/hbm/hbm_ras.h"
#include "models/hbm/hbm_regs.h"  // generated
#include "models/hbm/pim/pim_cells.h"
#include "models/hbm/pim/pim_control.h"

namespace cvp {

struct HbmParams {
  std::string generation = "hbm3";    ///< A built-in one or a timing file, see load_hbm_timing().
  unsigned channels = 0;              ///< 0: as many as the generation has.
  unsigned stack_ids = 0;             ///< The same: 1 to 4 are stacks of 4 to 16 dies, or ranks.
  std::string map;                    ///< See HbmMap; empty: the channels in turn, folded.
  unsigned channel_interleave = 512;  ///< Bytes in one channel before the next, with no `map`.
  Fidelity fidelity = Fidelity::kApproximate;
  Femtoseconds controller_latency{};     ///< Added to the DRAM's figure: PHY, queues, fabric.
  Femtoseconds mode_time = 100_ns;       ///< SEND_MRS, all channels.
  Femtoseconds training_time = 10_us;    ///< START_TRAINING, all channels at once.
  std::vector<unsigned> training_fails;  ///< Channels that never train.
  /// Pseudo channels, counted through the stack, that train but read as zero.
  std::vector<unsigned> dead_pseudo_channels;
  bool pim = false;               ///< Has compute units beside its banks.
  unsigned celsius = 45;          ///< What its temperature sensor says.
  bool trained_at_reset = false;  ///< Ready without firmware.
  HbmControllerParams controller;
  /// Cycle fidelity: the scheduler, see controller_policies(). Queues and refresh are
  /// `controller`'s.
  std::string policy = "ab_q64";

  /// What is impossible, as `<parameter>: <what, and what was expected>`; empty if nothing.
  std::vector<std::string> errors() const;
  /// Timing with the geometry as built, and the map in use; only without errors().
  HbmTiming timing() const;
  std::string map_in_use() const;
  hbm_cycle::ControllerPolicy policy_in_use() const;
};

struct HbmStatistics {
  TrafficBytes read, written;
  HbmCounters counters;
  HbmEnergyUse energy;
  HbmResidency residency;
  PimCounters pim;
  /// Words that the controller has corrected, and those it could not.
  std::uint64_t corrected = 0, uncorrected = 0;
};

class HbmStack : public sc_core::sc_module,
                 private BurstModel,
                 private ActionHandler,
                 private HbmPort {
 public:
  BurstTarget mem_target{"mem_target"};
  RegisterSocket regs_target{"regs_target"};
  BurstInitiator msi_initiator;  ///< Interrupt messages: posted writes of 4 bytes.

  HbmStack(sc_core::sc_module_name name, ActionQueue& actions, const HbmParams& params = {});

  std::uint64_t size() const { return engine_.bytes(); }
  BackingStore& store() { return *store_; }
  const HbmEngine& engine() const { return engine_; }
  bool ready() const { return regs_.status.get().ready; }
  HbmStatistics statistics() const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(regs_, engine_, ras_, power_, pim_, read_, written_);
    if (cycle_) archive(*cycle_);
  }

 private:
  enum Op : std::uint32_t { kModesSent, kTrainingEnds, kWake };

  void before_end_of_elaboration() override;
  Femtoseconds access(tlm::tlm_generic_payload& payload, Femtoseconds arrival) override;
  std::optional<Femtoseconds> begin(tlm::tlm_generic_payload& payload,
                                    Femtoseconds arrival) override;
  unsigned debug(tlm::tlm_generic_payload& payload) override;
  bool grant(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override;
  void on_action(const Action& action) override;

  bool move_data(tlm::tlm_generic_payload& payload, Femtoseconds arrival);
  HbmCounters channel_counters(unsigned channel, Femtoseconds now) const;
  HbmCounters counters(Femtoseconds now) const;
  // HbmPort
  void wake_at(Femtoseconds time, HbmWake what, std::uint64_t arg) override;
  void revoke_grants() override;
  void send_message(Addr address, std::uint32_t data) override;
  void raise_hot(Femtoseconds time) override;
  void wake(HbmWake what, std::uint64_t arg);

  void access_data(tlm::tlm_generic_payload& payload, Femtoseconds arrival);
  void access_checked(tlm::tlm_generic_payload& payload, Femtoseconds arrival);
  void set_up_registers();
  void hook_parts();
  bool closed() const { return pim_.closed() || power_.refuses(); }
  bool grants() const;
  HbmActivity activity(Femtoseconds now) const;
  HbmPower::Channels channels_awoken(const tlm::tlm_generic_payload& payload) const;
  void command(HbmRegs::Ctrl ctrl);
  void modes_sent();
  void training_ends();
  bool modes_match() const;
  void blank_dead_bursts(Addr offset, std::span<std::uint8_t> data) const;
  std::uint32_t all_channels() const;

  const HbmParams params_;
  ActionQueue& actions_;
  HbmEngine engine_;
  std::unique_ptr<hbm_cycle::CycleShell> cycle_;  // Only at cycle fidelity.
  std::shared_ptr<BackingStore> store_;
  HbmRegs regs_{"regs"};
  HbmRas ras_;
  HbmPower power_;
  std::optional<HbmInverse> inverse_;  // With PIM only.
  PimCells cells_;
  PimControl pim_;
  std::unique_ptr<BurstTarget> nowhere_;
  TrafficBytes read_, written_;
};

}  // namespace cvp
