// SPDX-License-Identifier: Apache-2.0
//
// Which operators there are, and what the ONNX operator specification defines of each in operator
// sets 10 to 13: inputs at most, attributes and their types. Whatever else a node has would change
// what it means without a trace, so it is an error.
#include <algorithm>

#include "sw/compiler/lowering.h"

namespace cvp {

const std::map<std::string, Lowering::Operator>& Lowering::operators() {
  static const std::vector<AttributeRule> kWindow = {
      {"auto_pad", "STRING"},   {"dilations", "INTS"}, {"group", "INT"},
      {"kernel_shape", "INTS"}, {"pads", "INTS"},      {"strides", "INTS"}};
  static const std::vector<AttributeRule> kPool = {
      {"auto_pad", "STRING"},   {"ceil_mode", "INT"}, {"dilations", "INTS"},
      {"kernel_shape", "INTS"}, {"pads", "INTS"},     {"strides", "INTS"},
      {"storage_order", "INT"}};
  static const std::vector<AttributeRule> kGemm = {
      {"alpha", "FLOAT"}, {"beta", "FLOAT"}, {"transA", "INT"}, {"transB", "INT"}};
  static const std::map<std::string, Operator> kOperators = {
      {"QuantizeLinear", {&Lowering::quantize_linear, 3, {{"axis", "INT", 13}}}},
      {"DequantizeLinear", {&Lowering::dequantize_linear, 3, {{"axis", "INT", 13}}}},
      {"QLinearConv", {&Lowering::qlinear_conv, 9, kWindow}},
      {"QLinearMatMul", {&Lowering::qlinear_matmul, 8, {}}},
      {"Conv", {&Lowering::conv, 3, kWindow}},
      {"Gemm", {&Lowering::gemm, 3, kGemm}},
      {"MatMul", {&Lowering::matmul, 2, {}}},
      {"MaxPool", {&Lowering::max_pool, 1, kPool}},
      {"GlobalAveragePool", {&Lowering::global_average_pool, 1, {}}},
      {"Add", {&Lowering::add, 2, {}}},
      {"Relu", {&Lowering::relu, 1, {}}},
      {"Clip", {&Lowering::clip, 3, {}, 11}},  // Before, its limits were attributes.
      {"Reshape", {&Lowering::reshape, 2, {}}},
      {"Flatten", {&Lowering::reshape, 1, {{"axis", "INT"}}}},
  };
  return kOperators;
}

Network Lowering::run() {
  network_.name = graph_.name;
  network_.file = graph_.file;
  read_input();
  for (const OnnxNode& node : graph_.nodes) {
    const auto found = operators().find(node.op);
    if (found == operators().end()) {
      graph_.fail(node, "operator " + node.op + " is not supported by the NPU");
    }
    check_form(node, found->second);
    (this->*found->second.handler)(node);
  }
  finish_output();
  return std::move(network_);
}

void Lowering::check_form(const OnnxNode& node, const Operator& op) const {
  const std::string version = node.op + " of operator set " + std::to_string(graph_.opset);
  if (graph_.opset < op.since) {
    graph_.fail(node, version + " is not supported; expected operator set " +
                          std::to_string(op.since) + " or later");
  }
  if (node.inputs.size() > op.inputs) {
    graph_.fail(node, "has " + std::to_string(node.inputs.size()) + " inputs; expected at most " +
                          std::to_string(op.inputs) + " of " + version);
  }
  for (const auto& [name, attribute] : node.attributes) {
    const std::string problem = op.problem(name, attribute.type, graph_.opset);
    if (!problem.empty()) graph_.fail(node, problem);
  }
}

std::string Lowering::Operator::problem(const std::string& name, const std::string& type,
                                        std::int64_t opset) const {
  const std::string who = "attribute '" + name + "' is ";
  std::string known;
  for (const AttributeRule& each : attributes) {
    if (opset < each.since) continue;
    if (name == each.name) return type == each.type ? "" : who + type + "; expected " + each.type;
    known += known.empty() ? "" : ", ";
    known += each.name;
  }
  return who + "unknown in operator set " + std::to_string(opset) + "; expected " +
         (known.empty() ? "none" : "one of: " + known);
}

}  // namespace cvp
