// SPDX-License-Identifier: Apache-2.0
//
// The four queues and their units.
#include <algorithm>
#include <cstddef>

#include "models/core/report.h"
#include "models/npu/npu_core.h"
#include "models/npu/npu_vector_unit.h"

namespace cvp {

namespace {

constexpr std::uint32_t kSequencerBurst = 8;  // Commands handed out before time passes for them.

std::string_view name_of(std::uint8_t opcode) {
  switch (opcode) {
    case kNpuOpLoad:
      return "load";
    case kNpuOpStore:
      return "store";
    case kNpuOpSync:
      return "sync";
    case kNpuOpMatmul:
      return "matmul";
    case kNpuOpRequantise:
      return "requantise";
    case kNpuOpMaxPool:
      return "max_pool";
    case kNpuOpAveragePool:
      return "average_pool";
    default:
      return "add";
  }
}

}  // namespace

void NpuCore::start_program() {
  set_state(State::kRunning);
  ++statistics_.programs;
  sequencer_.start(submission_.argument);
  semaphores_.clear();
  posters_ = {};
  post_count_ = 0;
  port_backlog_ = 0;
  sequencer_budget_ = kSequencerBurst;
  sequencer_waits_ = false;
  category_ = Category::kNonMatrix;
  since_ = begin_ = cycle();
  advance();
}

// Everything that can happen at this time happens, in a fixed order; then the program may be over.
void NpuCore::advance() {
  bool progress = true;
  while (progress && state_ == State::kRunning) {
    progress = dispatch();
    progress |= start_transfer(false);
    if (state_ == State::kRunning) progress |= start_sync();
    if (state_ == State::kRunning) progress |= start_transfer(true);
    if (state_ == State::kRunning) progress |= start_matrix();
    if (state_ == State::kRunning) progress |= start_vector();
    if (state_ != State::kRunning) return;
    issue_bursts(false);
    issue_bursts(true);
    progress |= retire(false);
    if (state_ == State::kRunning) progress |= retire(true);
  }
  if (state_ != State::kRunning) return;
  const bool waits = !matrix_.busy() && !queues_[kNpuQueueMm].empty();
  if (waits && category_ != Category::kWaiting) account(Category::kWaiting);
  check_end();
}

// Hands commands to their queues: eight, then eight cycles pass, so that no loop takes no time.
bool NpuCore::dispatch() {
  bool progress = false;
  while (!sequencer_waits_) {
    if (sequencer_budget_ == 0) {
      sequencer_waits_ = true;
      wake_in(kSequencerBurst, kSequencer);
      break;
    }
    const auto at = sequencer_.advance(program_, kSequencerBurst);
    if (at == NpuSequencer::At::kEnd) break;
    if (at == NpuSequencer::At::kCommand) {
      auto& queue = queues_[sequencer_.command(program_).head.queue];
      if (queue.size() >= params_.queue_depth) break;
      queue.push_back(sequencer_.take(program_));
      progress = true;
      --sequencer_budget_;
    } else {
      sequencer_budget_ = 0;
    }
  }
  return progress;
}

void NpuCore::fail_command(NpuFault fault, const NpuTask& task) {
  fault.command = task.index;
  fail(fault);
}

bool NpuCore::start_transfer(bool store) {
  auto& queue = queues_[store ? kNpuQueueSt : kNpuQueueLd];
  NpuDmaQueue& dma = store ? store_ : load_;
  if (queue.empty() || dma.full() || (store && !sync_.empty())) return false;
  const NpuTask& task = queue.front();
  if (task.head().opcode == kNpuOpSync) return false;
  const NpuTensor& tensor = program_.tensors[task.command.dma.tensor];
  NpuDmaQueue::Transfer transfer;
  transfer.task = task;
  transfer.walk = NpuTensorWalk(tensor, task.command.dma, task.base[0], task.base[1]);
  transfer.region = tensor.region;
  transfer.base = regs_.context_region_base.get(tensor.region);
  transfer.start = now_;
  const auto scratchpad = transfer.walk.scratchpad_extent(program_.header.scratchpad_bytes);
  NpuFault fault =
      transfer.walk.region_extent(regs_.context_region_size.get(tensor.region), transfer.memory);
  Addr address = 0;
  if (!fault && transfer.memory.end > 0) {
    fault =
        translate(tensor.region, transfer.memory.begin, transfer.memory.end - transfer.memory.begin,
                  store ? NPU_REGION_WRITE : NPU_REGION_READ, address);
    fault.field = offsetof(NpuDma, tensor);
  }
  if (!scratchpad) fault = npu_fault(kNpuStatusScratchpad, offsetof(NpuDma, scratchpad));
  if (scratchpad) transfer.scratchpad = *scratchpad;
  if (!fault && !dma.accepts(transfer, store)) return false;
  if (!semaphores_.take(task.head())) return false;
  if (fault) {
    const NpuTask failing = task;
    fail_command(fault, failing);
    return false;
  }
  dma.start(transfer);
  queue.pop_front();
  return true;
}

bool NpuCore::start_sync() {
  auto& queue = queues_[kNpuQueueSt];
  if (queue.empty() || !store_.empty() || !sync_.empty()) return false;
  const NpuTask task = queue.front();
  if (task.head().opcode != kNpuOpSync || !semaphores_.take(task.head())) return false;
  const NpuSync& sync = task.command.sync;
  const std::uint64_t offset = sync.offset + task.base[0];
  Addr address = 0;
  NpuFault fault = translate(sync.region, offset, sizeof sync.value, NPU_REGION_WRITE, address);
  if (offset % 8 || address % 8) fault = npu_fault(kNpuStatusOperand, 0, 0, offset);
  if (fault) {
    fault.field = offsetof(NpuSync, offset);
    fail_command(fault, task);
    return false;
  }
  queue.pop_front();
  sync_.push_back(task);
  NpuBurst burst;
  burst.region = sync.region;
  burst.offset = offset;
  std::array<std::uint8_t, sizeof sync.value> bytes;
  std::memcpy(bytes.data(), &sync.value, sizeof sync.value);
  issue_write(Kind::kSync, address, bytes, burst, NpuTraffic::kMessage);
  return true;
}

bool NpuCore::start_matrix() {
  auto& queue = queues_[kNpuQueueMm];
  if (matrix_.busy() || queue.empty() || !semaphores_.take(queue.front().head())) return false;
  const NpuTask task = queue.front();
  queue.pop_front();
  if (category_ == Category::kWaiting) classify_wait(task);
  if (const NpuFault fault = NpuMatrix::check_operands(task, program_.header.scratchpad_bytes)) {
    fail_command(fault, task);
    return false;
  }
  account(Category::kNonMatrix);
  matrix_.start(task);
  matrix_start_ = now_;
  wake_in(params_.command_cycles, kTileStart);
  return true;
}

bool NpuCore::start_vector() {
  auto& queue = queues_[kNpuQueueVec];
  if (!vector_.empty() || queue.empty() || !semaphores_.take(queue.front().head())) return false;
  const NpuTask task = queue.front();
  queue.pop_front();
  if (const NpuFault fault = check_vector_operands(task, program_.header.scratchpad_bytes)) {
    fail_command(fault, task);
    return false;
  }
  const std::uint64_t operations = vector_operations(task);
  const std::uint64_t cycles =
      (operations + params_.vector_lanes - 1) / params_.vector_lanes + params_.command_cycles;
  statistics_.vector_operations += operations;
  statistics_.vector_cycles += cycles;
  vector_.push_back(task);
  vector_start_ = now_;
  wake_in(cycles, kVectorEnd);
  return true;
}

void NpuCore::end_vector() {
  const NpuTask task = vector_.front();
  vector_.clear();
  execute_vector(task, scratchpad_);
  port_.trace_span("vec", name_of(task.head().opcode), vector_start_, now_, 0);
  if (finished(task, {})) advance();
}

void NpuCore::issue_bursts(bool store) {
  NpuDmaQueue& dma = store ? store_ : load_;
  NpuBurst burst;
  while (dma.in_flight() < params_.max_outstanding &&
         dma.next_burst(burst, store ? std::span<std::uint8_t>{} : scratchpad())) {
    port_backlog_ += burst.bytes;
    if (!store) {
      statistics_.region_bytes_read[burst.region] += burst.bytes;
      issue_read(Kind::kLoad, burst.address, burst.bytes, 0, burst, NpuTraffic::kTensor);
      continue;
    }
    statistics_.region_bytes_written[burst.region] += burst.bytes;
    std::vector<std::uint8_t> data;
    data.reserve(burst.bytes);
    for (const NpuSlice& slice : burst.slices) {
      const auto from = scratchpad_.begin() + static_cast<std::ptrdiff_t>(slice.scratchpad);
      data.insert(data.end(), from, from + slice.bytes);
    }
    issue_write(Kind::kStore, burst.address, data, burst, NpuTraffic::kTensor);
  }
}

void NpuCore::transfer_done(const Flight& flight, std::span<const std::uint8_t> data) {
  if (flight.kind == Kind::kSync) {
    const NpuTask task = sync_.front();
    sync_.clear();
    if (finished(task, {})) advance();
    return;
  }
  if (flight.kind == Kind::kLoad) {
    for (const NpuSlice& slice : flight.burst.slices) {
      std::memcpy(&scratchpad_[slice.scratchpad], data.data(), slice.bytes);
      data = data.subspan(slice.bytes);
    }
    load_.burst_done(flight.burst);
  } else {
    store_.burst_done(flight.burst);
  }
  advance();
}

void NpuCore::bus_error(const Flight& flight, bool poison) {
  NpuFault fault = npu_fault(poison ? kNpuStatusPoison : kNpuStatusBus, 0, 0, flight.burst.offset);
  if (flight.kind == Kind::kLoad || flight.kind == Kind::kStore) {
    fault.command = (flight.kind == Kind::kLoad ? load_ : store_).command_index(flight.burst);
    fault.field = offsetof(NpuDma, tensor);
  } else if (flight.kind == Kind::kSync) {
    fault.command = sync_.front().index;
    fault.field = offsetof(NpuSync, offset);
  }
  fail(fault);
}

bool NpuCore::retire(bool store) {
  bool progress = false;
  NpuDmaQueue::Transfer transfer;
  while (state_ == State::kRunning && (store ? store_ : load_).retire(transfer)) {
    progress = true;
    port_.trace_span(store ? "st" : "ld", name_of(transfer.task.head().opcode), transfer.start,
                     now_, transfer.memory.end - transfer.memory.begin);
    finished(transfer.task, store ? NpuExtent{} : transfer.scratchpad);
  }
  return progress;
}

// Posts; false if that was a fault.
bool NpuCore::finished(const NpuTask& task, const NpuExtent& scratchpad) {
  ++statistics_.commands;
  if (const NpuFault fault = semaphores_.post(task.head())) {
    fail_command(fault, task);
    return false;
  }
  ++post_count_;
  for (std::size_t i = 0; i < 2; ++i) {
    if (task.head().post_count[i] == 0) continue;
    posters_[task.head().post_semaphore[i]] = {task.head().queue, post_count_, scratchpad};
  }
  return true;
}

StallPattern NpuCore::stalls(std::uint64_t rows) {
  StallPattern pattern;
  const std::uint64_t backlog = port_backlog_;
  port_backlog_ = 0;
  if (params_.scratchpad_port == 0) return pattern;
  // A cycle for the DMA, a cycle for the array, until the DMA's backlog is gone.
  const std::uint64_t taken = std::min(backlog / params_.scratchpad_port, rows);
  for (std::uint64_t i = 0; i < taken; ++i) {
    pattern.cycles.push_back(kStallRow);
    pattern.cycles.push_back(0);
  }
  return pattern;
}

void NpuCore::start_tile() {
  account(Category::kTile);
  const TileRecord record = matrix_.run_tile(scratchpad_, stalls(matrix_.tile_rows()), cycle());
  tile_shift_ = record.weight_shift;
  tile_stalled_ = record.stalled;
  tile_active_ = record.cycles - record.weight_shift - record.stalled;
  wake_in(record.cycles, kTileEnd);
}

void NpuCore::end_tile() {
  if (!matrix_.commit(scratchpad_)) return start_tile();
  account(Category::kNonMatrix);
  const NpuTask task = matrix_.task();
  matrix_.finish();
  port_.trace_span("mm", name_of(task.head().opcode), matrix_start_, now_, 0);
  if (finished(task, {})) advance();
}

// Closes the time since the last call, up to this cycle, and begins `next`.
void NpuCore::account(Category next) {
  const std::uint64_t cycles = cycle() - since_;
  NpuCounters& counters = statistics_.counters;
  if (category_ == Category::kTile) {
    // A tile that was cut short by a fault counts as far as it got.
    const std::uint64_t active = std::min(cycles, tile_active_);
    const std::uint64_t shift = std::min(cycles - active, tile_shift_);
    counters.active += active;
    counters.weight_shift += shift;
    counters.input_stall += cycles - active - shift;
  } else if (category_ == Category::kWaiting) {
    counters.raw_stall += cycles;
  } else {
    counters.non_matrix += cycles;
  }
  counters.cycles += cycles;
  since_ = cycle();
  category_ = next;
  counters.macs = matrix_.array().statistics().macs;
}

// The wait is over: what for is known by whose post ended it.
void NpuCore::classify_wait(const NpuTask& task) {
  const Poster* last = nullptr;
  for (std::size_t i = 0; i < 2; ++i) {
    if (task.head().wait_count[i] == 0) continue;
    const Poster& poster = posters_[task.head().wait_semaphore[i]];
    if (!last || poster.order > last->order) last = &poster;
  }
  if (!last || last->queue != kNpuQueueLd) return account(Category::kNonMatrix);
  const std::uint64_t cycles = cycle() - since_;
  const bool weights = last->scratchpad.overlaps(NpuMatrix::weights_extent(task));
  (weights ? statistics_.counters.weight_stall : statistics_.counters.input_stall) += cycles;
  statistics_.counters.cycles += cycles;
  since_ = cycle();
  category_ = Category::kNonMatrix;
}

bool NpuCore::all_idle() const {
  return load_.empty() && store_.empty() && sync_.empty() && vector_.empty() && !matrix_.busy();
}

// The program is over when nothing is left; it is stuck when all that is left waits for a post.
void NpuCore::check_end() {
  if (sequencer_waits_ || !all_idle()) return;
  for (const auto& queue : queues_) {
    if (queue.empty()) continue;
    const NpuTask task = queue.front();
    return fail_command(npu_fault(kNpuStatusDeadlock, offsetof(NpuCommandHead, wait_semaphore)),
                        task);
  }
  account(Category::kNonMatrix);
  set_state(State::kIdle);
  complete({});
  kick();
}

}  // namespace cvp
