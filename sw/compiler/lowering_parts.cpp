// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "sw/compiler/lowering.h"

namespace cvp {
namespace {

/// Adds modulo 2^32, as the accumulators do.
std::int32_t wrapping_subtract(std::int32_t a, std::int64_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) - static_cast<std::uint32_t>(b));
}

}  // namespace

Layer Lowering::convolution(const OnnxNode& node, const Symbol& x, int x_zero,
                            const Weights& weights, Shape& out) const {
  if (x.flat) graph_.fail(node, "its input must have four dimensions");
  const auto& dims = weights.tensor->dims;
  if (weights.tensor->type != ElementType::kInt8 || dims.size() != 4 ||
      weights.tensor->size() == 0 || *std::max_element(dims.begin(), dims.end()) > kMaxDimension) {
    graph_.fail(node, "weights must be INT8 of four dimensions");
  }
  if (node.integer("group", 1) != 1) graph_.fail(node, "attribute 'group' must be 1");
  const Shape& in = network_.activations[x.activation].shape;
  if (dims[1] != in.channels) {
    graph_.fail(node, "weights are for " + std::to_string(dims[1]) + " channels, its input has " +
                          std::to_string(in.channels));
  }
  const auto kernel = node.integers("kernel_shape");
  if (!kernel.empty() && (kernel.size() != 2 || kernel[0] != dims[2] || kernel[1] != dims[3])) {
    graph_.fail(node, "attribute 'kernel_shape' differs from the shape of the weights");
  }
  Layer layer;
  layer.kind = LayerKind::kConvolution;
  layer.inputs = {x.activation};
  layer.window = window(node, in, dims[2], dims[3]);
  layer.fill = x_zero;
  layer.weights.assign(weights.tensor->integers.begin(), weights.tensor->integers.end());
  layer.bias.assign(dims[0], 0);
  out = sliding(node, layer.window, in, static_cast<int>(dims[0]));
  const Window& w = layer.window;
  if (w.kernel_height == in.height && w.kernel_width == in.width && out.height * out.width == 1 &&
      w.pad_top + w.pad_left + w.pad_bottom + w.pad_right == 0) {
    // The kernel covers the image: a matrix product over the batch uses the array far better.
    layer.kind = LayerKind::kFullyConnected;
    const std::size_t k = in.elements();
    for (std::size_t o = 0; o < layer.bias.size(); ++o) {
      for (std::size_t i = 0; i < k; ++i) {
        layer.weights[i * layer.bias.size() + o] =
            static_cast<std::int8_t>(weights.tensor->integers[o * k + i]);
      }
    }
  }
  return layer;
}

Layer Lowering::fully_connected(const OnnxNode& node, const Symbol& x, const Weights& weights,
                                bool transposed, Shape& out) const {
  if (!x.flat) graph_.fail(node, "its input must have two dimensions: put Flatten before it");
  const auto& dims = weights.tensor->dims;
  if (weights.tensor->type != ElementType::kInt8 || dims.size() != 2 ||
      weights.tensor->size() == 0) {
    graph_.fail(node, "weights must be an INT8 constant of two dimensions");
  }
  const Shape& in = network_.activations[x.activation].shape;
  const std::size_t k = dims[transposed ? 1 : 0], n = dims[transposed ? 0 : 1];
  if (k != in.elements()) {
    graph_.fail(node, "weights are for " + std::to_string(k) + " inputs, there are " +
                          std::to_string(in.elements()));
  }
  if (n > static_cast<std::size_t>(kMaxDimension)) graph_.fail(node, "has more than 65535 outputs");
  Layer layer;
  layer.kind = LayerKind::kFullyConnected;
  layer.inputs = {x.activation};
  layer.weights.resize(k * n);
  for (std::size_t i = 0; i < k; ++i) {
    for (std::size_t o = 0; o < n; ++o) {
      layer.weights[i * n + o] =
          static_cast<std::int8_t>(weights.tensor->integers[transposed ? o * k + i : i * n + o]);
    }
  }
  layer.bias.assign(n, 0);
  out = {static_cast<int>(n), 1, 1};
  return layer;
}

void Lowering::fold_zero_point(Layer& layer, int x_zero) const {
  const std::size_t outputs = layer.bias.size(), inputs = layer.weights.size() / outputs;
  const bool outputs_first = layer.kind == LayerKind::kConvolution;
  for (std::size_t o = 0; o < outputs; ++o) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < inputs; ++i) {
      sum += layer.weights[outputs_first ? o * inputs + i : i * outputs + o];
    }
    layer.bias[o] = wrapping_subtract(layer.bias[o], sum * x_zero);
  }
}

int Lowering::axis(const OnnxNode& node, int rank) const {
  const std::int64_t axis = node.integer("axis", 1);
  if (axis < -rank || axis >= rank) {
    graph_.fail(node, "attribute 'axis' is " + std::to_string(axis) + "; expected " +
                          std::to_string(-rank) + " to " + std::to_string(rank - 1));
  }
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Window Lowering::window(const OnnxNode& node, const Shape& in, std::int64_t kernel_height,
                        std::int64_t kernel_width) const {
  const auto pair = [&](const char* name, int& first, int& second) {
    const auto values = node.integers(name);
    if (values.empty()) return;
    if (values.size() != 2 || values[0] < 1 || values[1] < 1 || values[0] > kMaxDimension ||
        values[1] > kMaxDimension) {
      graph_.fail(node, std::string("attribute '") + name + "' must be two numbers of at least 1");
    }
    first = static_cast<int>(values[0]);
    second = static_cast<int>(values[1]);
  };
  if (kernel_height < 1 || kernel_width < 1 || kernel_height > kMaxDimension ||
      kernel_width > kMaxDimension) {
    graph_.fail(node, "its kernel is empty or too large");
  }
  Window w;
  w.kernel_height = static_cast<int>(kernel_height);
  w.kernel_width = static_cast<int>(kernel_width);
  pair("strides", w.stride_height, w.stride_width);
  pair("dilations", w.dilation_height, w.dilation_width);
  const auto pads = node.integers("pads");
  const auto found = node.attributes.find("auto_pad");
  const std::string mode = found == node.attributes.end() ? "NOTSET" : found->second.text;
  if (mode != "NOTSET" &&
      std::any_of(pads.begin(), pads.end(), [](auto pad) { return pad != 0; })) {
    graph_.fail(node, "attribute 'pads' is given beside auto_pad; expected one of them");
  }
  if (mode == "SAME_UPPER" || mode == "SAME_LOWER") {
    const auto same = [&](int size, int kernel, int stride, int dilation, int& before, int& after) {
      const std::int64_t needed = std::int64_t{(size + stride - 1) / stride - 1} * stride +
                                  std::int64_t{kernel - 1} * dilation + 1 - size;
      const int total = static_cast<int>(std::clamp<std::int64_t>(needed, 0, kMaxDimension));
      before = mode == "SAME_UPPER" ? total / 2 : total - total / 2;
      after = total - before;
    };
    same(in.height, w.kernel_height, w.stride_height, w.dilation_height, w.pad_top, w.pad_bottom);
    same(in.width, w.kernel_width, w.stride_width, w.dilation_width, w.pad_left, w.pad_right);
  } else if (mode == "NOTSET" && !pads.empty()) {
    if (pads.size() != 4) graph_.fail(node, "attribute 'pads' must be four numbers");
    for (std::size_t i = 0; i < 4; ++i) {
      const std::int64_t extent = i % 2 == 0 ? (kernel_height - 1) * w.dilation_height
                                             : (kernel_width - 1) * w.dilation_width;
      if (pads[i] < 0 || pads[i] > extent || pads[i] > kMaxDimension)
        graph_.fail(node, "attribute 'pads' must be smaller than the kernel");
    }
    w.pad_top = static_cast<int>(pads[0]);
    w.pad_left = static_cast<int>(pads[1]);
    w.pad_bottom = static_cast<int>(pads[2]);
    w.pad_right = static_cast<int>(pads[3]);
  } else if (mode != "NOTSET" && mode != "VALID") {
    graph_.fail(node, "attribute 'auto_pad' is '" + mode +
                          "'; expected NOTSET, SAME_UPPER, SAME_LOWER or VALID");
  }
  return w;
}

Shape Lowering::sliding(const OnnxNode& node, const Window& w, const Shape& in,
                        int channels) const {
  const std::int64_t height = std::int64_t{in.height} + w.pad_top + w.pad_bottom -
                              std::int64_t{w.kernel_height - 1} * w.dilation_height - 1;
  const std::int64_t width = std::int64_t{in.width} + w.pad_left + w.pad_right -
                             std::int64_t{w.kernel_width - 1} * w.dilation_width - 1;
  if (height < 0 || width < 0) graph_.fail(node, "its kernel is larger than the padded input");
  return {channels, static_cast<int>(height / w.stride_height) + 1,
          static_cast<int>(width / w.stride_width) + 1};
}

std::vector<float> Lowering::accumulator_scales(const OnnxNode& node, float x_scale,
                                                const Weights& weights, int channels,
                                                int axis) const {
  const auto count = static_cast<std::size_t>(channels);
  if (weights.scale.size() != 1 && weights.scale.size() != count) {
    graph_.fail(node, "weights have " + std::to_string(weights.scale.size()) +
                          " scales; expected one, or one for each of " + std::to_string(count) +
                          " outputs");
  }
  if (weights.scale.size() > 1 && weights.axis != axis) {
    graph_.fail(node, "scales of the weights must run along axis " + std::to_string(axis));
  }
  std::vector<float> scale(count);
  for (std::size_t o = 0; o < count; ++o) {
    scale[o] = x_scale * weights.scale[weights.scale.size() == 1 ? 0 : o];
  }
  return scale;
}

void Lowering::set_float_bias(const OnnxNode& node, Layer& layer, const std::string& name) const {
  const OnnxTensor* tensor = graph_.constant(name);
  std::vector<float> scale = {1};
  if (tensor == nullptr) {
    const auto found = symbols_.find(name);
    if (found == symbols_.end() || found->second.kind != Symbol::Kind::kConstant) {
      graph_.fail(node, "bias '" + name + "' must be a constant");
    }
    tensor = found->second.tensor;
    scale = found->second.scale;
  }
  if (tensor->size() != layer.bias.size() ||
      (scale.size() != 1 && scale.size() != tensor->size())) {
    graph_.fail(node, "bias '" + name + "' must have one value an output channel");
  }
  for (std::size_t o = 0; o < layer.bias.size(); ++o) {
    const double value = (tensor->floats.empty() ? static_cast<double>(tensor->integers[o])
                                                 : static_cast<double>(tensor->floats[o])) *
                         static_cast<double>(scale[scale.size() == 1 ? 0 : o]);
    const double integer = std::nearbyint(value / static_cast<double>(layer.scale[o]));
    if (!(std::abs(integer) < 2147483648.0)) {
      graph_.fail(node, "bias '" + name + "' exceeds INT32 at the scale of the accumulators");
    }
    layer.bias[o] = wrapping_subtract(layer.bias[o], -static_cast<std::int64_t>(integer));
  }
}

void Lowering::clamp_pending(Symbol& pending, float low, float high) {
  pending.clip_low = std::clamp(low, pending.clip_low, pending.clip_high);
  pending.clip_high = std::clamp(high, pending.clip_low, pending.clip_high);
}

void Lowering::clamp_quantised(const OnnxNode& node, const Symbol& x, int low, int high) {
  const bool made_last = !network_.layers.empty() &&
                         network_.layers.back().output == x.activation && !x.flat &&
                         !network_.layers.back().bias.empty();
  if (!made_last || uses(node.inputs[0]) != 1) {
    graph_.fail(node, "can only follow directly on a convolution or matrix product");
  }
  Layer& layer = network_.layers.back();
  layer.low = std::clamp(low, layer.low, layer.high);
  layer.high = std::clamp(high, layer.low, layer.high);
  network_.activations[x.activation].name = node.outputs[0];
  define(node, x);
}

void Lowering::finish_pending(const OnnxNode& node, Symbol pending, float scale, int zero_point) {
  if (uses(node.inputs[0]) != 1) {
    graph_.fail(node, "its float input is used elsewhere too, which integers cannot serve");
  }
  Layer& layer = pending.layer;
  const auto limit = [&](float value) {
    const double quantised = std::nearbyint(static_cast<double>(value / scale)) + zero_point;
    return static_cast<int>(std::clamp(quantised, -128.0, 127.0));
  };
  layer.zero_point = zero_point;
  layer.low = limit(pending.clip_low);
  layer.high = limit(pending.clip_high);
  for (float& s : layer.scale) s /= scale;
  if (layer.kind == LayerKind::kAdd || layer.kind == LayerKind::kAveragePool) {
    if (zero_point != 0 || layer.low != -128 || layer.high != 127) {
      graph_.fail(node, std::string("after ") + to_string(layer.kind) +
                            " the NPU needs a zero point of 0 and no clamping");
    }
    layer.scale_a /= scale;
    layer.scale_b /= scale;
  }
  Symbol y = add_layer(node, std::move(layer), pending.shape);
  y.flat = pending.flat;
  define(node, y);
}

}  // namespace cvp
