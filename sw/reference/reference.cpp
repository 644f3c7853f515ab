// SPDX-License-Identifier: Apache-2.0
#include "sw/reference/reference.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cvp {
namespace {

std::int64_t product_of(const std::vector<std::int64_t>& dims) {
  return std::accumulate(dims.begin(), dims.end(), std::int64_t{1}, std::multiplies<>());
}

std::int64_t saturate(double value, std::int64_t zero) {
  return static_cast<std::int64_t>(
      std::clamp(std::nearbyint(value) + static_cast<double>(zero), -128.0, 127.0));
}

/// Window of a convolution or pool along one axis.
struct Axis {
  std::int64_t in, kernel, stride, dilation, before, out;
};

Axis window_axis(const OnnxNode& node, int axis, std::int64_t in, std::int64_t kernel) {
  const auto get = [&](const char* name, std::int64_t otherwise) {
    const auto values = node.integers(name);
    return values.empty() ? otherwise : values[axis];
  };
  Axis a{in, kernel, get("strides", 1), get("dilations", 1), 0, 0};
  std::int64_t after = 0;
  const auto mode = node.attributes.find("auto_pad");
  const auto pads = node.integers("pads");
  if (mode != node.attributes.end() && mode->second.text.rfind("SAME", 0) == 0) {
    a.out = (in + a.stride - 1) / a.stride;
    const std::int64_t pad =
        std::max<std::int64_t>(0, (a.out - 1) * a.stride + (kernel - 1) * a.dilation + 1 - in);
    a.before = mode->second.text == "SAME_UPPER" ? pad / 2 : (pad + 1) / 2;
    return a;
  }
  if (!pads.empty()) {
    a.before = pads[axis];
    after = pads[axis + 2];
  }
  a.out = (in + a.before + after - (kernel - 1) * a.dilation - 1) / a.stride + 1;
  return a;
}

}  // namespace

std::vector<ReferenceLayer> Reference::run(std::span<const float> image) {
  values_.clear();
  const OnnxValue& input = graph_.inputs.at(0);
  Value x;
  x.dims = input.dims;
  x.dims[0] = 1;
  if (static_cast<std::int64_t>(image.size()) != product_of(x.dims)) {
    throw CompileError(graph_.file, "",
                       "the image has " + std::to_string(image.size()) + " values, the input '" +
                           input.name + "' " + std::to_string(product_of(x.dims)));
  }
  x.is_int8 = input.type == ElementType::kInt8;
  if (x.is_int8) {
    x.q.assign(image.begin(), image.end());
  } else {
    x.real.assign(image.begin(), image.end());
  }
  values_[input.name] = x;
  std::vector<ReferenceLayer> layers;
  for (const OnnxNode& node : graph_.nodes) {
    execute(node);
    const Value& y = values_.at(node.outputs[0]);
    if (y.is_int8) layers.push_back({node.outputs[0], y.dims, {y.q.begin(), y.q.end()}});
  }
  return layers;
}

void Reference::execute(const OnnxNode& node) {
  Value result;
  if (node.op == "QuantizeLinear") {
    result = quantise(node);
  } else if (node.op == "DequantizeLinear") {
    result = dequantise(node);
  } else if (node.op == "QLinearConv" || node.op == "QLinearMatMul") {
    result = qlinear(node, node.op == "QLinearConv");
  } else if (node.op == "Conv" || node.op == "Gemm" || node.op == "MatMul") {
    result = product(node, node.op == "Conv");
  } else if (node.op == "Add") {
    result = add(node);
  } else if (node.op == "MaxPool") {
    result = max_pool(node);
  } else if (node.op == "GlobalAveragePool") {
    result = average(node);
  } else if (node.op == "Relu" || node.op == "Clip") {
    result = clamp(node);
  } else if (node.op == "Reshape" || node.op == "Flatten") {
    result = reshape(node);
  } else {
    graph_.fail(node, "operator " + node.op + " is unknown to the reference");
  }
  values_[node.outputs[0]] = std::move(result);
}

Reference::Value Reference::constant(const OnnxTensor& tensor) {
  Value value;
  value.dims = tensor.dims;
  value.q = tensor.integers;
  value.real = tensor.floats;
  return value;
}

Reference::Value Reference::value(const OnnxNode& node, std::size_t input) const {
  const auto found = values_.find(node.input(input));
  if (found != values_.end()) return found->second;
  const OnnxTensor* tensor = graph_.constant(node.input(input));
  if (tensor == nullptr) graph_.fail(node, "input " + std::to_string(input) + " is missing");
  return constant(*tensor);
}

const std::vector<float>& Reference::floats(const OnnxNode& node, std::size_t input) const {
  const OnnxTensor* tensor = graph_.constant(node.input(input));
  if (tensor == nullptr || tensor->floats.empty()) {
    graph_.fail(node, "input " + std::to_string(input) + " must be a FLOAT constant");
  }
  return tensor->floats;
}

std::int64_t Reference::zero(const OnnxNode& node, std::size_t input) const {
  const OnnxTensor* tensor = graph_.constant(node.input(input));
  return tensor == nullptr || tensor->integers.empty() ? 0 : tensor->integers[0];
}

std::vector<std::int64_t> Reference::round(const Value& x, float scale, std::int64_t zero) {
  std::vector<std::int64_t> y(x.q.size());
  // Channels are dimension 1; what follows it is one channel's.
  const std::size_t channel_size = product_of(x.dims) / (x.dims.size() > 1 ? x.dims[1] : 1);
  for (std::size_t i = 0; i < y.size(); ++i) {
    const float x_scale = x.scale.size() == 1 ? x.scale[0] : x.scale[i / channel_size];
    const auto acc = static_cast<std::int32_t>(x.q[i]);  // Accumulators wrap at 32 bits.
    y[i] = saturate(static_cast<float>(acc) * (x_scale / scale), zero);
    y[i] = std::clamp(y[i], saturate(x.low / scale, zero), saturate(x.high / scale, zero));
  }
  return y;
}

Reference::Value Reference::quantise(const OnnxNode& node) const {
  const Value x = value(node, 0);
  const float scale = scalar(node, 1);
  const std::int64_t zero_point = zero(node, 2);
  Value y;
  y.dims = x.dims;
  y.is_int8 = true;
  if (!x.real.empty()) {
    for (const float real : x.real) y.q.push_back(saturate(real / scale, zero_point));
  } else if (!x.terms.empty()) {
    const Value &a = x.terms[0], &b = x.terms[1];
    for (std::size_t i = 0; i < a.q.size(); ++i) {
      const float left = static_cast<float>(a.q[i]) * (a.scale[0] / scale);
      const float right = static_cast<float>(b.q[i]) * (b.scale[0] / scale);
      y.q.push_back(saturate(left + right, zero_point));
    }
  } else {
    y.q = round(x, scale, zero_point);
  }
  return y;
}

Reference::Value Reference::dequantise(const OnnxNode& node) const {
  Value x = value(node, 0);
  const std::int64_t zero_point = zero(node, 2);
  for (std::int64_t& q : x.q) q -= zero_point;
  x.scale = floats(node, 1);
  x.is_int8 = false;
  return x;
}

Reference::Value Reference::qlinear(const OnnxNode& node, bool conv) const {
  Value x = value(node, 0);
  for (std::int64_t& q : x.q) q -= zero(node, 2);
  x.scale = {scalar(node, 1)};
  Value w = value(node, 3);
  w.scale = floats(node, 4);
  Value acc = conv ? convolve(node, x, w) : multiply(node, x, w);
  if (!node.input(8).empty()) {
    const Value bias = value(node, 8);
    const std::size_t size = acc.q.size() / bias.q.size();
    for (std::size_t i = 0; i < acc.q.size(); ++i) acc.q[i] += bias.q[i / size];
  }
  acc.q = round(acc, scalar(node, 6), zero(node, 7));
  acc.scale.clear();
  acc.is_int8 = true;
  return acc;
}

Reference::Value Reference::multiply_scales(const OnnxNode& node, Value acc, const Value& x,
                                            const Value& w) const {
  if (x.scale.size() != 1 || w.scale.empty()) graph_.fail(node, "its inputs must be quantised");
  for (const float scale : w.scale) acc.scale.push_back(x.scale[0] * scale);
  return acc;
}

Reference::Value Reference::convolve(const OnnxNode& node, const Value& x, const Value& w) const {
  const std::int64_t channels = w.dims.at(1), outputs = w.dims[0];
  const Axis v = window_axis(node, 0, x.dims.at(2), w.dims.at(2));
  const Axis h = window_axis(node, 1, x.dims.at(3), w.dims.at(3));
  Value acc;
  acc.dims = {1, outputs, v.out, h.out};
  acc.q.reserve(product_of(acc.dims));
  for (std::int64_t o = 0; o < outputs; ++o) {
    for (std::int64_t oy = 0; oy < v.out; ++oy) {
      for (std::int64_t ox = 0; ox < h.out; ++ox) {
        std::int64_t sum = 0;
        for (std::int64_t c = 0; c < channels; ++c) {
          for (std::int64_t ky = 0; ky < v.kernel; ++ky) {
            for (std::int64_t kx = 0; kx < h.kernel; ++kx) {
              const std::int64_t iy = oy * v.stride + ky * v.dilation - v.before;
              const std::int64_t ix = ox * h.stride + kx * h.dilation - h.before;
              if (iy < 0 || iy >= v.in || ix < 0 || ix >= h.in) continue;
              sum += x.q[(c * v.in + iy) * h.in + ix] *
                     w.q[((o * channels + c) * v.kernel + ky) * h.kernel + kx];
            }
          }
        }
        acc.q.push_back(sum);
      }
    }
  }
  return multiply_scales(node, std::move(acc), x, w);
}

Reference::Value Reference::multiply(const OnnxNode& node, const Value& x, const Value& w) const {
  const bool transposed = node.integer("transB", 0) != 0;
  const std::int64_t k = w.dims.at(transposed ? 1 : 0), n = w.dims.at(transposed ? 0 : 1);
  Value acc;
  acc.dims = {1, n};
  for (std::int64_t o = 0; o < n; ++o) {
    std::int64_t sum = 0;
    for (std::int64_t i = 0; i < k; ++i) sum += x.q.at(i) * w.q[transposed ? o * k + i : i * n + o];
    acc.q.push_back(sum);
  }
  return multiply_scales(node, std::move(acc), x, w);
}

Reference::Value Reference::product(const OnnxNode& node, bool conv) const {
  const Value x = value(node, 0), w = value(node, 1);
  Value acc = conv ? convolve(node, x, w) : multiply(node, x, w);
  if (!node.input(2).empty()) add_bias(node, acc, value(node, 2));
  return acc;
}

void Reference::add_bias(const OnnxNode& node, Value& acc, const Value& bias) const {
  const std::size_t count = bias.real.empty() ? bias.q.size() : bias.real.size();
  if (count == 0 || acc.q.size() % count != 0) graph_.fail(node, "its bias has the wrong size");
  const std::size_t size = acc.q.size() / count;
  for (std::size_t i = 0; i < acc.q.size(); ++i) {
    const std::size_t o = i / size;
    double real;
    if (bias.real.empty()) {
      const float scale = bias.scale.size() == 1 ? bias.scale[0] : bias.scale.at(o);
      real = static_cast<double>(bias.q[o]) * static_cast<double>(scale);
    } else {
      real = static_cast<double>(bias.real[o]);
    }
    const float acc_scale = acc.scale.size() == 1 ? acc.scale[0] : acc.scale.at(o);
    acc.q[i] += static_cast<std::int64_t>(std::nearbyint(real / static_cast<double>(acc_scale)));
  }
}

Reference::Value Reference::add(const OnnxNode& node) const {
  const Value a = value(node, 0), b = value(node, 1);
  const bool a_constant = values_.count(node.input(0)) == 0 || graph_.constant(node.input(0));
  const bool b_constant = !b.real.empty() || b.dims.size() == 1;
  if (a_constant || b_constant) {
    Value acc = a_constant ? b : a;
    add_bias(node, acc, a_constant ? a : b);
    return acc;
  }
  Value sum;
  sum.dims = a.dims;
  sum.terms = {a, b};
  return sum;
}

Reference::Value Reference::max_pool(const OnnxNode& node) const {
  const Value x = value(node, 0);
  const auto kernel = node.integers("kernel_shape");
  const Axis v = window_axis(node, 0, x.dims.at(2), kernel.at(0));
  const Axis h = window_axis(node, 1, x.dims.at(3), kernel.at(1));
  Value y = x;
  y.q.clear();
  y.dims = {1, x.dims[1], v.out, h.out};
  for (std::int64_t c = 0; c < x.dims[1]; ++c) {
    for (std::int64_t oy = 0; oy < v.out; ++oy) {
      for (std::int64_t ox = 0; ox < h.out; ++ox) {
        std::int64_t most = std::numeric_limits<std::int64_t>::min();
        for (std::int64_t ky = 0; ky < v.kernel; ++ky) {
          for (std::int64_t kx = 0; kx < h.kernel; ++kx) {
            const std::int64_t iy = oy * v.stride + ky - v.before;
            const std::int64_t ix = ox * h.stride + kx - h.before;
            if (iy < 0 || iy >= v.in || ix < 0 || ix >= h.in) continue;
            most = std::max(most, x.q[(c * v.in + iy) * h.in + ix]);
          }
        }
        y.q.push_back(most);
      }
    }
  }
  return y;
}

Reference::Value Reference::average(const OnnxNode& node) const {
  const Value x = value(node, 0);
  const std::int64_t size = x.dims.at(2) * x.dims.at(3);
  Value y;
  y.dims = {1, x.dims[1], 1, 1};
  y.scale = {x.scale.at(0) / static_cast<float>(size)};
  for (std::int64_t c = 0; c < x.dims[1]; ++c) {
    const auto begin = x.q.begin() + c * size;
    y.q.push_back(std::accumulate(begin, begin + size, std::int64_t{0}));
  }
  return y;
}

Reference::Value Reference::clamp(const OnnxNode& node) const {
  Value x = value(node, 0);
  float low = -std::numeric_limits<float>::infinity(), high = -low;
  if (node.op == "Relu") low = 0;
  for (std::size_t side = 1; side <= 2 && node.op == "Clip"; ++side) {
    if (node.input(side).empty()) continue;
    const Value limit = value(node, side);
    (side == 1 ? low : high) =
        limit.real.empty() ? static_cast<float>(limit.q.at(0)) : limit.real[0];
  }
  if (x.is_int8) {
    for (std::int64_t& q : x.q) {
      q = static_cast<std::int64_t>(std::clamp(static_cast<float>(q), low, high));
    }
  } else {
    x.low = std::clamp(low, x.low, x.high);
    x.high = std::clamp(high, x.low, x.high);
  }
  return x;
}

Reference::Value Reference::reshape(const OnnxNode& node) const {
  Value x = value(node, 0);
  const auto elements = product_of(x.dims);
  if (node.op == "Flatten") {
    x.dims = {1, elements};
    return x;
  }
  std::vector<std::int64_t> dims = value(node, 1).q;
  if (!dims.empty()) dims[0] = 1;
  for (std::int64_t& dim : dims) {
    if (dim == -1) {
      dim = 1;
      dim = elements / product_of(dims);
    }
  }
  x.dims = dims;
  return x;
}

}  // namespace cvp
