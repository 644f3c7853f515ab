// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/cpu_debug.h"

#include <utility>

#include "models/core/report.h"
#include "models/cpu/hart_unit.h"

namespace cvp {

CpuDebug::CpuDebug(CpuCluster& cluster, std::function<void(const DebugStop&)> on_stop)
    : cluster_(cluster), on_stop_(std::move(on_stop)), modes_(cluster.harts(), DebugMode::kRun) {
  CVP_CHECK(cluster.debug_ == nullptr, cluster.name(), " has a debugger already");
  cluster.debug_ = this;
  for (const auto& unit : cluster_.units_) unit->hart().add_probe(breakpoints_, true);
}

CpuDebug::~CpuDebug() {
  for (const auto& unit : cluster_.units_) unit->hart().remove_probe(breakpoints_);
  set_watchpoints({});
  cluster_.debug_ = nullptr;
}

void CpuDebug::hold() { modes_.assign(modes_.size(), DebugMode::kHold); }

void CpuDebug::go(const std::vector<DebugMode>& modes) {
  modes_ = modes;
  for (unsigned n = 0; n < modes_.size(); ++n) {
    if (modes_[n] != DebugMode::kHold) cluster_.units_[n]->go_on(modes_[n]);
  }
}

void CpuDebug::stopped(const DebugStop& stop) {
  hold();
  on_stop_(stop);
}

void CpuDebug::set_breakpoints(const std::set<Addr>& addresses) {
  breakpoints_.set(addresses);
  for (const auto& unit : cluster_.units_) unit->hart().probes_changed();
}

void CpuDebug::set_watchpoints(const std::vector<Watchpoint>& list) {
  for (const auto& unit : cluster_.units_) unit->hart().set_watchpoints(list);
}

void CpuDebug::memory_changed() {
  for (const auto& unit : cluster_.units_) unit->hart().flush_translations();
}

std::size_t CpuDebug::transport(tlm::tlm_command command, Addr physical, std::uint8_t* data,
                                std::size_t size) {
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(physical);
  payload.set_data_ptr(data);
  payload.set_data_length(static_cast<unsigned>(size));
  payload.set_streaming_width(static_cast<unsigned>(size));
  return cluster_.mem_initiator[0]->transport_dbg(payload);
}

std::size_t CpuDebug::read(Addr physical, std::span<std::uint8_t> out) {
  return transport(tlm::TLM_READ_COMMAND, physical, out.data(), out.size());
}

std::size_t CpuDebug::write(Addr physical, std::span<const std::uint8_t> in) {
  std::vector<std::uint8_t> bytes(in.begin(), in.end());
  return transport(tlm::TLM_WRITE_COMMAND, physical, bytes.data(), bytes.size());
}

void CpuDebug::reset() {
  for (const auto& unit : cluster_.units_) unit->reset();
}

// ---- What it does to a hart ------------------------------------------------------------------

bool HartUnit::held() {
  if (cluster_.debug_ == nullptr || cluster_.debug_->mode(index_) != DebugMode::kHold) return false;
  state_ = State::kScheduled;
  held_ = true;
  return true;
}

RunResult HartUnit::run_for_debug(std::uint64_t instructions) {
  const bool steps = cluster_.debug_->mode(index_) == DebugMode::kStep;
  hart_.hold_interrupts(steps);
  RunResult result = hart_.run(steps ? 1 : instructions);
  hart_.hold_interrupts(false);
  if (result.reason != StopReason::kStopped && (!steps || result.reason == StopReason::kBusPending))
    return result;
  if (result.reason == StopReason::kWfi) hart_.stop_waiting();
  DebugStop stop{index_, DebugStop::Cause::kStep, hart_.take_watch_hit()};
  if (stop.watch) {
    stop.cause = DebugStop::Cause::kWatchpoint;
  } else if (result.reason == StopReason::kStopped) {
    stop.cause = DebugStop::Cause::kBreakpoint;
  }
  result.reason = StopReason::kStopped;
  cluster_.debug_->stopped(stop);
  return result;
}

void HartUnit::go_on(DebugMode mode) {
  bool begins = std::exchange(held_, false);
  if (mode == DebugMode::kStep) {
    begins = begins || asleep();
    hart_.stop_waiting();
  }
  if (begins) schedule(actions_.now(), kRun);
}

void HartUnit::reset() {
  // What it had asked the bus for is still answered; nobody takes the answer.
  abandoned_ = state_ == State::kOnBus;
  held_ = held_ || asleep();
  hart_.reset(params_.reset_vector);
  hart_.set_x(10, index_);
  release_reservation();
}

}  // namespace cvp
