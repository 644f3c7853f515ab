// SPDX-License-Identifier: Apache-2.0
#include "models/npu/npu_cluster.h"

#include <algorithm>

#include "models/core/report.h"
#include "models/core/trace.h"

namespace cvp {

namespace {

constexpr std::uint64_t kScratchpadBusBytes = 64;  // A cycle, from the bus.

Attributes attributes_of(NpuTraffic traffic) {
  Attributes attributes;
  attributes.traffic_class = traffic == NpuTraffic::kTensor    ? TrafficClass::kTensor
                             : traffic == NpuTraffic::kControl ? TrafficClass::kControl
                                                               : TrafficClass::kMessage;
  attributes.posted = traffic == NpuTraffic::kMessage;
  return attributes;
}

}  // namespace

NpuCluster::NpuCluster(sc_core::sc_module_name name, ActionQueue& actions, const NpuParams& params)
    : sc_module(name),
      mem_initiator("mem_initiator", actions),
      params_(params),
      actions_(actions),
      source_(source_id(this->name())),
      held_("npu_in_reset", 0x1'0000, Holes::kError, false),
      regs_(),
      core_(params, regs_, *this) {
  regs_target.serve(held_);
  scratchpad_target.serve(*this);
  hook_registers();
  mem_initiator.on_complete([this](const Burst& burst) {
    core_.burst_done(actions_.now(), burst.tag, burst.data, burst.ok(), burst.poison);
  });
  SC_HAS_PROCESS(NpuCluster);
  SC_METHOD(drive_reset);
  sensitive << released;
}

// The core acts from the action queue only, also when it is told by one of its own writes.
void NpuCluster::hook_registers() {
  const auto post = [this](NpuCore::Op op) {
    actions_.post(std::max(actions_.now(), regs_target.time()), source_, *this, op);
  };
  regs_.context_ctrl.on_write([this, post](std::size_t, NpuRegs::ContextCtrl ctrl) {
    if (!ctrl.reset_context) return post(NpuCore::kKick);
    regs_.context_status.set(0, {NpuRegs::ContextStatus::kStateDraining});
    post(NpuCore::kReset);
  });
  regs_.context_sq_tail.on_write([post](std::size_t, std::uint32_t) { post(NpuCore::kKick); });
  regs_.context_cq_head.on_write([post](std::size_t, std::uint32_t) { post(NpuCore::kKick); });

  regs_.cycles.on_read([this] { return core_.counters().cycles; });
  regs_.active.on_read([this] { return core_.counters().active; });
  regs_.weight_stall.on_read([this] { return core_.counters().weight_stall; });
  regs_.weight_shift.on_read([this] { return core_.counters().weight_shift; });
  regs_.non_matrix.on_read([this] { return core_.counters().non_matrix; });
  regs_.raw_stall.on_read([this] { return core_.counters().raw_stall; });
  regs_.input_stall.on_read([this] { return core_.counters().input_stall; });
  regs_.macs.on_read([this] { return core_.counters().macs; });
}

void NpuCluster::drive_reset() {
  if (released.read()) {
    regs_target.serve(regs_, params_.register_latency);
  } else {
    core_.reset_all(actions_.now());
    regs_target.serve(held_);
  }
}

void NpuCluster::read(Addr address, std::uint32_t bytes, std::uint64_t tag, NpuTraffic traffic) {
  mem_initiator.read(address, bytes, tag, attributes_of(traffic));
}

void NpuCluster::write(Addr address, std::span<const std::uint8_t> data, std::uint64_t tag,
                       NpuTraffic traffic) {
  mem_initiator.write(address, data, tag, attributes_of(traffic));
}

void NpuCluster::wake_at(Femtoseconds time, std::uint32_t op, std::uint64_t arg) {
  actions_.post(time, source_, *this, op, arg);
}

void NpuCluster::trace_span(std::string_view unit, std::string_view what, Femtoseconds start,
                            Femtoseconds end, std::uint64_t bytes) {
  if (TraceSink* sink = trace_sink())
    sink->span(concat(name(), ".", unit), what, start, end, bytes);
}

void NpuCluster::guest_error(std::string_view what) {
  log_guest_error(name(), actions_.now(), what);
}

void NpuCluster::on_action(const Action& action) {
  // What software asked for before the die went into reset no longer counts.
  if ((action.op == NpuCore::kKick || action.op == NpuCore::kReset) && !released.read()) return;
  core_.wake(actions_.now(), action.op, action.arg);
}

Femtoseconds NpuCluster::access(tlm::tlm_generic_payload& payload, Femtoseconds arrival) {
  const Attributes& attributes = Attributes::of(payload);
  const std::uint64_t bytes = payload.get_data_length();
  const Addr address = payload.get_address();
  const Clock clock(params_.clock);
  const Femtoseconds busy = clock.at((bytes + kScratchpadBusBytes - 1) / kScratchpadBusBytes);
  if (!released.read()) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  } else if (!AddrRange{0, params_.scratchpad}.contains(address, bytes)) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  } else if (attributes.atomic != AtomicOp::kNone) {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
  } else if (payload.is_write() && attributes.poison) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);  // Poison never becomes data.
  } else {
    if (!attributes.no_data) debug(payload);
    if (payload.is_read()) scratchpad_read_.add(attributes.traffic_class, bytes);
    if (payload.is_write()) scratchpad_written_.add(attributes.traffic_class, bytes);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return scratchpad_port_.reserve(arrival, busy) + busy + params_.scratchpad_latency;
  }
  log_guest_error(name(), arrival,
                  concat("scratchpad access of ", bytes, " bytes at offset ", hex(address),
                         " refused; expected a plain access inside it, out of reset"));
  return arrival + params_.scratchpad_latency;
}

unsigned NpuCluster::debug(tlm::tlm_generic_payload& payload) {
  const unsigned bytes = payload.get_data_length();
  const Addr address = payload.get_address();
  if (!released.read() || !AddrRange{0, params_.scratchpad}.contains(address, bytes)) return 0;
  std::uint8_t* const here = core_.scratchpad().data() + address;
  if (payload.is_read()) std::memcpy(payload.get_data_ptr(), here, bytes);
  if (payload.is_write()) std::memcpy(here, payload.get_data_ptr(), bytes);
  return bytes;
}

}  // namespace cvp
