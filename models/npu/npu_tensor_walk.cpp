// SPDX-License-Identifier: Apache-2.0
#include "models/npu/npu_tensor_walk.h"

#include <algorithm>

namespace cvp {

NpuTensorWalk::NpuTensorWalk(const NpuTensor& tensor, const NpuDma& dma, std::uint64_t tensor_base,
                             std::uint64_t scratchpad_base)
    : tensor_(tensor),
      origin_(tensor.offset + tensor_base),
      scratchpad_(dma.scratchpad + scratchpad_base),
      row_pitch_(dma.row_pitch),
      done_(false) {
  std::copy(std::begin(dma.start), std::end(dma.start), start_.begin());
}

std::optional<NpuExtent> NpuTensorWalk::scratchpad_extent(std::uint64_t limit) const {
  // The product of up to four boxes of 2^16 and a pitch of 2^32 fits 96 bits.
  Wide rows = 1;
  for (std::size_t d = 0; d < innermost(); ++d) rows *= tensor_.box[d];
  const Wide row_bytes = Wide{tensor_.box[innermost()]} * element_bytes(tensor_.type);
  const Wide end = Wide{scratchpad_} + (rows - 1) * row_pitch_ + row_bytes;
  if (end > Wide{limit}) return std::nullopt;
  return NpuExtent{scratchpad_, static_cast<std::uint64_t>(end)};
}

NpuFault NpuTensorWalk::region_extent(std::uint64_t size, NpuExtent& extent) const {
  extent = {};
  Wide low = static_cast<Wide>(static_cast<std::int64_t>(origin_)), high = low;
  for (std::size_t d = 0; d < NPU_RANK; ++d) {
    // Positions inside: from the first coordinate >= 0 to the last one below the dimension.
    const std::int64_t step = tensor_.step[d], start = start_[d];
    const std::int64_t first = start >= 0 ? 0 : (-start + step - 1) / step;
    const std::int64_t room = std::int64_t{tensor_.dims[d]} - 1 - start;
    const std::int64_t last =
        room < 0 ? -1 : std::min<std::int64_t>(room / step, tensor_.box[d] - 1);
    if (first > last) return {};
    const Wide a = Wide{start + first * step} * tensor_.stride[d];
    const Wide b = Wide{start + last * step} * tensor_.stride[d];
    low += std::min(a, b);
    high += std::max(a, b);
  }
  high += element_bytes(tensor_.type);
  if (low < 0 || high > Wide{size}) {
    return npu_fault(kNpuStatusRegion, offsetof(NpuDma, tensor), 0,
                     static_cast<std::uint64_t>(low < 0 ? low : high - 1));
  }
  extent = {static_cast<std::uint64_t>(low), static_cast<std::uint64_t>(high)};
  return {};
}

bool NpuTensorWalk::row_inside() const {
  for (std::size_t d = 0; d < innermost(); ++d) {
    if (!inside(d, outer_[d])) return false;
  }
  return true;
}

std::uint64_t NpuTensorWalk::address(std::uint32_t inner) const {
  std::uint64_t offset = origin_;
  for (std::size_t d = 0; d < tensor_.rank; ++d) {
    const std::int64_t at = coordinate(d, d == innermost() ? inner : outer_[d]);
    offset += static_cast<std::uint64_t>(at) * static_cast<std::uint64_t>(tensor_.stride[d]);
  }
  return offset;
}

NpuPiece NpuTensorWalk::next() {
  const std::size_t d = innermost();
  const std::uint32_t bytes = element_bytes(tensor_.type);
  const std::uint32_t box = tensor_.box[d];
  NpuPiece piece;
  piece.scratchpad = scratchpad_ + row_ * row_pitch_ + std::uint64_t{inner_} * bytes;
  piece.fill = !row_inside() || !inside(d, inner_);
  std::uint32_t elements = 1;
  if (piece.fill) {
    if (!row_inside()) {
      elements = box - inner_;
    } else {
      while (inner_ + elements < box && !inside(d, inner_ + elements)) ++elements;
    }
  } else {
    piece.offset = address(inner_);
    if (tensor_.step[d] == 1 && tensor_.stride[d] == std::int64_t{bytes}) {
      const std::int64_t room = std::int64_t{tensor_.dims[d]} - coordinate(d, inner_);
      elements = static_cast<std::uint32_t>(std::min<std::int64_t>(room, box - inner_));
    }
  }
  piece.bytes = elements * bytes;
  advance(elements);
  return piece;
}

void NpuTensorWalk::advance(std::uint32_t elements) {
  inner_ += elements;
  if (inner_ < tensor_.box[innermost()]) return;
  inner_ = 0;
  ++row_;
  for (std::size_t d = innermost(); d-- > 0;) {
    if (++outer_[d] < tensor_.box[d]) return;
    outer_[d] = 0;
  }
  done_ = true;
}

}  // namespace cvp
