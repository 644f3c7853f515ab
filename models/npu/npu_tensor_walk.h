// SPDX-License-Identifier: Apache-2.0
//
// Address generator of the tensor DMA: turns a box of a tensor into pieces, each a run of bytes
// that is contiguous in memory and in the scratchpad, or a run of fill. No SystemC.
//
// Coordinates are walked in row-major order. Outside the tensor: fill. Pieces that follow one
// another in memory are left for the DMA to join into one burst.
#pragma once

#include <optional>

#include "models/npu/npu_decode.h"

namespace cvp {

struct NpuPiece {
  std::uint64_t scratchpad = 0;  ///< Offset there.
  std::uint64_t offset = 0;      ///< In the region; not for fill.
  std::uint32_t bytes = 0;
  bool fill = false;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(scratchpad, offset, bytes, fill);
  }
};

/// First and one past the last byte.
struct NpuExtent {
  std::uint64_t begin = 0, end = 0;
  bool overlaps(const NpuExtent& other) const { return begin < other.end && other.begin < end; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(begin, end);
  }
};

class NpuTensorWalk {
 public:
  NpuTensorWalk() = default;
  /// `tensor_base` and `scratchpad_base` are the values of the address registers.
  NpuTensorWalk(const NpuTensor& tensor, const NpuDma& dma, std::uint64_t tensor_base,
                std::uint64_t scratchpad_base);

  /// What of the scratchpad is used, unless it lies outside 0..limit.
  std::optional<NpuExtent> scratchpad_extent(std::uint64_t limit) const;
  /// What of the region is used; empty if the box lies outside the tensor. A fault of
  /// kNpuStatusRegion with the offending offset if that lies outside 0..size.
  NpuFault region_extent(std::uint64_t size, NpuExtent& extent) const;

  bool done() const { return done_; }
  std::uint32_t fill() const { return tensor_.fill; }
  std::uint32_t element() const { return element_bytes(tensor_.type); }
  NpuPiece next();

  template <class Archive>
  void serialize(Archive& archive) {
    serialize_plain(archive, tensor_);
    archive(origin_, scratchpad_, row_pitch_, start_, outer_, inner_, row_, done_);
  }

 private:
  __extension__ using Wide = __int128;
  std::int64_t coordinate(std::size_t d, std::uint32_t index) const {
    return std::int64_t{start_[d]} + std::int64_t{index} * tensor_.step[d];
  }
  bool inside(std::size_t d, std::uint32_t index) const {
    const std::int64_t at = coordinate(d, index);
    return at >= 0 && at < std::int64_t{tensor_.dims[d]};
  }
  std::size_t innermost() const { return tensor_.rank - std::size_t{1}; }
  bool row_inside() const;
  std::uint64_t address(std::uint32_t inner) const;
  void advance(std::uint32_t elements);

  NpuTensor tensor_{};
  std::uint64_t origin_ = 0;      // Of coordinate 0 in the region.
  std::uint64_t scratchpad_ = 0;  // Of row 0.
  std::uint32_t row_pitch_ = 0;
  std::array<std::int32_t, NPU_RANK> start_{};
  std::array<std::uint32_t, NPU_RANK> outer_{};  // Position; the innermost one is inner_.
  std::uint32_t inner_ = 0;
  std::uint64_t row_ = 0;
  bool done_ = true;
};

}  // namespace cvp
