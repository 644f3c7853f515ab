// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/hart.h"

#include "models/core/report.h"
#include "models/cpu/host_fpu.h"

namespace cvp {

Hart::Hart(const HartParams& params, HartBus& bus) : params_(params), bus_(bus) {
  CVP_CHECK(params.cpi >= 1, "cpi is ", params.cpi, ", expected 1 or more");
  interpret(&labels_);
  reset(0);
}

void Hart::reset(Addr pc) {
  x_ = {};
  f_ = {};
  pc_ = pc;
  csr_ = {};
  privilege_ = Privilege::kMachine;
  waiting_ = false;
  pmp_ = {};
  reservation_ = {};
  log_.clear();
  bus_pending_ = false;
  watch_hit_.reset();
  restore_derived();
}

void Hart::set_x(unsigned index, std::uint64_t value) {
  if (index != 0) x_[index] = value;
}

void Hart::set_interrupt_inputs(std::uint64_t levels) {
  if (levels == inputs_) return;
  inputs_ = levels;
  leave_block_ = true;
}

void Hart::advance_to(std::uint64_t cycle) {
  if (cycle <= cycle_) return;
  cycle_ = cycle;
  charge_carry_ = 0;
}

RunResult Hart::run(std::uint64_t max_instructions) {
  if (bus_pending_) return {StopReason::kBusPending, 0};
  if (waiting_) {
    if (!wakes()) return {StopReason::kWfi, 0};
    waiting_ = false;
  }
  for (LogEntry& entry : log_) entry.used = false;

  budget_ = remaining_ = static_cast<std::int64_t>(max_instructions);
  stolen_ = charged_ = 0;
  extra_cycles_ = 0;
  update_supervisor_timer();  // mtime may have been written.
  for (HartProbe* probe : probes_) probe->turn_begins(*this, max_instructions);
  const std::uint32_t host_control = host_fpu::control();
  host_fpu::set_control(host_fpu::control_for(csr_.frm));
  in_run_ = true;
  const StopReason reason = interpret(nullptr);
  csr_.fflags = fflags();
  in_run_ = false;
  host_fpu::set_control(host_control);

  const std::uint64_t before = instret_;
  const std::uint64_t cycle = live_cycle(), instret = live_instret();
  cycle_ = cycle;
  instret_ = instret;
  budget_ = remaining_ = stolen_ = 0;
  extra_cycles_ = 0;
  if (reason != StopReason::kBusPending) log_.clear();
  for (HartProbe* probe : probes_) probe->turn_ends(*this);
  return {reason, instret_ - before};
}

std::uint64_t Hart::live_instret() const {
  return instret_ + static_cast<std::uint64_t>(budget_ - remaining_ - stolen_);
}

std::uint64_t Hart::live_cycle() const {
  return cycle_ + (live_instret() - instret_) * params_.cpi + extra_cycles_;
}

void Hart::flush_translations() {
  ++code_epoch_;
  flush_tlb();
}

void Hart::flush_tlb() {
  tlb_.flush();
  update_contexts();
}

void Hart::update_contexts() {
  const Privilege data = data_privilege();
  const unsigned sum = (csr_.mstatus & mstatus::kSum) != 0,
                 mxr = (csr_.mstatus & mstatus::kMxr) != 0;
  const unsigned context = data == Privilege::kMachine ? 0
                           : data == Privilege::kUser  ? 1 + mxr
                                                       : 4 + 2 * sum + mxr;
  load_key_ = tlb_.key(context);
  link_context_ = tlb_.links() << 2 | static_cast<std::uint64_t>(privilege_);
  fp_dirty_ = (csr_.mstatus & mstatus::kFs) == mstatus::kFs;
  fp_fast_ = fp_dirty_ && csr_.frm < 4;
}

void Hart::restore_derived() {
  tlb_.activate(csr_.satp);
  flush_translations();
  update_supervisor_timer();
}

std::uint64_t Hart::wake_cycle() const { return (csr_.mie & kStip) != 0 ? timer_cycle_ : kNever; }

}  // namespace cvp
