// SPDX-License-Identifier: Apache-2.0
//
// The symbol table, constants, the network's input and output.
#include <algorithm>
#include <cmath>

#include "sw/compiler/lowering.h"

namespace cvp {

void Lowering::read_input() {
  if (graph_.inputs.size() != 1) {
    throw CompileError(graph_.file, "",
                       "has " + std::to_string(graph_.inputs.size()) + " inputs; expected one");
  }
  const OnnxValue& input = graph_.inputs[0];
  if (input.type != ElementType::kFloat32 && input.type != ElementType::kInt8) {
    throw CompileError(
        graph_.file, "",
        "input '" + input.name + "' is " + to_string(input.type) + "; expected FLOAT or INT8");
  }
  if (input.dims.size() != 2 && input.dims.size() != 4) {
    throw CompileError(graph_.file, "",
                       "input '" + input.name + "' has " + std::to_string(input.dims.size()) +
                           " dimensions; expected 2 or 4");
  }
  for (std::size_t d = 1; d < input.dims.size(); ++d) {
    if (input.dims[d] > kMaxDimension) {
      throw CompileError(
          graph_.file, "",
          "input '" + input.name + "' has a dimension above " + std::to_string(kMaxDimension));
    }
  }
  Symbol symbol;
  symbol.kind = input.type == ElementType::kInt8 ? Symbol::Kind::kQuantised : Symbol::Kind::kInput;
  symbol.flat = input.dims.size() == 2;
  Shape shape{static_cast<int>(input.dims[1]), 1, 1};
  if (!symbol.flat) {
    shape.height = static_cast<int>(input.dims[2]);
    shape.width = static_cast<int>(input.dims[3]);
  }
  network_.activations.push_back({input.name, shape});
  network_.input_dims = input.dims;
  symbols_[input.name] = symbol;
}

void Lowering::finish_output() {
  if (graph_.outputs.size() != 1) {
    throw CompileError(graph_.file, "",
                       "has " + std::to_string(graph_.outputs.size()) + " outputs; expected one");
  }
  const OnnxValue& output = graph_.outputs[0];
  const auto found = symbols_.find(output.name);
  if (found == symbols_.end() || (found->second.kind != Symbol::Kind::kQuantised &&
                                  found->second.kind != Symbol::Kind::kDequantised)) {
    throw CompileError(
        graph_.file, "",
        "output '" + output.name + "' is no INT8 tensor, nor one behind DequantizeLinear");
  }
  const Symbol& symbol = found->second;
  if (network_.layers.empty() || symbol.activation == network_.input) {
    throw CompileError(graph_.file, "", "computes nothing: the output is the input");
  }
  network_.output = symbol.activation;
  if (symbol.kind == Symbol::Kind::kDequantised) {
    network_.output_quantisation = {true, symbol.scale[0], symbol.zero_point};
  }
  const Shape& shape = network_.activations[symbol.activation].shape;
  network_.output_dims = {1, static_cast<std::int64_t>(shape.elements())};
  if (!symbol.flat) network_.output_dims = {1, shape.channels, shape.height, shape.width};
  for (Activation& activation : network_.activations) {
    if (activation.name.empty()) activation.name = output.name;
  }
}

const Lowering::Symbol& Lowering::symbol(const OnnxNode& node, std::size_t input) const {
  const auto found = symbols_.find(node.input(input));
  if (found == symbols_.end()) {
    graph_.fail(node, "input " + std::to_string(input) + " ('" + node.input(input) +
                          "') must be an activation" +
                          (graph_.constant(node.input(input)) ? ", not a constant" : ""));
  }
  return found->second;
}

const Lowering::Symbol& Lowering::quantised(const OnnxNode& node, std::size_t input) const {
  const Symbol& found = symbol(node, input);
  if (found.kind != Symbol::Kind::kQuantised) {
    graph_.fail(node, "input " + std::to_string(input) + " ('" + node.input(input) +
                          "') must be an INT8 activation");
  }
  return found;
}

const Lowering::Symbol& Lowering::dequantised(const OnnxNode& node, std::size_t input) const {
  const Symbol& found = symbol(node, input);
  if (found.kind != Symbol::Kind::kDequantised) {
    graph_.fail(node, "input " + std::to_string(input) + " ('" + node.input(input) +
                          "') is float; the NPU needs it quantised: DequantizeLinear before " +
                          node.op);
  }
  return found;
}

Lowering::Symbol Lowering::new_activation(const OnnxNode& node, const Shape& shape) {
  if (shape.channels > kMaxDimension || shape.height > kMaxDimension ||
      shape.width > kMaxDimension) {
    graph_.fail(node, "its result has a dimension above " + std::to_string(kMaxDimension));
  }
  Symbol symbol;
  symbol.activation = static_cast<int>(network_.activations.size());
  network_.activations.push_back({node.outputs[0], shape});
  return symbol;
}

Lowering::Symbol Lowering::add_layer(const OnnxNode& node, Layer layer, const Shape& out) {
  for (const float scale : layer.scale) {
    if (!std::isfinite(scale)) graph_.fail(node, "its scales overflow FP32");
  }
  if (!std::isfinite(layer.scale_a) || !std::isfinite(layer.scale_b)) {
    graph_.fail(node, "its scales overflow FP32");
  }
  Symbol symbol = new_activation(node, out);
  layer.node = node.name;
  layer.output = symbol.activation;
  network_.layers.push_back(std::move(layer));
  return symbol;
}

std::size_t Lowering::uses(const std::string& tensor) const {
  std::size_t count = 0;
  for (const OnnxNode& node : graph_.nodes) {
    count += std::count(node.inputs.begin(), node.inputs.end(), tensor);
  }
  for (const OnnxValue& output : graph_.outputs) count += output.name == tensor;
  return count;
}

const OnnxTensor& Lowering::constant(const OnnxNode& node, std::size_t input) const {
  const OnnxTensor* tensor = graph_.constant(node.input(input));
  if (tensor == nullptr) {
    graph_.fail(node, "input " + std::to_string(input) +
                          (node.input(input).empty()
                               ? " is missing"
                               : " ('" + node.input(input) + "') must be an initialiser"));
  }
  return *tensor;
}

float Lowering::scalar_scale(const OnnxNode& node, std::size_t input) const {
  const std::vector<float> values = scales(node, input);
  if (values.size() != 1) graph_.fail(node, "scale '" + node.inputs[input] + "' must be one value");
  return values[0];
}

std::vector<float> Lowering::scales(const OnnxNode& node, std::size_t input) const {
  const OnnxTensor& tensor = constant(node, input);
  const auto usable = [](float scale) { return std::isfinite(scale) && scale > 0; };
  if (tensor.floats.empty() || !std::all_of(tensor.floats.begin(), tensor.floats.end(), usable)) {
    graph_.fail(node, "scale '" + node.inputs[input] + "' must be positive FLOAT");
  }
  return tensor.floats;
}

int Lowering::zero_point(const OnnxNode& node, std::size_t input) const {
  const std::string name = node.input(input);
  if (name.empty()) {
    graph_.fail(node, "without a zero point its type is UINT8; the NPU has INT8: give an INT8 one");
  }
  const OnnxTensor& tensor = constant(node, input);
  if (tensor.type != ElementType::kInt8) {
    graph_.fail(node, "zero point '" + name + "' is " + to_string(tensor.type) +
                          "; activations must be INT8");
  }
  if (tensor.size() != 1) graph_.fail(node, "zero point '" + name + "' must be one value");
  return static_cast<int>(tensor.integers[0]);
}

void Lowering::check_zero(const OnnxNode& node, std::size_t input) const {
  if (node.input(input).empty()) return;
  const OnnxTensor& tensor = constant(node, input);
  const auto is_zero = [](std::int64_t value) { return value == 0; };
  if (!tensor.floats.empty() ||
      !std::all_of(tensor.integers.begin(), tensor.integers.end(), is_zero)) {
    graph_.fail(node, "zero point '" + node.inputs[input] +
                          "' of constants must be 0 (symmetric quantisation)");
  }
}

}  // namespace cvp
