// SPDX-License-Identifier: Apache-2.0
//
// HBM stack with its controller: DRAM channels with banks, open rows and refresh behind one memory
// socket, and the registers that bring it up.
//
// Programmer's model: hbm.regs.toml, from which hbm_regs.h is generated.
// Timing: hbm_channel.h (approximate), a bandwidth and a latency by load (hbm_functional.h), or the
// controller command by command (cycle). The stack adds nothing to the DRAM but
// `controller_latency`.
// Bringing it up: hbm_training.h; errors and their correction: hbm_ras.h, hbm_patrol.h; power
// states: hbm_power.h; temperature: hbm_temperature.h; energy: hbm_energy.h; compute units beside
// the banks: pim/pim_control.h. Interrupts are posted writes; a stack whose `msi_initiator` nobody
// has bound loses them. Not modelled: see README.md.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "models/core/action_queue.h"
#include "models/core/backing_store.h"
#include "models/core/burst_initiator.h"
#include "models/core/burst_target.h"
#include "models/core/register_socket.h"
#include "models/core/statistics.h"
#include "models/hbm/cycle/cycle_shell.h"
#include "models/hbm/hbm_agenda.h"
#include "models/hbm/hbm_answers.h"
#include "models/hbm/hbm_energy.h"
#include "models/hbm/hbm_engine.h"
#include "models/hbm/hbm_inverse.h"
#include "models/hbm/hbm_params.h"
#include "models/hbm/hbm_port.h"
#include "models/hbm/hbm_regs.h"  // generated
#include "models/hbm/hbm_temperature.h"
#include "models/hbm/hbm_training.h"
#include "models/hbm/pim/pim_cells.h"
#include "models/hbm/pim/pim_control.h"
#include "models/hbm/ras/hbm_patrol.h"
#include "models/hbm/ras/hbm_ras.h"

namespace cvp {

struct HbmStatistics {
  TrafficBytes read, written;
  HbmCounters counters;
  HbmEnergyUse energy;
  HbmResidency residency;
  PimCounters pim;
  /// Words that the controller has corrected, and those it could not.
  std::uint64_t corrected = 0, uncorrected = 0;
};

/// Reads that reached a channel. One of several channels counts in each of them, with all of its
/// time: that until its last burst.
struct HbmLatency {
  std::uint64_t reads = 0;
  Femtoseconds sum;  ///< From arrival to completion at the memory socket.

  template <class Archive>
  void serialize(Archive& archive) {
    archive(reads, sum);
  }
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
  bool ready() const { return training_.ready(); }
  HbmStatistics statistics() const;

  /// All but the data, which is in store(). Transactions under way at cycle fidelity go on after
  /// loading, but have nobody left to answer to.
  template <class Archive>
  void serialize(Archive& archive) {
    archive(regs_, engine_, ras_, patrol_, power_, temperature_, pim_, read_, written_, latencies_,
            closed_time_, agenda_);
    if (cycle_) archive(*cycle_);
  }

 private:
  void before_end_of_elaboration() override;
  void start_of_simulation() override { temperature_.start(); }
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
  bool patrol_reads(Addr offset) override;
  void raise_hot(Femtoseconds time) override;
  void wake(HbmWake what, std::uint64_t arg);

  bool accepts(tlm::tlm_generic_payload& payload, Femtoseconds arrival) const;
  void access_data(tlm::tlm_generic_payload& payload, const Attributes& attributes,
                   Femtoseconds arrival);
  void access_checked(tlm::tlm_generic_payload& payload, Femtoseconds arrival);
  void set_up_registers();
  void hook_parts();
  bool closed() const { return pim_.closed() || power_.refuses(); }
  bool grants() const;
  HbmActivity activity(Femtoseconds now) const;
  Femtoseconds admit(const tlm::tlm_generic_payload& payload, Femtoseconds arrival);
  Femtoseconds admit_to(HbmPower::Channels channels, Femtoseconds arrival);
  HbmPower::Channels channels_of(const tlm::tlm_generic_payload& payload) const;
  void answered(const tlm::tlm_generic_payload& payload, Femtoseconds span);
  bool dead(Addr offset) const;
  void blank_dead_bursts(Addr offset, std::span<std::uint8_t> data) const;

  const HbmParams params_;
  ActionQueue& actions_;
  HbmAgenda agenda_;
  HbmEngine engine_;
  const bool answers_at_once_;
  HbmAnswers answers_;                            // Where neither that nor cycle fidelity.
  std::unique_ptr<hbm_cycle::CycleShell> cycle_;  // Only at cycle fidelity.
  std::shared_ptr<BackingStore> store_;
  HbmRegs regs_{"regs"};
  HbmTraining training_;
  HbmRas ras_;
  HbmPatrol patrol_;
  HbmPower power_;
  HbmTemperature temperature_;
  std::optional<HbmInverse> inverse_;  // With PIM only.
  PimCells cells_;
  PimControl pim_;
  std::unique_ptr<BurstTarget> nowhere_;
  TrafficBytes read_, written_;
  std::vector<HbmLatency> latencies_;               // By channel.
  Femtoseconds closed_time_ = Femtoseconds::max();  // See HbmActivity::closed.
};

}  // namespace cvp
