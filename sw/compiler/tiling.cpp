// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/tiling.h"

#include <algorithm>
#include <string>

namespace cvp {
namespace {

constexpr std::uint64_t kAlignment = 64;
constexpr std::uint32_t kMaxBox = 65536;      // Of a tensor's box: the ABI's limit.
constexpr std::uint32_t kMaxCounter = 65535;  // What a semaphore and 16-bit fields hold.

std::uint64_t align(std::uint64_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

using Sizes = std::array<std::uint64_t, kBuffers>;

class Planner {
 public:
  Planner(const Network& network, const Geometry& geometry, std::uint32_t batch)
      : network_(network), geometry_(geometry) {
    for (const Layer& layer : network.layers) {
      const Shape& out = network.activations[layer.output].shape;
      Tiling tiling;
      tiling.rows = layer.kind == LayerKind::kFullyConnected ? batch : out.height;
      tiling.channels = out.channels;
      plan_.layers.push_back(tiling);
      update(layer, plan_.layers.back());
    }
  }

  ScratchpadPlan run() {
    for (;;) {
      const Sizes largest = measure();
      std::uint64_t total = kZeroPageBytes;
      for (const std::uint64_t bytes : largest) total += 2 * bytes;
      const bool boxes_fit = shrink_boxes();
      if (total <= geometry_.scratchpad_bytes && boxes_fit) return place(largest);
      if (boxes_fit && !shrink_one(largest)) fail(total);
    }
  }

 private:
  Sizes sizes(const Layer& layer, const Tiling& tiling) const {
    const Shape& in = network_.activations[layer.inputs[0]].shape;
    const std::uint64_t pixels = std::uint64_t{tiling.rows} * tiling.pitch;
    Sizes bytes{};
    switch (layer.kind) {
      case LayerKind::kConvolution:
        bytes[kWeights] = weight_block_bytes(layer, tiling.channels);
        bytes[kInput] = std::uint64_t{tiling.input_rows} * tiling.input_width * in.channels;
        bytes[kAccumulators] = pixels * tiling.channels * 4;
        break;
      case LayerKind::kFullyConnected:
        bytes[kWeights] = weight_block_bytes(layer, tiling.channels);
        bytes[kInput] = tiling.rows * in.elements();
        bytes[kAccumulators] = pixels * tiling.channels * 4;
        break;
      case LayerKind::kAdd:
        bytes[kInput] = 2 * align(pixels * tiling.channels);
        break;
      default:
        bytes[kInput] = std::uint64_t{tiling.input_rows} * tiling.input_width * tiling.channels;
    }
    bytes[kOutput] = pixels * tiling.channels;
    for (std::uint64_t& b : bytes) b = align(b);
    return bytes;
  }

  Sizes measure() const {
    Sizes largest{};
    for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
      const Sizes bytes = sizes(network_.layers[i], plan_.layers[i]);
      for (int b = 0; b < kBuffers; ++b) largest[b] = std::max(largest[b], bytes[b]);
    }
    return largest;
  }

  /// Follows from rows and channels.
  void update(const Layer& layer, Tiling& tiling) const {
    const Shape& in = network_.activations[layer.inputs[0]].shape;
    const Shape& out = network_.activations[layer.output].shape;
    const Window& w = layer.window;
    tiling.pitch = out.width;
    if (layer.kind == LayerKind::kFullyConnected || layer.kind == LayerKind::kAdd) {
      tiling.input_rows = tiling.rows;
      tiling.input_width = out.width;
      return;
    }
    tiling.input_width = in.width + w.pad_left + w.pad_right;
    tiling.input_rows =
        (tiling.rows - 1) * w.stride_height + (w.kernel_height - 1) * w.dilation_height + 1;
    if (layer.kind == LayerKind::kConvolution && w.stride_width == 1 && w.stride_height == 1) {
      tiling.pitch = tiling.input_width;
    }
  }

  bool halve_rows(std::size_t i) {
    Tiling& tiling = plan_.layers[i];
    if (tiling.rows == 1) return false;
    tiling.rows = (tiling.rows + 1) / 2;
    update(network_.layers[i], tiling);
    return true;
  }

  bool halve_channels(std::size_t i) {
    Tiling& tiling = plan_.layers[i];
    const std::uint32_t unit = geometry_.columns;
    if (tiling.channels <= unit) return false;
    const std::uint32_t units = (tiling.channels + unit - 1) / unit;
    tiling.channels = std::min(tiling.channels, (units + 1) / 2 * unit);
    return true;
  }

  /// Cuts what fits the scratchpad but not the ABI's counters. True: nothing was to be cut.
  bool shrink_boxes() {
    for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
      const Layer& layer = network_.layers[i];
      const Tiling& tiling = plan_.layers[i];
      const Shape& in = network_.activations[layer.inputs[0]].shape;
      const Shape& out = network_.activations[layer.output].shape;
      const std::uint64_t channels_in =
          layer.kind == LayerKind::kConvolution ? in.channels : tiling.channels;
      if (tiling.input_rows > kMaxCounter || tiling.input_width > kMaxCounter ||
          (layer.kind == LayerKind::kFullyConnected && in.elements() > kMaxBox)) {
        if (!halve_rows(i)) fail_layer(i, "a row of its input exceeds the NPU's 16-bit counts");
        return false;
      }
      if (layer.kind != LayerKind::kFullyConnected &&
          (tiling.input_width * channels_in > kMaxBox ||
           std::uint64_t{1} * out.width * tiling.channels > kMaxBox)) {
        if (!halve_channels(i)) fail_layer(i, "a row of it exceeds the 65536 elements of a box");
        return false;
      }
    }
    return true;
  }

  bool shrink_one(const Sizes& largest) {
    std::array<int, kBuffers> order{kWeights, kInput, kAccumulators, kOutput};
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return largest[a] > largest[b]; });
    for (const int buffer : order) {
      for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
        const Sizes bytes = sizes(network_.layers[i], plan_.layers[i]);
        if (bytes[buffer] != largest[buffer] || bytes[buffer] == 0) continue;
        if (buffer == kWeights ? halve_channels(i) : halve_rows(i)) return true;
        if (buffer != kWeights && buffer_follows_channels(i, buffer) && halve_channels(i)) {
          return true;
        }
      }
    }
    return false;
  }

  bool buffer_follows_channels(std::size_t i, int buffer) const {
    const LayerKind kind = network_.layers[i].kind;
    return buffer != kInput ||
           (kind != LayerKind::kConvolution && kind != LayerKind::kFullyConnected);
  }

  ScratchpadPlan place(const Sizes& largest) {
    std::uint32_t next = kZeroPageBytes;
    for (int b = 0; b < kBuffers; ++b) {
      for (std::uint32_t& offset : plan_.buffers[b]) {
        offset = next;
        next += static_cast<std::uint32_t>(largest[b]);
      }
    }
    plan_.used_bytes = next;
    return std::move(plan_);
  }

  [[noreturn]] void fail(std::uint64_t total) const {
    std::size_t worst = 0;
    std::uint64_t most = 0;
    for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
      std::uint64_t sum = 0;
      for (const std::uint64_t b : sizes(network_.layers[i], plan_.layers[i])) sum += b;
      if (sum > most) {
        most = sum;
        worst = i;
      }
    }
    fail_layer(worst, "does not fit the scratchpad: with the smallest tiles the network needs " +
                          std::to_string(total) + " bytes, there are " +
                          std::to_string(geometry_.scratchpad_bytes));
  }

  [[noreturn]] void fail_layer(std::size_t i, const std::string& what) const {
    throw CompileError(network_.file, network_.layers[i].node, what);
  }

  const Network& network_;
  const Geometry& geometry_;
  ScratchpadPlan plan_;
};

}  // namespace

std::uint64_t weight_block_bytes(const Layer& layer, std::uint32_t channels) {
  if (layer.bias.empty()) return 0;
  const std::uint64_t k = layer.weights.size() / layer.bias.size();
  const std::uint64_t weights = (k * channels + 3) / 4 * 4;
  const std::uint64_t bytes = weights + 8 * std::uint64_t{channels};
  // One row of a box up to its limit, rows of kLoadRowBytes above it.
  return bytes <= kMaxBox ? align(bytes)
                          : (bytes + kLoadRowBytes - 1) / kLoadRowBytes * kLoadRowBytes;
}

ScratchpadPlan plan_scratchpad(const Network& network, const Geometry& geometry,
                               std::uint32_t batch) {
  return Planner(network, geometry, batch).run();
}

}  // namespace cvp
