// SPDX-License-Identifier: Apache-2.0
//
// The network as the NPU sees it: a row of integer layers over INT8 activations.
//
// Lowering turns ONNX's quantised operators, and its float operators between DequantizeLinear and
// QuantizeLinear (QDQ form), into five kinds of layers. Meaning of a layer with weights:
//
//   acc = bias + sum(x * w)                      x raw INT8, padding reads as x's zero point
//   y   = clamp(round_half_even(float(acc) * scale) + zero_point, low, high)
//
// The input's zero point is folded into the bias, ReLU and Clip into low and high. Scales are
// float(float(x_scale * w_scale) / y_scale), as ONNX Runtime computes them. Shapes are those of one
// image: the batch is the compiler's choice.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sw/compiler/onnx_graph.h"

namespace cvp {

struct Shape {
  int channels = 1, height = 1, width = 1;
  std::uint64_t elements() const { return std::uint64_t{1} * channels * height * width; }
  bool operator==(const Shape&) const = default;
};

/// An INT8 tensor in memory.
struct Activation {
  std::string name;  ///< Of the tensor in the ONNX file.
  Shape shape;
};

enum class LayerKind { kConvolution, kFullyConnected, kMaxPool, kAveragePool, kAdd };
const char* to_string(LayerKind kind);

struct Window {
  int kernel_height = 1, kernel_width = 1;
  int stride_height = 1, stride_width = 1;
  int dilation_height = 1, dilation_width = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
};

struct Layer {
  LayerKind kind = LayerKind::kConvolution;
  std::string node;         ///< The ONNX node, for messages.
  std::vector<int> inputs;  ///< Indices of activations; two for kAdd.
  int output = 0;
  Window window;  ///< Convolution and pooling.
  int fill = 0;   ///< What padding reads as.
  std::vector<std::int8_t>
      weights;                     ///< Convolution [out][in][ky][kx]; else [in, in CHW order][out].
  std::vector<std::int32_t> bias;  ///< An output channel.
  std::vector<float> scale;        ///< An output channel; average pooling: one.
  int zero_point = 0, low = -128, high = 127;
  float scale_a = 0, scale_b = 0;  ///< kAdd.
};

/// How the float side of the network's input or output relates to its INT8 tensor.
struct Quantisation {
  bool is_float = false;  ///< False: the graph's own type is INT8.
  float scale = 1;
  int zero_point = 0;
};

struct Network {
  std::string name;
  std::string file;
  std::vector<Activation> activations;
  std::vector<Layer> layers;
  int input = 0, output = 0;  ///< Activations.
  Quantisation input_quantisation, output_quantisation;
  std::vector<std::int64_t> input_dims, output_dims;  ///< As in the file.

  /// Input and output lie in memory in ONNX's channels-first order, all others channels-last.
  bool channels_first(int activation) const { return activation == input || activation == output; }
  std::uint64_t macs(const Layer& layer) const;  ///< Useful ones, an image.
};

/// Throws CompileError naming the node.
Network lower(const OnnxGraph& graph);

}  // namespace cvp
