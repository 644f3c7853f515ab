// SPDX-License-Identifier: Apache-2.0
//
// NPU cluster: MAC array, vector unit, scratchpad, tensor DMA, driven by programs in memory.
//
// Programmer's model: npu.regs.toml for the registers, npu_abi.h for rings and programs. While
// `released` is low (the die's reset, which the host ends over the link) every access answers an
// error. Interrupts are posted writes; there is no wire.
//
// Timing: tiles take the cycles of the RTL (mac_array/), vector commands one operation a lane and
// cycle, DMA what the bus takes with many bursts in flight. The core is npu_core.h, without
// SystemC.
#pragma once

#include "models/core/action_queue.h"
#include "models/core/address_range.h"
#include "models/core/burst_initiator.h"
#include "models/core/calendar.h"
#include "models/core/register_socket.h"
#include "models/core/statistics.h"
#include "models/core/wait_reporter.h"
#include "models/npu/npu_core.h"
#include "models/npu/npu_regs.h"

namespace cvp {

class NpuCluster : public sc_core::sc_module,
                   public WaitReporter,
                   private NpuPort,
                   private ActionHandler,
                   private BurstModel {
 public:
  RegisterSocket regs_target{"regs_target"};
  BurstTarget scratchpad_target{"scratchpad_target"};
  BurstInitiator mem_initiator;
  sc_core::sc_in<bool> released{"released"};

  NpuCluster(sc_core::sc_module_name name, ActionQueue& actions, const NpuParams& params = {});

  NpuStatistics statistics() const { return core_.statistics(); }
  /// Of scratchpad_target, by what it was for.
  const TrafficBytes& scratchpad_read() const { return scratchpad_read_; }
  const TrafficBytes& scratchpad_written() const { return scratchpad_written_; }
  const NpuParams& params() const { return params_; }
  std::string waiting() const override { return core_.waiting(); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(regs_, core_, scratchpad_port_, scratchpad_read_, scratchpad_written_);
  }

 private:
  void drive_reset();
  void hook_registers();

  // NpuPort
  void read(Addr address, std::uint32_t bytes, std::uint64_t tag, NpuTraffic traffic) override;
  void write(Addr address, std::span<const std::uint8_t> data, std::uint64_t tag,
             NpuTraffic traffic) override;
  void wake_at(Femtoseconds time, std::uint32_t op, std::uint64_t arg) override;
  void trace_span(std::string_view unit, std::string_view what, Femtoseconds start,
                  Femtoseconds end, std::uint64_t bytes) override;
  void guest_error(std::string_view what) override;

  void on_action(const Action& action) override;

  // The scratchpad as a target.
  Femtoseconds access(tlm::tlm_generic_payload& payload, Femtoseconds arrival) override;
  unsigned debug(tlm::tlm_generic_payload& payload) override;

  const NpuParams params_;
  ActionQueue& actions_;
  const SourceId source_;
  RegisterBank held_;  // What a die in reset shows: nothing.
  NpuRegs regs_;
  NpuCore core_;
  Calendar scratchpad_port_;
  TrafficBytes scratchpad_read_, scratchpad_written_;
};

}  // namespace cvp
