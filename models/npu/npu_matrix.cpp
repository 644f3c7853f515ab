// SPDX-License-Identifier: Apache-2.0
#include "models/npu/npu_matrix.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace cvp {

namespace {

__extension__ using Wide = unsigned __int128;

}  // namespace

NpuFault NpuMatrix::check_operands(const NpuTask& task, std::uint64_t bytes) {
  const NpuMatmul& matmul = task.command.matmul;
  const auto outside = [bytes](std::uint64_t at, std::uint64_t rows, std::uint32_t pitch,
                               std::uint64_t row_bytes) {
    return Wide{at} + Wide{rows - 1} * pitch + row_bytes > Wide{bytes};
  };
  const auto fault = [](std::size_t field) { return npu_fault(kNpuStatusScratchpad, field); };
  const std::uint64_t c = matmul.c + task.base[2];
  if (outside(matmul.a + task.base[0], matmul.m, matmul.a_pitch, matmul.k)) {
    return fault(offsetof(NpuMatmul, a));
  }
  if (outside(matmul.b + task.base[1], matmul.k, matmul.b_pitch, matmul.n)) {
    return fault(offsetof(NpuMatmul, b));
  }
  if (c % 4 || outside(c, matmul.m, matmul.c_pitch, 4u * matmul.n)) {
    return fault(offsetof(NpuMatmul, c));
  }
  return {};
}

NpuExtent NpuMatrix::weights_extent(const NpuTask& task) {
  const NpuMatmul& matmul = task.command.matmul;
  const std::uint64_t begin = matmul.b + task.base[1];
  return {begin, begin + (matmul.k - 1ull) * matmul.b_pitch + matmul.n};
}

void NpuMatrix::start(const NpuTask& task) {
  task_ = task;
  tile_ = 0;
}

std::uint64_t NpuMatrix::tiles() const {
  const NpuMatmul& matmul = task_->command.matmul;
  return std::uint64_t{(matmul.k + rows_ - 1) / rows_} * ((matmul.n + columns_ - 1) / columns_);
}

NpuMatrix::Tile NpuMatrix::tile(std::uint64_t number) const {
  const NpuMatmul& matmul = task_->command.matmul;
  const std::uint64_t k_tiles = (matmul.k + rows_ - 1) / rows_;
  const std::uint64_t n0 = number / k_tiles * columns_, k0 = number % k_tiles * rows_;
  return {n0, k0, std::min<std::uint64_t>(columns_, matmul.n - n0),
          std::min<std::uint64_t>(rows_, matmul.k - k0)};
}

void NpuMatrix::preload(std::span<const std::uint8_t> scratchpad, std::uint64_t number) {
  const NpuMatmul& matmul = task_->command.matmul;
  const Tile next = tile(number);
  std::vector<std::int8_t> b(next.k * next.n);
  const std::uint8_t* from = &scratchpad[matmul.b + task_->base[1]];
  for (std::uint64_t k = 0; k < next.k; ++k) {
    std::memcpy(&b[k * next.n], from + (next.k0 + k) * matmul.b_pitch + next.n0, next.n);
  }
  array_->preload({next.k, next.n, b});
}

TileRecord NpuMatrix::run_tile(std::span<const std::uint8_t> scratchpad, const StallPattern& stalls,
                               std::uint64_t start_cycle) {
  const NpuMatmul& matmul = task_->command.matmul;
  if (tile_ == 0) preload(scratchpad, 0);
  if (tile_ + 1 < tiles()) preload(scratchpad, tile_ + 1);

  const Tile now = tile(tile_);
  std::vector<std::int8_t> a(matmul.m * now.k);
  c_.assign(matmul.m * now.n, 0);
  const std::uint8_t* from = &scratchpad[matmul.a + task_->base[0]] + now.k0;
  const std::uint8_t* sums = &scratchpad[matmul.c + task_->base[2]] + 4 * now.n0;
  const bool accumulate = now.k0 > 0 || (matmul.head.flags & NPU_MATMUL_ACCUMULATE);
  for (std::uint64_t row = 0; row < matmul.m; ++row) {
    std::memcpy(&a[row * now.k], from + row * matmul.a_pitch, now.k);
    if (accumulate) std::memcpy(&c_[row * now.n], sums + row * matmul.c_pitch, 4 * now.n);
  }
  return array_->run({matmul.m, now.n, now.k, a, c_, start_cycle}, stalls);
}

bool NpuMatrix::commit(std::span<std::uint8_t> scratchpad) {
  const NpuMatmul& matmul = task_->command.matmul;
  const Tile now = tile(tile_);
  std::uint8_t* to = &scratchpad[matmul.c + task_->base[2]] + 4 * now.n0;
  for (std::uint64_t row = 0; row < matmul.m; ++row) {
    std::memcpy(to + row * matmul.c_pitch, &c_[row * now.n], 4 * now.n);
  }
  return ++tile_ == tiles();
}

void NpuMatrix::reset() {
  task_.reset();
  array_->reset();
}

}  // namespace cvp
