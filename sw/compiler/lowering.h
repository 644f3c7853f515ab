// SPDX-License-Identifier: Apache-2.0
//
// From ONNX nodes to layers, node by node in the file's order. Private to the compiler.
//
// Every tensor name stands for a Symbol. QuantizeLinear and the QLinear operators make INT8 tensors
// (kQuantised); a float tensor is never computed: it is a view of an INT8 tensor (kDequantised), a
// constant, or a layer whose accumulators wait for the QuantizeLinear that says how to requantise
// them (kPending). A float operator on anything else cannot be done in integers and is an error.
#pragma once

#include <limits>
#include <map>
#include <string>
#include <vector>

#include "sw/compiler/network.h"

namespace cvp {

/// Of every dimension: what NPU commands can count.
constexpr int kMaxDimension = 65535;

class Lowering {
 public:
  explicit Lowering(const OnnxGraph& graph) : graph_(graph) {}
  Network run();

 private:
  struct Symbol {
    enum class Kind { kInput, kQuantised, kDequantised, kConstant, kPending };
    Kind kind = Kind::kQuantised;
    int activation = 0;
    bool flat = false;         // [batch, elements] instead of [batch, channels, height, width].
    std::vector<float> scale;  // kDequantised: one; kConstant: one or one a channel.
    int zero_point = 0;        // kDequantised.
    const OnnxTensor* tensor = nullptr;  // kConstant.
    int axis = 0;                        // kConstant: of the scales.
    Layer layer;                         // kPending: zero point and clamps still open.
    Shape shape;                         // kPending: of the result.
    float clip_low = -std::numeric_limits<float>::infinity();  // kPending.
    float clip_high = std::numeric_limits<float>::infinity();
    bool has_bias = false;  // kPending.
  };
  /// Weights as integers, and how they are laid out.
  struct Weights {
    const OnnxTensor* tensor;
    std::vector<float> scale;
    int axis;  // Of per-channel scales.
  };

  struct AttributeRule {
    const char* name;
    const char* type;
    std::int64_t since = 0;  // Operator set.
  };
  struct Operator {
    void (Lowering::*handler)(const OnnxNode&);
    std::size_t inputs;  // At most.
    std::vector<AttributeRule> attributes;
    std::int64_t since = 0;  // Operator set.
    /// Why an attribute may not be given; empty when it may.
    std::string problem(const std::string& name, const std::string& type, std::int64_t opset) const;
  };
  static const std::map<std::string, Operator>& operators();
  void check_form(const OnnxNode& node, const Operator& op) const;

  // Operators.
  void quantize_linear(const OnnxNode& node);
  void dequantize_linear(const OnnxNode& node);
  void qlinear_conv(const OnnxNode& node);
  void qlinear_matmul(const OnnxNode& node);
  void conv(const OnnxNode& node);
  void gemm(const OnnxNode& node);
  void matmul(const OnnxNode& node);
  void max_pool(const OnnxNode& node);
  void global_average_pool(const OnnxNode& node);
  void add(const OnnxNode& node);
  void relu(const OnnxNode& node);
  void clip(const OnnxNode& node);
  void reshape(const OnnxNode& node);

  // Parts of them.
  Layer convolution(const OnnxNode& node, const Symbol& x, int x_zero, const Weights& weights,
                    Shape& out) const;
  Layer fully_connected(const OnnxNode& node, const Symbol& x, const Weights& weights,
                        bool transposed, Shape& out) const;
  void fold_zero_point(Layer& layer, int x_zero) const;
  int axis(const OnnxNode& node, int rank) const;
  Window window(const OnnxNode& node, const Shape& in, std::int64_t kernel_height,
                std::int64_t kernel_width) const;
  Shape sliding(const OnnxNode& node, const Window& window, const Shape& in, int channels) const;
  std::vector<float> accumulator_scales(const OnnxNode& node, float x_scale, const Weights& weights,
                                        int channels, int axis) const;
  void set_float_bias(const OnnxNode& node, Layer& layer, const std::string& name) const;
  void clamp_pending(Symbol& pending, float low, float high);
  void clamp_quantised(const OnnxNode& node, const Symbol& x, int low, int high);
  void finish_pending(const OnnxNode& node, Symbol pending, float scale, int zero_point);

  // The symbol table.
  const Symbol& symbol(const OnnxNode& node, std::size_t input) const;
  const Symbol& quantised(const OnnxNode& node, std::size_t input) const;
  const Symbol& dequantised(const OnnxNode& node, std::size_t input) const;
  void define(const OnnxNode& node, Symbol symbol) {
    symbols_[node.outputs[0]] = std::move(symbol);
  }
  Symbol new_activation(const OnnxNode& node, const Shape& shape);
  Symbol add_layer(const OnnxNode& node, Layer layer, const Shape& out);
  std::size_t uses(const std::string& tensor) const;

  // Constants.
  const OnnxTensor& constant(const OnnxNode& node, std::size_t input) const;
  float scalar_scale(const OnnxNode& node, std::size_t input) const;
  std::vector<float> scales(const OnnxNode& node, std::size_t input) const;
  int zero_point(const OnnxNode& node, std::size_t input) const;
  void check_zero(const OnnxNode& node, std::size_t input) const;

  void read_input();
  void finish_output();

  const OnnxGraph& graph_;
  Network network_;
  std::map<std::string, Symbol> symbols_;
};

}  // namespace cvp
