// SPDX-License-Identifier: Apache-2.0
//
// Runs a quantised ONNX graph on one image, operator by operator, and keeps every INT8 tensor.
//
// The oracle for compiler and NPU: plain loops, channels first, no fusing, no tiling. It shares the
// file reader with the compiler and nothing else. A float tensor behind DequantizeLinear is kept as
// integers with their scales, so that a float operator between DequantizeLinear and QuantizeLinear
// is exact integer arithmetic followed by one requantisation, as ONNX's quantised operators are:
//
//   y = saturate(round_half_even(float(acc) * (float(x_scale * w_scale) / y_scale)) + zero_point)
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "sw/compiler/onnx_graph.h"

namespace cvp {

struct ReferenceLayer {
  std::string tensor;  ///< Name in the ONNX file.
  std::vector<std::int64_t> dims;
  std::vector<std::int8_t> data;  ///< In the order of `dims`: channels first.
};

class Reference {
 public:
  explicit Reference(const OnnxGraph& graph) : graph_(graph) {}

  /// `image` holds the graph's input as floats, or its integers when the input is INT8. Returns
  /// every INT8 tensor, the quantised input first, the network's output last.
  std::vector<ReferenceLayer> run(std::span<const float> image);

 private:
  /// Value = q * scale when `scale` is set, one or one a channel; else INT8 with a zero point to
  /// come from its user. `q` is centred (zero point taken off) when it has scales.
  struct Value {
    std::vector<std::int64_t> dims;
    std::vector<std::int64_t> q;
    std::vector<float> real;  // The graph's float input only.
    std::vector<float> scale;
    std::vector<Value> terms;                             // An unfinished sum of two tensors.
    float low = -std::numeric_limits<float>::infinity();  // Clamped to, in real numbers.
    float high = std::numeric_limits<float>::infinity();
    bool is_int8 = false;
  };

  Value value(const OnnxNode& node, std::size_t input) const;
  const std::vector<float>& floats(const OnnxNode& node, std::size_t input) const;
  float scalar(const OnnxNode& node, std::size_t input) const { return floats(node, input)[0]; }
  std::int64_t zero(const OnnxNode& node, std::size_t input) const;
  static Value constant(const OnnxTensor& tensor);

  void execute(const OnnxNode& node);
  Value quantise(const OnnxNode& node) const;
  Value dequantise(const OnnxNode& node) const;
  static std::vector<std::int64_t> round(const Value& x, float scale, std::int64_t zero);
  Value qlinear(const OnnxNode& node, bool conv) const;
  Value convolve(const OnnxNode& node, const Value& x, const Value& w) const;
  Value multiply(const OnnxNode& node, const Value& x, const Value& w) const;
  Value multiply_scales(const OnnxNode& node, Value acc, const Value& x, const Value& w) const;
  Value product(const OnnxNode& node, bool conv) const;
  Value add(const OnnxNode& node) const;
  Value max_pool(const OnnxNode& node) const;
  Value average(const OnnxNode& node) const;
  Value clamp(const OnnxNode& node) const;
  Value reshape(const OnnxNode& node) const;
  void add_bias(const OnnxNode& node, Value& acc, const Value& bias) const;

  const OnnxGraph& graph_;
  std::map<std::string, Value> values_;
};

}  // namespace cvp
