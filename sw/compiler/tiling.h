// SPDX-License-Identifier: Apache-2.0
//
// How each layer is cut so that two tiles of it fit in the scratchpad at once.
//
// The scratchpad holds pairs of buffers that all layers share (ping and pong): WEIGHTS, INPUT,
// ACCUMULATORS, OUTPUT, each as large as the largest tile that any layer puts there. A layer begins
// with the whole image and all its channels in one tile; while the sum is too large, the layer that
// needs the largest buffer is cut in half in the dimension that shrinks this buffer.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sw/compiler/network.h"

namespace cvp {

/// What the program is compiled for.
struct Geometry {
  std::uint32_t rows = 16, columns = 16;  ///< Of the MAC array.
  std::uint32_t scratchpad_bytes = 1u << 20;
  bool operator==(const Geometry&) const = default;
};

enum Buffer { kWeights, kInput, kAccumulators, kOutput, kBuffers };

/// A layer's tiles. `rows` are output rows; for a fully connected layer they are images.
struct Tiling {
  std::uint32_t rows = 1;
  std::uint32_t channels = 1;  ///< Output channels a pass.
  /// The input a tile of `rows` needs, padding included.
  std::uint32_t input_rows = 0, input_width = 0;
  /// Pixels from output row to output row in accumulators and output: at stride 1 a convolution
  /// also computes the columns between two rows, which are then not stored.
  std::uint32_t pitch = 0;
};

struct ScratchpadPlan {
  std::vector<Tiling> layers;
  std::array<std::array<std::uint32_t, 2>, kBuffers> buffers{};  ///< Offsets.
  std::uint32_t used_bytes = 0;
};

/// Bytes of constants that precede the first layer's in constants and scratchpad.
constexpr std::uint32_t kZeroPageBytes = 64;

/// A block of constants above 65536 bytes is loaded in rows of this many.
constexpr std::uint32_t kLoadRowBytes = 4096;

/// Bytes of the block of weights, biases and scales of a pass over `channels` channels.
std::uint64_t weight_block_bytes(const Layer& layer, std::uint32_t channels);

/// Throws CompileError when the smallest tiles do not fit.
ScratchpadPlan plan_scratchpad(const Network& network, const Geometry& geometry,
                               std::uint32_t batch);

}  // namespace cvp
