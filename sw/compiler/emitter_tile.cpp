// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "models/npu/job_abi.h"
#include "sw/compiler/emitter.h"
#include "sw/compiler/emitter_semaphores.h"

namespace cvp {
namespace {

constexpr std::uint32_t kMaxMatmulK = 32768;  // Its field has 16 bits; a multiple of any array.

std::uint8_t at(std::uint8_t semaphore, unsigned parity) {
  return static_cast<std::uint8_t>(semaphore + parity);
}

/// One product of a convolution tile: `k` contiguous input elements from `input` on, with the
/// weights from row `weight_row` on.
struct Term {
  std::uint32_t input, weight_row, k;
};

/// At dilation 1 a kernel row is contiguous in a channels-last image; otherwise a kernel pixel is.
std::vector<Term> convolution_terms(const Window& w, std::uint32_t width, std::uint32_t channels) {
  std::vector<Term> terms;
  const std::uint32_t run = w.dilation_width == 1 ? w.kernel_width : 1;
  for (int ky = 0; ky < w.kernel_height; ++ky) {
    for (std::uint32_t kx = 0; kx < static_cast<std::uint32_t>(w.kernel_width); kx += run) {
      const std::uint32_t first =
          (ky * w.dilation_height * width + kx * w.dilation_width) * channels;
      const std::uint32_t row = (ky * w.kernel_width + kx) * channels;
      for (std::uint32_t k = 0; k < run * channels; k += kMaxMatmulK) {
        terms.push_back({first + k, row + k, std::min(kMaxMatmulK, run * channels - k)});
      }
    }
  }
  return terms;
}

}  // namespace

std::uint32_t Emitter::pixels(const Tile& tile) const {
  return (tile.rows - 1) * tiling(tile.layer).pitch + out(tile.layer).width;
}

void Emitter::emit_tile(const Tile& given) {
  Tile tile = given;
  tile.parity = io_parity_;
  io_parity_ ^= 1;
  emit_loads(tile);
  switch (layer(tile.layer).kind) {
    case LayerKind::kConvolution:
    case LayerKind::kFullyConnected:
      emit_matmuls(tile, accumulator_parity_);
      emit_requantise(tile, accumulator_parity_);
      accumulator_parity_ ^= 1;
      break;
    case LayerKind::kAdd:
      emit_add(tile);
      break;
    default:
      emit_pool(tile);
  }
  emit_stores(tile);
}

void Emitter::emit_loads(const Tile& tile) {
  const Layer& l = layer(tile.layer);
  const Tiling& t = tiling(tile.layer);
  const Window& w = l.window;
  Semaphores waits = {{at(kInputFree, tile.parity), 1}};
  if (tile.wait_image) waits.push_back({done_of(tile.layer - 1), tiles(tile.layer - 1)});
  const Semaphores full = {
      {at(has_weights(tile.layer) ? kMatmulFull : kVectorFull, tile.parity), 1}};
  std::uint32_t address = buffer(kInput, tile.parity);
  for (std::size_t n = 0; n < l.inputs.size(); ++n) {
    const Shape& in = shape(l.inputs[n]);
    const Place& place = places_[l.inputs[n]];
    NpuCommand load{};
    load.dma.scratchpad = address;
    if (by_chunks(tile.layer)) {
      load.dma.tensor =
          flat_tensor(place, in.elements(), tile.rows, static_cast<std::uint32_t>(in.elements()));
      load.dma.start[0] = static_cast<std::int32_t>(tile.first_row);
    } else {
      const bool windowed = l.kind != LayerKind::kAdd;
      const std::uint32_t rows =
          !windowed
              ? tile.rows
              : t.input_rows - (t.rows - tile.rows) * static_cast<std::uint32_t>(w.stride_height);
      const bool all = l.kind == LayerKind::kConvolution;
      const std::uint32_t channels = all ? in.channels : tile.channels;
      load.dma.tensor = image_tensor(place, in, rows, t.input_width, channels, l.fill);
      const bool merged = tensors_[load.dma.tensor].rank == 3;
      load.dma.start[0] = static_cast<std::int32_t>(tile.group);
      load.dma.start[1] =
          static_cast<std::int32_t>(tile.first_row) * (windowed ? w.stride_height : 1) - w.pad_top;
      load.dma.start[2] = -w.pad_left * (merged ? in.channels : 1);
      load.dma.start[3] = all || merged ? 0 : static_cast<std::int32_t>(tile.first_channel);
      address += rows * t.input_width * channels;
    }
    const NpuTensor& tensor = tensors_[load.dma.tensor];
    load.dma.row_pitch = tensor.box[tensor.rank - 1];
    push(load, kNpuOpLoad, kNpuQueueLd, n == 0 ? waits : Semaphores{},
         n + 1 == l.inputs.size() ? full : Semaphores{});
  }
}

void Emitter::emit_matmuls(const Tile& tile, unsigned accumulators) {
  const Layer& l = layer(tile.layer);
  const Tiling& t = tiling(tile.layer);
  const Window& w = l.window;
  const std::uint32_t channels = shape(l.inputs[0]).channels;
  const auto elements = static_cast<std::uint32_t>(shape(l.inputs[0]).elements());

  std::vector<Term> terms;
  std::uint32_t a_pitch = 0, m = 0, steps = 1;
  if (by_chunks(tile.layer)) {
    for (std::uint32_t k = 0; k < elements; k += kMaxMatmulK) {
      terms.push_back({k, k, std::min(kMaxMatmulK, elements - k)});
    }
    a_pitch = elements;
    m = tile.rows;
  } else {
    terms = convolution_terms(w, t.input_width, channels);
    a_pitch = channels * w.stride_width;
    // Without strides the rows of the output follow one another at a constant pitch, across the
    // padding; otherwise each output row is a product of its own.
    const bool whole = t.pitch == t.input_width && w.stride_width == 1 && w.stride_height == 1;
    m = whole ? pixels(tile) : out(tile.layer).width;
    steps = whole ? 1 : tile.rows;
  }
  for (std::uint32_t row = 0; row < steps; ++row) {
    for (std::size_t i = 0; i < terms.size(); ++i) {
      NpuCommand matmul{};
      matmul.head.flags = i == 0 ? 0 : NPU_MATMUL_ACCUMULATE;
      matmul.matmul.a = buffer(kInput, tile.parity) + terms[i].input +
                        row * w.stride_height * t.input_width * channels;
      matmul.matmul.b = buffer(kWeights, weight_buffer_) + terms[i].weight_row * tile.channels;
      matmul.matmul.c = buffer(kAccumulators, accumulators) + row * t.pitch * tile.channels * 4;
      matmul.matmul.a_pitch = a_pitch;
      matmul.matmul.b_pitch = tile.channels;
      matmul.matmul.c_pitch = tile.channels * 4;
      matmul.matmul.m = m;
      matmul.matmul.n = static_cast<std::uint16_t>(tile.channels);
      matmul.matmul.k = static_cast<std::uint16_t>(terms[i].k);
      Semaphores waits, posts;
      if (row == 0 && i == 0) waits = {{at(kMatmulFull, tile.parity), 1}, {kAccumulatorsFree, 1}};
      if (row + 1 == steps && i + 1 == terms.size()) {
        posts = {{at(kInputFree, tile.parity), 1}, {kAccumulatorsFull, 1}};
      }
      push(matmul, kNpuOpMatmul, kNpuQueueMm, waits, posts);
    }
  }
}

void Emitter::emit_requantise(const Tile& tile, unsigned accumulators) {
  const Layer& l = layer(tile.layer);
  const std::uint32_t k = static_cast<std::uint32_t>(l.weights.size() / l.bias.size());
  NpuCommand command{};
  command.vector.in = buffer(kAccumulators, accumulators);
  command.vector.out = buffer(kOutput, tile.parity);
  command.vector.bias = buffer(kWeights, weight_buffer_) + (k * tile.channels + 3) / 4 * 4;
  command.vector.scale = command.vector.bias + 4 * tile.channels;
  command.vector.in_pitch = tile.channels * 4;
  command.vector.out_pitch = tile.channels;
  command.vector.m = pixels(tile);
  command.vector.n = static_cast<std::uint16_t>(tile.channels);
  command.vector.zero_point = static_cast<std::int16_t>(l.zero_point);
  command.vector.low = static_cast<std::int16_t>(l.low);
  command.vector.high = static_cast<std::int16_t>(l.high);
  push(command, kNpuOpRequantise, kNpuQueueVec, {{kAccumulatorsFull, 1}, {kOutputFree, 1}},
       {{kAccumulatorsFree, 1}, {kOutputFull, 1}});
}

void Emitter::emit_pool(const Tile& tile) {
  const Layer& l = layer(tile.layer);
  const Tiling& t = tiling(tile.layer);
  const bool average = l.kind == LayerKind::kAveragePool;
  const Window& w = l.window;
  if (w.kernel_height > 255 || w.kernel_width > 255 || w.stride_height > 255 ||
      w.stride_width > 255) {
    throw CompileError(network_.file, l.node, "its window exceeds the NPU's 255 by 255");
  }
  NpuCommand command{};
  command.pool.in = buffer(kInput, tile.parity);
  command.pool.out = buffer(kOutput, tile.parity);
  command.pool.height = static_cast<std::uint16_t>(
      t.input_rows - (t.rows - tile.rows) * static_cast<std::uint32_t>(w.stride_height));
  command.pool.width = static_cast<std::uint16_t>(t.input_width);
  command.pool.channels = static_cast<std::uint16_t>(tile.channels);
  command.pool.kernel_height = static_cast<std::uint8_t>(w.kernel_height);
  command.pool.kernel_width = static_cast<std::uint8_t>(w.kernel_width);
  command.pool.stride_height = static_cast<std::uint8_t>(w.stride_height);
  command.pool.stride_width = static_cast<std::uint8_t>(w.stride_width);
  command.pool.scale = average ? l.scale[0] : 0;
  command.pool.pixel_pitch = tile.channels;
  command.pool.images = 1;
  push(command, average ? kNpuOpAveragePool : kNpuOpMaxPool, kNpuQueueVec,
       {{at(kVectorFull, tile.parity), 1}, {kOutputFree, 1}},
       {{at(kInputFree, tile.parity), 1}, {kOutputFull, 1}});
}

void Emitter::emit_add(const Tile& tile) {
  const Layer& l = layer(tile.layer);
  NpuCommand command{};
  command.add.a = buffer(kInput, tile.parity);
  command.add.count = pixels(tile) * tile.channels;
  command.add.b = command.add.a + command.add.count;
  command.add.out = buffer(kOutput, tile.parity);
  command.add.scale_a = l.scale_a;
  command.add.scale_b = l.scale_b;
  push(command, kNpuOpAdd, kNpuQueueVec, {{at(kVectorFull, tile.parity), 1}, {kOutputFree, 1}},
       {{at(kInputFree, tile.parity), 1}, {kOutputFull, 1}});
}

void Emitter::emit_stores(const Tile& tile) {
  const Layer& l = layer(tile.layer);
  const Tiling& t = tiling(tile.layer);
  const Shape& s = out(tile.layer);
  const Place& place = places_[l.output];
  Semaphores posts = {{kOutputFree, 1}};
  if (tile.pass + 1 < passes(tile.layer)) {
    if (has_weights(tile.layer)) posts.push_back({kWeightsFree, 1});
  } else if (tile.layer + 1 < network_.layers.size()) {
    posts.push_back({done_of(tile.layer), 1});
  }
  const Semaphores waits = {{kOutputFull, 1}};
  NpuCommand store{};
  store.dma.scratchpad = buffer(kOutput, tile.parity);
  if (by_chunks(tile.layer)) {
    store.dma.tensor = flat_tensor(place, s.elements(), tile.rows, tile.channels);
    store.dma.row_pitch = tile.channels;
    store.dma.start[0] = static_cast<std::int32_t>(tile.first_row);
    store.dma.start[1] = static_cast<std::int32_t>(tile.first_channel);
    return push(store, kNpuOpStore, kNpuQueueSt, waits, posts);
  }
  // One box when its rows are evenly spaced in the scratchpad, else a box an output row.
  const bool all = place.contiguous && tile.channels == static_cast<std::uint32_t>(s.channels);
  const bool together = all || t.pitch == static_cast<std::uint32_t>(s.width);
  const std::uint32_t boxes = together ? 1 : tile.rows;
  store.dma.tensor = image_tensor(place, s, together ? tile.rows : 1, s.width, tile.channels, 0);
  const bool merged = tensors_[store.dma.tensor].rank == 3;
  store.dma.row_pitch = merged ? t.pitch * tile.channels : tile.channels;
  store.dma.start[0] = static_cast<std::int32_t>(tile.group);
  store.dma.start[3] = merged ? 0 : static_cast<std::int32_t>(tile.first_channel);
  for (std::uint32_t box = 0; box < boxes; ++box) {
    store.dma.start[1] = static_cast<std::int32_t>(tile.first_row + box);
    push(store, kNpuOpStore, kNpuQueueSt, box == 0 ? waits : Semaphores{},
         box + 1 == boxes ? posts : Semaphores{});
    store.dma.scratchpad += t.pitch * tile.channels;
  }
}

}  // namespace cvp
