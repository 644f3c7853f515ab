// SPDX-License-Identifier: Apache-2.0
//
// Test only: executes an NPU program on byte arrays, straight from the comments of npu_abi.h.
//
// One command at a time, no clock, every element on its own. Which queue goes next is the caller's
// choice by seed, so that a program whose semaphores miss something gives wrong results for some.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "models/npu/npu_abi.h"
#include "sw/compiler/plan.h"
#include "sw/compiler/program_view.h"

namespace cvp::test {

class NpuInterpreter {
 public:
  explicit NpuInterpreter(std::uint32_t scratchpad_bytes) : scratchpad_(scratchpad_bytes, 0xa5) {}

  std::vector<std::uint8_t>& region(int index) { return regions_[index]; }
  const std::array<RegionBytes, NPU_REGIONS>& traffic() const { return traffic_; }

  /// Throws std::runtime_error for a deadlock, an access outside, an overflowing semaphore.
  void run(const ProgramView& program, const std::array<std::uint64_t, NPU_ARGUMENTS>& arguments,
           unsigned seed);

 private:
  using Registers = std::array<std::uint64_t, NPU_ADDRESS_REGISTERS>;
  struct Issued {  // A command with the address registers at its issue.
    NpuCommand command;
    Registers registers;
  };

  std::array<std::vector<Issued>, 4> unroll(const ProgramView& program, Registers registers) const;
  bool try_wait(const NpuCommandHead& head);
  void post(const NpuCommandHead& head);
  void execute(const ProgramView& program, const Issued& issued);
  void dma(const NpuTensor& tensor, const NpuDma& dma, const Registers& registers, bool load);
  void matmul(const NpuMatmul& matmul, std::uint32_t flags);
  void requantise(const NpuVector& vector);
  void pool(const NpuPool& pool, bool average);
  void add(const NpuAdd& add);

  std::uint8_t& pad(std::uint64_t offset);
  std::int8_t pad8(std::uint64_t offset) { return static_cast<std::int8_t>(pad(offset)); }
  std::uint32_t pad32(std::uint64_t offset);
  void set_pad32(std::uint64_t offset, std::uint32_t value);

  std::array<std::vector<std::uint8_t>, NPU_REGIONS> regions_;
  std::array<RegionBytes, NPU_REGIONS> traffic_{};
  std::vector<std::uint8_t> scratchpad_;
  std::array<std::uint64_t, NPU_SEMAPHORES> semaphores_{};
};

}  // namespace cvp::test
