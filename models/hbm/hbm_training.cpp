// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_training.h"

namespace cvp {
namespace {

// Mode registers that must hold the latencies before training can succeed.
constexpr std::size_t kWriteLatencyMode = 1, kReadLatencyMode = 2;

}  // namespace

HbmTraining::HbmTraining(HbmRegs& regs, HbmPort& port, const HbmTiming& timing,
                         const HbmParams& params)
    : regs_(regs), port_(port), timing_(timing), params_(params) {}

void HbmTraining::hook_registers(const std::function<Femtoseconds()>& time,
                                 const std::function<bool()>& closed) {
  if (params_.trained_at_reset) {
    regs_.status.set_reset({.mrs_done = true, .training_done = true, .ready = true});
    regs_.trained.set_reset(timing_.geometry.all_channels());
    regs_.mode.set_reset(kReadLatencyMode, {.value = timing_.cl});
    regs_.mode.set_reset(kWriteLatencyMode, {.value = timing_.cwl});
  }
  regs_.ctrl.on_write([this, time, closed](HbmRegs::Ctrl ctrl) {
    if (!closed()) command(ctrl, time());
  });
}

void HbmTraining::command(HbmRegs::Ctrl ctrl, Femtoseconds now) {
  if (regs_.status.get().busy || (!ctrl.send_mrs && !ctrl.start_training)) return;
  if (ready()) port_.revoke_grants();
  regs_.trained.set(0);
  regs_.failed.set(0);
  if (ctrl.send_mrs) {
    regs_.status.set({.busy = true});
    port_.wake_at(now + params_.mode_time, HbmWake::kModesSent, 0);
  } else {
    regs_.status.set({.busy = true, .mrs_done = regs_.status.get().mrs_done});
    port_.wake_at(now + params_.training_time, HbmWake::kTrained, 0);
  }
}

void HbmTraining::wake(HbmWake what) {
  if (what == HbmWake::kModesSent) {
    regs_.status.set({.mrs_done = true});
  } else {
    end_training();
  }
}

bool HbmTraining::modes_match() const {
  return regs_.status.get().mrs_done && regs_.mode.get(kReadLatencyMode).value == timing_.cl &&
         regs_.mode.get(kWriteLatencyMode).value == timing_.cwl;
}

// With wrong latencies in the mode registers no channel finds its data eye.
void HbmTraining::end_training() {
  std::uint32_t failed = modes_match() ? 0 : timing_.geometry.all_channels();
  for (const unsigned channel : params_.training_fails) failed |= std::uint32_t{1} << channel;
  regs_.failed.set(failed);
  regs_.trained.set(timing_.geometry.all_channels() & ~failed);
  regs_.status.set({.mrs_done = regs_.status.get().mrs_done,
                    .training_done = true,
                    .training_failed = failed != 0,
                    .ready = failed == 0});
}

}  // namespace cvp
