// SPDX-License-Identifier: Apache-2.0
//
// For the NPU's tests: a builder of programs, and a bench around NpuCore with a plain memory and a
// fixed latency. No SystemC.
#pragma once

#include <cstddef>
#include <queue>
#include <string>
#include <vector>

#include "models/npu/npu_core.h"

namespace cvp {

/// Collects commands and tensors and lays them out as in memory.
class ProgramBuilder {
 public:
  ProgramBuilder() {
    header.magic = NPU_PROGRAM_MAGIC;
    header.abi_major = NPU_ABI_MAJOR;
    header.abi_minor = NPU_ABI_MINOR;
    header.features = NPU_FEATURE_INT8;
    header.rows = header.columns = 16;
    header.scratchpad_bytes = 64 * 1024;
    header.semaphores = NPU_SEMAPHORES;
  }

  NpuProgramHeader header{};
  std::vector<NpuTensor> tensors;
  std::vector<NpuCommand> commands;

  /// A dense row-major tensor whose box is all of it.
  std::uint16_t tensor(std::uint8_t region, std::uint64_t offset, std::vector<std::uint32_t> dims,
                       std::uint8_t type = kNpuTypeInt8) {
    NpuTensor tensor{};
    tensor.type = type;
    tensor.region = region;
    tensor.rank = static_cast<std::uint8_t>(dims.size());
    tensor.offset = offset;
    std::int64_t stride = element_bytes(type);
    for (std::size_t d = NPU_RANK; d-- > 0;) {
      const bool used = d < dims.size();
      tensor.dims[d] = tensor.box[d] = used ? dims[d] : 1;
      tensor.step[d] = 1;
      tensor.stride[d] = used ? stride : 0;
      if (used) stride *= dims[d];
    }
    tensors.push_back(tensor);
    return static_cast<std::uint16_t>(tensors.size() - 1);
  }

  NpuCommand& add(NpuOpcode opcode, std::uint8_t queue = 0) {
    NpuCommand command;
    std::memset(static_cast<void*>(&command), 0, sizeof command);
    command.head.opcode = static_cast<std::uint8_t>(opcode);
    command.head.queue = queue;
    commands.push_back(command);
    return commands.back();
  }
  NpuCommand& load(std::uint16_t tensor, std::uint32_t scratchpad, std::uint32_t row_pitch) {
    NpuCommand& command = add(kNpuOpLoad, kNpuQueueLd);
    command.dma.tensor = tensor;
    command.dma.scratchpad = scratchpad;
    command.dma.row_pitch = row_pitch;
    return command;
  }
  NpuCommand& store(std::uint16_t tensor, std::uint32_t scratchpad, std::uint32_t row_pitch) {
    NpuCommand& command = load(tensor, scratchpad, row_pitch);
    command.head.opcode = kNpuOpStore;
    command.head.queue = kNpuQueueSt;
    return command;
  }
  NpuCommand& matmul(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t m,
                     std::uint16_t n, std::uint16_t k) {
    NpuCommand& command = add(kNpuOpMatmul, kNpuQueueMm);
    NpuMatmul& matmul = command.matmul;
    matmul.a = a, matmul.b = b, matmul.c = c;
    matmul.m = m, matmul.n = n, matmul.k = k;
    matmul.a_pitch = k, matmul.b_pitch = n, matmul.c_pitch = 4u * n;
    return command;
  }
  NpuCommand& loop(std::uint32_t count) {
    NpuCommand& command = add(kNpuOpLoop);
    command.loop.count = count;
    return command;
  }
  static void wait(NpuCommand& command, std::uint8_t semaphore, std::uint16_t count = 1) {
    const std::size_t slot = command.head.wait_count[0] ? 1 : 0;
    command.head.wait_semaphore[slot] = semaphore;
    command.head.wait_count[slot] = count;
  }
  static void post(NpuCommand& command, std::uint8_t semaphore, std::uint16_t count = 1) {
    const std::size_t slot = command.head.post_count[0] ? 1 : 0;
    command.head.post_semaphore[slot] = semaphore;
    command.head.post_count[slot] = count;
  }

  /// Header, tensors, commands.
  std::vector<std::uint8_t> bytes() const {
    NpuProgramHeader out = header;
    out.command_count = static_cast<std::uint32_t>(commands.size());
    out.tensor_count = static_cast<std::uint32_t>(tensors.size());
    out.tensors_offset = sizeof out;
    out.commands_offset =
        static_cast<std::uint32_t>(sizeof out + tensors.size() * sizeof(NpuTensor));
    out.total_bytes =
        static_cast<std::uint32_t>(out.commands_offset + commands.size() * sizeof(NpuCommand));
    std::vector<std::uint8_t> image(out.total_bytes);
    std::memcpy(image.data(), &out, sizeof out);
    if (!tensors.empty()) {
      std::memcpy(&image[out.tensors_offset], tensors.data(), tensors.size() * sizeof(NpuTensor));
    }
    if (!commands.empty()) {
      std::memcpy(&image[out.commands_offset], commands.data(),
                  commands.size() * sizeof(NpuCommand));
    }
    return image;
  }
};

/// A core with a memory of 1 MiB. Region 0 holds programs (read), region 1 data (read, write).
class CoreBench : public NpuPort {
 public:
  static constexpr Addr kProgram = 0x10000, kData = 0x40000, kDataSize = 0x80000;
  static constexpr Addr kSubmissions = 0x1000, kCompletions = 0x2000, kMessage = 0x3000;

  explicit CoreBench(const NpuParams& params = {}) : core(params, regs, *this), memory(1 << 20) {
    set_up();
  }

  NpuRegs regs;
  NpuCore core;
  std::vector<std::uint8_t> memory;
  Femtoseconds latency = 100_ns;
  Addr poisoned = ~Addr{0};         ///< Reads that touch this byte are poisoned.
  std::vector<std::string> events;  ///< Of the trace.
  std::uint64_t errors = 0;

  void set_up() {
    regs.context_sq_base.set(0, kSubmissions);
    regs.context_cq_base.set(0, kCompletions);
    regs.context_sq_size.set(0, 8);
    regs.context_cq_size.set(0, 8);
    regs.context_irq_address.set(0, kMessage);
    regs.context_irq_data.set(0, 0x2a);
    set_region(0, kProgram, 0x30000, NPU_REGION_READ);
    set_region(1, kData, kDataSize, NPU_REGION_READ | NPU_REGION_WRITE);
    regs.context_ctrl.set(0, {.enable = true, .reset_context = false});
  }
  void set_region(std::size_t region, Addr base, std::uint64_t size, unsigned rights) {
    regs.context_region_base.set(region, base);
    regs.context_region_size.set(region, size);
    regs.context_region_rights.set(region, {static_cast<std::uint8_t>(rights)});
  }
  void put(Addr address, const std::vector<std::uint8_t>& bytes) {
    std::copy(bytes.begin(), bytes.end(), memory.begin() + static_cast<std::ptrdiff_t>(address));
  }
  void submit(std::uint64_t tag = 7, std::uint32_t flags = NPU_SUBMIT_INTERRUPT,
              std::vector<std::uint64_t> arguments = {}) {
    NpuSubmission submission{};
    submission.tag = tag;
    submission.flags = flags;
    std::copy(arguments.begin(), arguments.end(), submission.argument);
    const std::uint32_t tail = regs.context_sq_tail.get(0);
    std::memcpy(&memory[kSubmissions + tail % 8 * sizeof submission], &submission,
                sizeof submission);
    regs.context_sq_tail.set(0, tail + 1);
    wake_at(now, NpuCore::kKick, 0);
  }
  /// Runs until nothing is pending; false if that does not happen within `steps`.
  bool run(std::uint64_t steps = 1'000'000) {
    for (; !queue_.empty(); --steps) {
      if (steps == 0) return false;
      step();
    }
    return true;
  }
  void step() {
    const Event event = queue_.top();
    queue_.pop();
    now = event.time;
    if (event.burst) {
      finish_burst(event);
    } else {
      core.wake(now, event.op, event.tag);
    }
  }
  bool idle() const { return queue_.empty(); }
  /// Takes over memory and what is pending; cores and registers are loaded by the caller.
  void adopt(const CoreBench& other) {
    memory = other.memory;
    queue_ = other.queue_;
    order_ = other.order_;
    now = other.now;
  }

  NpuCompletion completion(std::uint32_t index) const {
    NpuCompletion completion;
    std::memcpy(&completion, &memory[kCompletions + index % 8 * sizeof completion],
                sizeof completion);
    return completion;
  }
  /// Runs `program` as the next submission and returns its completion.
  NpuCompletion run_program(const ProgramBuilder& program) { return run_image(program.bytes()); }
  NpuCompletion run_image(const std::vector<std::uint8_t>& image) {
    put(kProgram, image);
    const std::uint32_t index = regs.context_cq_tail.get(0);
    regs.context_cq_head.set(0, index);
    submit();
    run();
    return completion(index);
  }

  Femtoseconds now;

  // NpuPort
  void read(Addr address, std::uint32_t bytes, std::uint64_t tag, NpuTraffic) override {
    queue_.push({now + latency, order_++, true, 0, tag, address, bytes, {}});
  }
  void write(Addr address, std::span<const std::uint8_t> data, std::uint64_t tag,
             NpuTraffic) override {
    queue_.push({now + latency,
                 order_++,
                 true,
                 1,
                 tag,
                 address,
                 static_cast<std::uint32_t>(data.size()),
                 {data.begin(), data.end()}});
  }
  void wake_at(Femtoseconds time, std::uint32_t op, std::uint64_t arg) override {
    queue_.push({time, order_++, false, op, arg, 0, 0, {}});
  }
  void trace_span(std::string_view unit, std::string_view what, Femtoseconds, Femtoseconds,
                  std::uint64_t) override {
    events.push_back(std::string(unit) + " " + std::string(what));
  }
  void guest_error(std::string_view) override { ++errors; }

 private:
  struct Event {
    Femtoseconds time;
    std::uint64_t order;
    bool burst;
    std::uint32_t op;  // Of a burst: 1 for a write.
    std::uint64_t tag;
    Addr address;
    std::uint32_t bytes;
    std::vector<std::uint8_t> data;
    bool operator<(const Event& other) const {
      return time != other.time ? time > other.time : order > other.order;
    }
  };
  void finish_burst(const Event& event) {
    const bool ok = event.address <= memory.size() && event.bytes <= memory.size() - event.address;
    const bool poison =
        ok && event.op == 0 && poisoned >= event.address && poisoned - event.address < event.bytes;
    std::vector<std::uint8_t> data(event.bytes);
    if (ok && event.op == 1) put(event.address, event.data);
    if (ok && event.op == 0) std::memcpy(data.data(), &memory[event.address], event.bytes);
    core.burst_done(now, event.tag, data, ok, poison);
  }

  std::priority_queue<Event> queue_;
  std::uint64_t order_ = 0;
};

}  // namespace cvp
