// SPDX-License-Identifier: Apache-2.0
//
// From the submission ring to a checked program in the core, and from its end to the completion
// ring.
#include <algorithm>
#include <bit>
#include <cstddef>

#include "models/core/report.h"
#include "models/npu/npu_core.h"

namespace cvp {

namespace {

constexpr std::uint32_t kMaxRing = 65536;
/// Completions that may wait for room in the ring before the next submission is taken.
constexpr std::size_t kMaxCompletions = 4;

template <class Plain>
Plain from_bytes(std::span<const std::uint8_t> data) {
  Plain plain;
  CVP_CHECK(data.size() >= sizeof plain, "a fetch of ", data.size(), " bytes");
  std::memcpy(&plain, data.data(), sizeof plain);
  return plain;
}

}  // namespace

bool NpuCore::rings_are_sound() {
  const auto sound = [](std::uint32_t size) {
    return std::has_single_bit(size) && size <= kMaxRing;
  };
  const std::uint32_t waiting = regs_.context_sq_tail.get(0) - regs_.context_sq_head.get(0);
  if (!sound(regs_.context_sq_size.get(0)) || !sound(regs_.context_cq_size.get(0))) {
    stop_without_completion(kNpuStatusOperand, "a ring's size is not a power of two up to 65536");
  } else if (regs_.context_sq_base.get(0) % sizeof(NpuSubmission) ||
             regs_.context_cq_base.get(0) % sizeof(NpuCompletion)) {
    stop_without_completion(kNpuStatusOperand, "a ring is not aligned to its entries");
  } else if (waiting > regs_.context_sq_size.get(0)) {
    stop_without_completion(kNpuStatusOperand, "sq_tail is more than a ring ahead of sq_head");
  } else {
    return true;
  }
  return false;
}

void NpuCore::kick() {
  if (state_ != State::kIdle || !regs_.context_ctrl.get(0).enable) return;
  const std::uint32_t head = regs_.context_sq_head.get(0);
  if (head == regs_.context_sq_tail.get(0) || completions_.size() >= kMaxCompletions) return;
  if (!rings_are_sound()) return;
  set_state(State::kSubmission);
  fault_ = {};
  tag_ = 0;
  interrupt_ = true;  // Until the submission says otherwise, so that its loss is noticed.
  const std::uint64_t entry = head & (regs_.context_sq_size.get(0) - 1);
  issue_read(Kind::kSubmission, regs_.context_sq_base.get(0) + entry * sizeof(NpuSubmission),
             sizeof(NpuSubmission), 0, {}, NpuTraffic::kControl);
  regs_.context_sq_head.set(0, head + 1);
}

void NpuCore::submission_arrived(std::span<const std::uint8_t> data) {
  submission_ = from_bytes<NpuSubmission>(data);
  tag_ = submission_.tag;
  interrupt_ = (submission_.flags & NPU_SUBMIT_INTERRUPT) != 0;
  if (submission_.flags & ~std::uint32_t{NPU_SUBMIT_INTERRUPT}) {
    return fail(npu_fault(kNpuStatusReserved, offsetof(NpuSubmission, flags)));
  }
  if (submission_.reserved) {
    return fail(npu_fault(kNpuStatusReserved, offsetof(NpuSubmission, reserved)));
  }
  if (submission_.program_region >= NPU_REGIONS) {
    return fail(npu_fault(kNpuStatusOperand, offsetof(NpuSubmission, program_region)));
  }
  if (submission_.program_offset % 64) {
    return fail(npu_fault(kNpuStatusOperand, offsetof(NpuSubmission, program_offset)));
  }
  Addr address = 0;
  if (NpuFault fault = translate(submission_.program_region, submission_.program_offset,
                                 sizeof(NpuProgramHeader), NPU_REGION_READ, address)) {
    fault.field = offsetof(NpuSubmission, program_offset);
    return fail(fault);
  }
  set_state(State::kHeader);
  NpuBurst burst;
  burst.region = static_cast<std::uint8_t>(submission_.program_region);
  burst.offset = submission_.program_offset;
  issue_read(Kind::kHeader, address, sizeof(NpuProgramHeader), 0, burst, NpuTraffic::kControl);
}

void NpuCore::header_arrived(std::span<const std::uint8_t> data) {
  program_.header = from_bytes<NpuProgramHeader>(data);
  const NpuProgramHeader& header = program_.header;
  if (const NpuFault fault = check_header(header, limits())) return fail(fault);
  Addr address = 0;
  if (NpuFault fault = translate(submission_.program_region, submission_.program_offset,
                                 header.total_bytes, NPU_REGION_READ, address)) {
    fault.field = offsetof(NpuProgramHeader, total_bytes);
    return fail(fault);
  }
  program_.tensors.assign(header.tensor_count, {});
  program_.commands.assign(header.command_count, {});
  fetched_.assign(
      header.tensor_count * sizeof(NpuTensor) + header.command_count * sizeof(NpuCommand), 0);
  fetch_next_ = 0;
  fetch_left_ = fetched_.size();
  set_state(State::kProgram);
  fetch_program();
}

// `fetched_` holds the tensors, then the commands; each part is one run in memory.
void NpuCore::fetch_program() {
  const NpuProgramHeader& header = program_.header;
  const std::uint64_t tensor_bytes = header.tensor_count * sizeof(NpuTensor);
  while (fetch_next_ < fetched_.size() && work_in_flight_ < params_.max_outstanding) {
    const bool tensors = fetch_next_ < tensor_bytes;
    const std::uint64_t end = tensors ? tensor_bytes : fetched_.size();
    NpuBurst burst;
    burst.region = static_cast<std::uint8_t>(submission_.program_region);
    burst.offset = submission_.program_offset +
                   (tensors ? header.tensors_offset + fetch_next_
                            : header.commands_offset + fetch_next_ - tensor_bytes);
    const Addr address = regs_.context_region_base.get(burst.region) + burst.offset;
    const std::uint64_t bytes =
        std::min<std::uint64_t>(end - fetch_next_, params_.burst_max - address % params_.burst_max);
    issue_read(Kind::kProgram, address, static_cast<std::uint32_t>(bytes), fetch_next_, burst,
               NpuTraffic::kControl);
    fetch_next_ += bytes;
  }
}

void NpuCore::program_arrived(const Flight& flight, std::span<const std::uint8_t> data) {
  std::copy(data.begin(), data.end(),
            fetched_.begin() + static_cast<std::ptrdiff_t>(flight.offset));
  fetch_left_ -= data.size();
  if (fetch_left_ > 0) return fetch_program();
  const std::size_t tensor_bytes = program_.tensors.size() * sizeof(NpuTensor);
  if (tensor_bytes > 0) std::memcpy(program_.tensors.data(), fetched_.data(), tensor_bytes);
  std::memcpy(program_.commands.data(), fetched_.data() + tensor_bytes,
              program_.commands.size() * sizeof(NpuCommand));
  if (const NpuFault fault = check_commands(program_)) return fail(fault);
  start_program();
}

void NpuCore::complete(const NpuFault& fault) {
  Pending pending;
  pending.completion.tag = tag_;
  pending.completion.address = fault.address;
  pending.completion.status = fault.status;
  pending.completion.field = fault.field;
  pending.completion.command = fault.command;
  pending.interrupt = interrupt_;
  completions_.push_back(pending);
  pump_completions();
}

void NpuCore::pump_completions() {
  if (completion_in_flight_ || completions_.empty()) return;
  const std::uint32_t size = regs_.context_cq_size.get(0);
  const std::uint32_t tail = regs_.context_cq_tail.get(0);
  if (tail - regs_.context_cq_head.get(0) >= size) return;  // Full: the driver is to read first.
  NpuCompletion completion = completions_.front().completion;
  completion.sequence = tail + 1;
  std::array<std::uint8_t, sizeof completion> bytes;
  std::memcpy(bytes.data(), &completion, sizeof completion);
  completion_in_flight_ = true;
  const Addr address = regs_.context_cq_base.get(0) + (tail & (size - 1)) * sizeof completion;
  issue_write(Kind::kCompletion, address, bytes, {}, NpuTraffic::kControl);
}

void NpuCore::completion_written(bool ok) {
  completion_in_flight_ = false;
  const bool interrupt = completions_.front().interrupt;
  completions_.pop_front();
  if (!ok) {
    drop_work();
    stop_without_completion(kNpuStatusBus, "the completion ring answered an error");
    completions_.clear();
    return;
  }
  regs_.context_cq_tail.set(0, regs_.context_cq_tail.get(0) + 1);
  const Addr address = regs_.context_irq_address.get(0);
  if (interrupt && address != 0) {
    const std::uint32_t value = regs_.context_irq_data.get(0);
    std::array<std::uint8_t, sizeof value> bytes;
    std::memcpy(bytes.data(), &value, sizeof value);
    issue_write(Kind::kInterrupt, address, bytes, {}, NpuTraffic::kMessage);
  }
  pump_completions();
  kick();
}

}  // namespace cvp
