// SPDX-License-Identifier: Apache-2.0
//
// State of the context, faults, bus accesses. Rings are in npu_rings.cpp, queues in
// npu_execute.cpp.
#include "models/npu/npu_core.h"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "models/core/report.h"

namespace cvp {

namespace {

MacArrayParams array_params(const NpuParams& params) {
  MacArrayParams array = params.mac_array;
  array.rows = params.rows;
  array.columns = params.columns;
  array.clock = params.clock;
  return array;
}

}  // namespace

NpuCore::NpuCore(const NpuParams& params, NpuRegs& regs, NpuPort& port)
    : params_(params),
      clock_(params.clock),
      regs_(regs),
      port_(port),
      load_(params.dma_commands, params.burst_max),
      store_(params.dma_commands, params.burst_max),
      matrix_(array_params(params)),
      scratchpad_(params.scratchpad) {
  CVP_CHECK(params.scratchpad > 0 && params.scratchpad <= 1_GiB, "scratchpad of ",
            params.scratchpad, " bytes; expected at most 1 GiB");
  CVP_CHECK(std::has_single_bit(params.burst_max) && params.burst_max <= 64_KiB, "burst_max ",
            params.burst_max, "; expected a power of two up to 65536");
  CVP_CHECK(params.vector_lanes > 0 && params.queue_depth > 0 && params.dma_commands > 0 &&
                params.max_outstanding > 0,
            "vector_lanes, queue_depth, dma_commands and max_outstanding must be at least 1");
  regs_.features.set_reset(limits().features);
  regs_.geometry.set_reset(
      {static_cast<std::uint16_t>(params.rows), static_cast<std::uint16_t>(params.columns)});
  regs_.scratchpad.set_reset(static_cast<std::uint32_t>(params.scratchpad));
  regs_.clock.set_reset(static_cast<std::uint32_t>(params.clock.hertz / 1000));
}

void NpuCore::wake(Femtoseconds now, std::uint32_t op, std::uint64_t arg) {
  now_ = now;
  if (op == kKick) {
    pump_completions();
    return kick();
  }
  if (op == kReset) return reset_context();
  if (arg != generation_) return;  // Asked for before a fault or a reset.
  switch (op) {
    case kSequencer:
      sequencer_waits_ = false;
      sequencer_budget_ = 8;
      return advance();
    case kTileStart:
      return start_tile();
    case kTileEnd:
      return end_tile();
    case kVectorEnd:
      return end_vector();
    default:
      fail_check("known op", __FILE__, __LINE__, concat("op ", op));
  }
}

void NpuCore::burst_done(Femtoseconds now, std::uint64_t tag, std::span<const std::uint8_t> data,
                         bool ok, bool poison) {
  now_ = now;
  const auto found = flights_.find(tag);
  CVP_CHECK(found != flights_.end(), "an answer to tag ", tag, ", which is not in flight");
  const Flight flight = std::move(found->second);
  flights_.erase(found);
  if (is_work(flight.kind)) --work_in_flight_;

  if (flight.kind == Kind::kInterrupt) {
    if (!ok) port_.guest_error("the interrupt message was refused; expected a target there");
  } else if (flight.generation != generation_) {
    // Its command is gone.
  } else if (flight.kind == Kind::kCompletion) {
    completion_written(ok && !poison);
  } else if (!ok || poison) {
    bus_error(flight, poison);
  } else if (flight.kind == Kind::kSubmission) {
    submission_arrived(data);
  } else if (flight.kind == Kind::kHeader) {
    header_arrived(data);
  } else if (flight.kind == Kind::kProgram) {
    program_arrived(flight, data);
  } else {
    transfer_done(flight, data);
  }

  if (state_ == State::kFailing && work_in_flight_ == 0) end_failing();
  if (state_ == State::kDraining && flights_.empty()) {
    set_state(State::kIdle);
    kick();
  }
}

void NpuCore::set_state(State state) {
  state_ = state;
  using Status = NpuRegs::ContextStatus;
  Status status{};
  switch (state) {
    case State::kIdle:
      status.state = Status::kStateIdle;
      break;
    case State::kStopped:
      status.state = Status::kStateStopped;
      break;
    case State::kDraining:
      status.state = Status::kStateDraining;
      break;
    default:
      status.state = Status::kStateRunning;
  }
  regs_.context_status.set(0, status);
}

void NpuCore::drop_work() {
  if (state_ == State::kRunning) account(Category::kNonMatrix);
  ++generation_;
  for (auto& queue : queues_) queue.clear();
  load_.clear();
  store_.clear();
  sync_.clear();
  vector_.clear();
  matrix_.reset();
}

void NpuCore::reset_context() {
  drop_work();
  completions_.clear();
  completion_in_flight_ = false;
  regs_.context_ctrl.set(0, {});
  regs_.context_sq_tail.set(0, 0);
  regs_.context_sq_head.set(0, 0);
  regs_.context_cq_tail.set(0, 0);
  regs_.context_cq_head.set(0, 0);
  regs_.context_error.set(0, {});
  regs_.context_error_command.set(0, 0);
  regs_.context_error_address.set(0, 0);
  set_state(flights_.empty() ? State::kIdle : State::kDraining);
}

void NpuCore::reset_all(Femtoseconds now) {
  now_ = now;
  reset_context();
  regs_.reset();
  set_state(state_);
  std::fill(scratchpad_.begin(), scratchpad_.end(), std::uint8_t{0});
}

void NpuCore::fail(const NpuFault& fault) {
  if (state_ == State::kFailing) return;  // The first one counts.
  drop_work();
  ++statistics_.faults;
  fault_ = fault;
  // Completions of earlier submissions are still to be written: they stay of this generation.
  for (auto& [tag, flight] : flights_) {
    if (!is_work(flight.kind)) flight.generation = generation_;
  }
  set_state(State::kFailing);
  if (work_in_flight_ == 0) end_failing();
}

void NpuCore::end_failing() {
  regs_.context_error.set(0, {fault_.status, fault_.field});
  regs_.context_error_command.set(0, fault_.command);
  regs_.context_error_address.set(0, fault_.address);
  port_.guest_error(concat("program with tag ", hex(tag_), " failed, status ", fault_.status,
                           ", command ", fault_.command, ", field ", fault_.field, ", address ",
                           hex(fault_.address), "; the context waits for reset_context"));
  set_state(State::kStopped);
  complete(fault_);
}

void NpuCore::stop_without_completion(NpuStatus status, std::string_view why) {
  regs_.context_error.set(0, {static_cast<std::uint16_t>(status), 0});
  port_.guest_error(concat("context stopped: ", why));
  set_state(State::kStopped);
}

NpuLimits NpuCore::limits() const {
  return {params_.rows, params_.columns, static_cast<std::uint32_t>(params_.scratchpad),
          NPU_FEATURE_INT8 | NPU_FEATURE_POOL | NPU_FEATURE_ADD};
}

NpuFault NpuCore::translate(std::uint32_t region, std::uint64_t offset, std::uint64_t bytes,
                            std::uint32_t right, Addr& address) const {
  const Addr base = regs_.context_region_base.get(region);
  const std::uint64_t size = regs_.context_region_size.get(region);
  const bool inside = offset <= size && bytes <= size - offset;
  const bool allowed = (regs_.context_region_rights.get(region).rights & right) == right;
  address = base + offset;
  if (inside && allowed && address >= base && address + bytes >= address) return {};
  return npu_fault(kNpuStatusRegion, 0, 0, offset);
}

NpuCore::Flight& NpuCore::add_flight(Kind kind, std::uint32_t bytes, NpuTraffic traffic,
                                     std::uint64_t& tag) {
  tag = next_tag_++;
  Flight& flight = flights_[tag];
  flight.kind = kind;
  flight.generation = generation_;
  if (is_work(kind)) ++work_in_flight_;
  ++statistics_.bursts;
  (traffic == NpuTraffic::kTensor    ? statistics_.tensor_bytes
   : traffic == NpuTraffic::kControl ? statistics_.control_bytes
                                     : statistics_.message_bytes) += bytes;
  return flight;
}

void NpuCore::issue_read(Kind kind, Addr address, std::uint32_t bytes, std::uint64_t offset,
                         const NpuBurst& burst, NpuTraffic traffic) {
  std::uint64_t tag = 0;
  Flight& flight = add_flight(kind, bytes, traffic, tag);
  flight.offset = offset;
  flight.burst = burst;
  port_.read(address, bytes, tag, traffic);
}

void NpuCore::issue_write(Kind kind, Addr address, std::span<const std::uint8_t> data,
                          const NpuBurst& burst, NpuTraffic traffic) {
  std::uint64_t tag = 0;
  add_flight(kind, static_cast<std::uint32_t>(data.size()), traffic, tag).burst = burst;
  port_.write(address, data, tag, traffic);
}

NpuStatistics NpuCore::statistics() const {
  NpuStatistics statistics = statistics_;
  statistics.mac_array = matrix_.array().statistics();
  statistics.energy_pj = static_cast<double>(statistics.counters.macs) * params_.mac_energy_pj;
  return statistics;
}

std::string NpuCore::waiting() const {
  switch (state_) {
    case State::kIdle:
      return completions_.empty() ? "" : "completion ring is full";
    case State::kStopped:
      return concat("context stopped by status ", fault_.status, ", waits for reset_context");
    case State::kRunning: {
      static constexpr const char* kNames[] = {"LD", "MM", "VEC", "ST"};
      std::string text = "program runs;";
      for (std::size_t queue = 0; queue < queues_.size(); ++queue) {
        if (queues_[queue].empty()) continue;
        text += concat(" ", kNames[queue], " before command ", queues_[queue].front().index, ",");
      }
      return text + concat(" ", work_in_flight_, " bursts in flight");
    }
    default:
      return concat(work_in_flight_, " bursts in flight");
  }
}

}  // namespace cvp
