// SPDX-License-Identifier: Apache-2.0
//
// What each operator means. Which there are is in lowering_operators.cpp, what they have in common
// in lowering_parts.cpp.
#include "sw/compiler/lowering.h"

#include <algorithm>
#include <cmath>

namespace cvp {

using Kind = LayerKind;

void Lowering::quantize_linear(const OnnxNode& node) {
  Symbol x = symbol(node, 0);
  const float scale = scalar_scale(node, 1);
  const int zero = zero_point(node, 2);
  switch (x.kind) {
    case Symbol::Kind::kInput:
      if (uses(node.inputs[0]) != 1) graph_.fail(node, "the input is quantised more than once");
      network_.input_quantisation = {true, scale, zero};
      network_.activations[x.activation].name = node.outputs[0];
      x.kind = Symbol::Kind::kQuantised;
      return define(node, x);
    case Symbol::Kind::kPending:
      return finish_pending(node, std::move(x), scale, zero);
    case Symbol::Kind::kDequantised:
      if (x.scale[0] != scale || x.zero_point != zero) {
        graph_.fail(node,
                    "changes scale or zero point of a tensor that no layer requantises; expected "
                    "those of its DequantizeLinear");
      }
      // A pooled tensor gets its name here: in QDQ form the INT8 tensor is this node's output.
      if (network_.activations[x.activation].name.empty()) {
        network_.activations[x.activation].name = node.outputs[0];
      }
      x.kind = Symbol::Kind::kQuantised;
      return define(node, x);
    default:
      graph_.fail(node, "quantises something that is no float activation");
  }
}

void Lowering::dequantize_linear(const OnnxNode& node) {
  if (graph_.constant(node.input(0)) != nullptr) {
    const OnnxTensor& tensor = constant(node, 0);
    if (tensor.type == ElementType::kFloat32) graph_.fail(node, "its input is FLOAT already");
    check_zero(node, 2);
    Symbol symbol;
    symbol.kind = Symbol::Kind::kConstant;
    symbol.tensor = &tensor;
    symbol.scale = scales(node, 1);
    if (symbol.scale.size() > 1) symbol.axis = axis(node, static_cast<int>(tensor.dims.size()));
    return define(node, symbol);
  }
  Symbol x = quantised(node, 0);
  x.kind = Symbol::Kind::kDequantised;
  x.scale = {scalar_scale(node, 1)};
  x.zero_point = zero_point(node, 2);
  define(node, x);
}

void Lowering::qlinear_conv(const OnnxNode& node) {
  const Symbol& x = quantised(node, 0);
  const OnnxTensor& w = constant(node, 3);
  check_zero(node, 5);
  const Weights weights{&w, scales(node, 4), 0};
  Shape out;
  Layer layer = convolution(node, x, zero_point(node, 2), weights, out);
  const float x_scale = scalar_scale(node, 1), y_scale = scalar_scale(node, 6);
  layer.scale = accumulator_scales(node, x_scale, weights, out.channels, 0);
  for (float& scale : layer.scale) scale /= y_scale;
  layer.zero_point = zero_point(node, 7);
  if (!node.input(8).empty()) {
    const OnnxTensor& bias = constant(node, 8);
    if (bias.integers.size() != layer.bias.size() || bias.type != ElementType::kInt32) {
      graph_.fail(node, "bias must be INT32 with one value an output channel");
    }
    for (std::size_t i = 0; i < layer.bias.size(); ++i) {
      layer.bias[i] = static_cast<std::int32_t>(bias.integers[i]);
    }
  }
  fold_zero_point(layer, layer.fill);
  define(node, add_layer(node, std::move(layer), out));
}

void Lowering::qlinear_matmul(const OnnxNode& node) {
  const Symbol& x = quantised(node, 0);
  check_zero(node, 5);
  const Weights weights{&constant(node, 3), scales(node, 4), 1};
  Shape out;
  Layer layer = fully_connected(node, x, weights, false, out);
  layer.scale = accumulator_scales(node, scalar_scale(node, 1), weights, out.channels, 1);
  const float y_scale = scalar_scale(node, 6);
  for (float& scale : layer.scale) scale /= y_scale;
  layer.zero_point = zero_point(node, 7);
  fold_zero_point(layer, zero_point(node, 2));
  Symbol y = add_layer(node, std::move(layer), out);
  y.flat = true;
  define(node, y);
}

void Lowering::conv(const OnnxNode& node) {
  const Symbol& x = dequantised(node, 0);
  const Symbol& w = symbol(node, 1);
  if (w.kind != Symbol::Kind::kConstant) graph_.fail(node, "weights must be INT8 constants");
  const Weights weights{w.tensor, w.scale, w.axis};
  Symbol y;
  y.kind = Symbol::Kind::kPending;
  y.layer = convolution(node, x, x.zero_point, weights, y.shape);
  y.layer.scale = accumulator_scales(node, x.scale[0], weights, y.shape.channels, 0);
  y.has_bias = !node.input(2).empty();
  if (y.has_bias) set_float_bias(node, y.layer, node.inputs[2]);
  fold_zero_point(y.layer, x.zero_point);
  define(node, y);
}

void Lowering::gemm(const OnnxNode& node) {
  for (const char* factor : {"alpha", "beta"}) {
    const auto found = node.attributes.find(factor);
    if (found != node.attributes.end() && found->second.number.value_or(1.0f) != 1.0f) {
      graph_.fail(node, std::string("attribute '") + factor + "' must be 1");
    }
  }
  if (node.integer("transA", 0) != 0) graph_.fail(node, "attribute 'transA' must be 0");
  matmul(node);
}

void Lowering::matmul(const OnnxNode& node) {
  const Symbol& x = dequantised(node, 0);
  const Symbol& w = symbol(node, 1);
  if (w.kind != Symbol::Kind::kConstant) graph_.fail(node, "weights must be INT8 constants");
  const Weights weights{w.tensor, w.scale, w.axis};
  const bool transposed = node.integer("transB", 0) != 0;
  Symbol y;
  y.kind = Symbol::Kind::kPending;
  y.flat = true;
  y.layer = fully_connected(node, x, weights, transposed, y.shape);
  y.layer.scale =
      accumulator_scales(node, x.scale[0], weights, y.shape.channels, transposed ? 0 : 1);
  y.has_bias = !node.input(2).empty();
  if (y.has_bias) set_float_bias(node, y.layer, node.inputs[2]);
  fold_zero_point(y.layer, x.zero_point);
  define(node, y);
}

void Lowering::max_pool(const OnnxNode& node) {
  const Symbol& x = symbol(node, 0);
  if (x.kind != Symbol::Kind::kQuantised && x.kind != Symbol::Kind::kDequantised) {
    graph_.fail(node, "its input must be an INT8 activation, or one behind DequantizeLinear");
  }
  if (x.flat) graph_.fail(node, "its input must have four dimensions");
  if (node.integer("ceil_mode", 0) != 0) graph_.fail(node, "attribute 'ceil_mode' must be 0");
  const auto kernel = node.integers("kernel_shape");
  if (kernel.size() != 2) graph_.fail(node, "attribute 'kernel_shape' must be two numbers");
  const Shape& in = network_.activations[x.activation].shape;
  Layer layer;
  layer.kind = Kind::kMaxPool;
  layer.inputs = {x.activation};
  layer.window = window(node, in, kernel[0], kernel[1]);
  if (layer.window.dilation_height != 1 || layer.window.dilation_width != 1) {
    graph_.fail(node, "attribute 'dilations' must be 1");
  }
  layer.fill = -128;
  Symbol y = x;
  y.activation = add_layer(node, layer, sliding(node, layer.window, in, in.channels)).activation;
  if (x.kind == Symbol::Kind::kDequantised) network_.activations[y.activation].name.clear();
  define(node, y);
}

void Lowering::global_average_pool(const OnnxNode& node) {
  const Symbol& x = dequantised(node, 0);
  if (x.flat) graph_.fail(node, "its input must have four dimensions");
  if (x.zero_point != 0) graph_.fail(node, "the NPU averages with a zero point of 0 only");
  const Shape& in = network_.activations[x.activation].shape;
  Symbol y;
  y.kind = Symbol::Kind::kPending;
  y.shape = {in.channels, 1, 1};
  y.layer.kind = Kind::kAveragePool;
  y.layer.inputs = {x.activation};
  y.layer.window.kernel_height = in.height;
  y.layer.window.kernel_width = in.width;
  y.layer.scale = {x.scale[0] / static_cast<float>(in.height * in.width)};
  define(node, y);
}

void Lowering::add(const OnnxNode& node) {
  for (std::size_t side = 0; side < 2; ++side) {
    const Symbol& x = symbol(node, side);
    if (x.kind != Symbol::Kind::kPending) continue;
    Symbol y = x;
    if (y.layer.kind != Kind::kFullyConnected || y.has_bias || y.clip_low > -INFINITY ||
        y.clip_high < INFINITY || uses(node.inputs[side]) != 1) {
      graph_.fail(node, "only a constant can be added before QuantizeLinear, as a bias");
    }
    set_float_bias(node, y.layer, node.inputs[1 - side]);
    y.has_bias = true;
    return define(node, y);
  }
  const Symbol &a = dequantised(node, 0), &b = dequantised(node, 1);
  const Shape& shape = network_.activations[a.activation].shape;
  if (!(shape == network_.activations[b.activation].shape) || a.flat != b.flat) {
    graph_.fail(node, "both inputs must have the same shape; broadcasting is not supported");
  }
  if (a.zero_point != 0 || b.zero_point != 0) {
    graph_.fail(node, "the NPU adds tensors with a zero point of 0 only");
  }
  Symbol y;
  y.kind = Symbol::Kind::kPending;
  y.flat = a.flat;
  y.shape = shape;
  y.layer.kind = Kind::kAdd;
  y.layer.inputs = {a.activation, b.activation};
  y.layer.scale_a = a.scale[0];
  y.layer.scale_b = b.scale[0];
  define(node, y);
}

void Lowering::relu(const OnnxNode& node) {
  Symbol x = symbol(node, 0);
  if (x.kind == Symbol::Kind::kPending) {
    if (uses(node.inputs[0]) != 1) graph_.fail(node, "its input is used more than once");
    clamp_pending(x, 0, INFINITY);
    return define(node, x);
  }
  clamp_quantised(node, quantised(node, 0), 0, 127);
}

void Lowering::clip(const OnnxNode& node) {
  Symbol x = symbol(node, 0);
  const bool is_float = x.kind == Symbol::Kind::kPending;
  double low = is_float ? -INFINITY : -128, high = is_float ? INFINITY : 127;
  for (std::size_t side = 1; side <= 2; ++side) {
    if (node.input(side).empty()) continue;
    const OnnxTensor& limit = constant(node, side);
    if (limit.size() != 1) graph_.fail(node, "its limits must be single values");
    const double value = limit.floats.empty() ? static_cast<double>(limit.integers[0])
                                              : static_cast<double>(limit.floats[0]);
    if (!std::isfinite(value)) graph_.fail(node, "its limits must be finite");
    (side == 1 ? low : high) = value;
  }
  if (low > high) graph_.fail(node, "its lower limit is above the upper one");
  if (is_float) {
    if (uses(node.inputs[0]) != 1) graph_.fail(node, "its input is used more than once");
    clamp_pending(x, static_cast<float>(low), static_cast<float>(high));
    return define(node, x);
  }
  clamp_quantised(node, quantised(node, 0), static_cast<int>(std::clamp(low, -128.0, 127.0)),
                  static_cast<int>(std::clamp(high, -128.0, 127.0)));
}

void Lowering::reshape(const OnnxNode& node) {
  Symbol x = symbol(node, 0);
  if (x.kind == Symbol::Kind::kPending || x.kind == Symbol::Kind::kConstant) {
    graph_.fail(node, "its input must be an INT8 activation");
  }
  const Shape& shape = network_.activations[x.activation].shape;
  if (node.op == "Flatten") {
    if (axis(node, x.flat ? 2 : 4) != 1) {
      graph_.fail(node, "attribute 'axis' must be 1, so that images stay apart");
    }
    x.flat = true;
    return define(node, x);
  }
  const OnnxTensor& target = constant(node, 1);
  if (target.type != ElementType::kInt64) graph_.fail(node, "its shape must be an INT64 constant");
  const auto& dims = target.integers;
  const auto is = [&](std::size_t d, std::int64_t size) {
    return dims[d] == size || dims[d] == -1;
  };
  const auto elements = static_cast<std::int64_t>(shape.elements());
  if (dims.size() == 2 && is(1, elements)) {
    x.flat = true;
  } else if (dims.size() == 4 && !x.flat && is(1, shape.channels) && is(2, shape.height) &&
             is(3, shape.width)) {
    // Nothing changes.
  } else {
    graph_.fail(node, "must flatten each image to " + std::to_string(elements) +
                          " elements, or leave its shape as it is");
  }
  define(node, x);
}

}  // namespace cvp
