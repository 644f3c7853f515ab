// SPDX-License-Identifier: Apache-2.0
//
// An ONNX file as plain data: what the compiler and the reference executor have in common.
//
// The reader checks form only: the file parses and is of operator sets 10 to 13, every tensor has
// the bytes that its dimensions ask for, every attribute holds what its type says, every input of a
// node is known, every name is given once. It knows no operator but Constant, whose value becomes
// an initialiser. Protobuf stays inside onnx_graph.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sw/compiler/compile_error.h"

namespace cvp {

enum class ElementType { kFloat32, kInt8, kUint8, kInt32, kInt64 };
const char* to_string(ElementType type);

/// A constant. `floats` holds the values of kFloat32, `integers` those of the other types.
struct OnnxTensor {
  ElementType type = ElementType::kFloat32;
  std::vector<std::int64_t> dims;
  std::vector<float> floats;
  std::vector<std::int64_t> integers;

  std::size_t size() const { return floats.size() + integers.size(); }
};

struct OnnxAttribute {
  std::string type;  ///< As ONNX calls it: INT, FLOAT, STRING, INTS; only these are kept.
  std::optional<std::int64_t> integer;
  std::optional<float> number;
  std::vector<std::int64_t> integers;
  std::string text;
};

struct OnnxNode {
  std::string name;  ///< Made up from operator and position when the file gives none.
  std::string op;    ///< With its domain in front when that is not ONNX's own.
  std::vector<std::string> inputs;  ///< Empty name: optional input left out.
  std::vector<std::string> outputs;
  std::map<std::string, OnnxAttribute> attributes;

  std::int64_t integer(const std::string& attribute, std::int64_t otherwise) const;
  std::vector<std::int64_t> integers(const std::string& attribute) const;
  /// The name of input `index`; empty when absent.
  std::string input(std::size_t index) const;
};

/// A graph input or output. The batch dimension reads as 1 when it is symbolic.
struct OnnxValue {
  std::string name;
  ElementType type = ElementType::kFloat32;
  std::vector<std::int64_t> dims;
};

struct OnnxGraph {
  std::string file;
  std::string name;
  std::int64_t opset = 0;
  std::vector<OnnxValue> inputs;  ///< Without those that are initialisers.
  std::vector<OnnxValue> outputs;
  std::map<std::string, OnnxTensor> constants;
  std::vector<OnnxNode> nodes;  ///< In an order in which every input precedes its use.

  const OnnxTensor* constant(const std::string& name) const;
  [[noreturn]] void fail(const OnnxNode& node, const std::string& what) const;
};

/// Throws CompileError. `file` names the source in messages.
OnnxGraph read_onnx_file(const std::string& file);
OnnxGraph parse_onnx(const std::string& bytes, const std::string& file);

}  // namespace cvp
