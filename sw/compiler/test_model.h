// SPDX-License-Identifier: Apache-2.0
//
// Test only: ONNX files from a few lines.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sw/compiler/compiler.h"

namespace onnx {
class ModelProto;
class NodeProto;
}  // namespace onnx

namespace cvp::test {

class TestModel {
 public:
  using Ints = std::vector<std::int64_t>;
  using Names = std::vector<std::string>;
  using Attributes = std::vector<std::pair<std::string, Ints>>;  // One number: an INT attribute.

  enum class Type { kFloat, kInt8, kUint8, kInt32, kInt64, kFloat16 };

  TestModel();
  ~TestModel();
  TestModel(TestModel&&) noexcept;

  TestModel& input(const std::string& name, Type type, const Ints& dims);
  /// A dimension of -1 is symbolic.
  TestModel& output(const std::string& name, Type type, const Ints& dims);
  TestModel& constant(const std::string& name, Type type, const Ints& dims, const Ints& values);
  TestModel& constant(const std::string& name, const std::vector<float>& values,
                      const Ints& dims = {});
  TestModel& node(const std::string& op, const Names& inputs, const std::string& output,
                  const Attributes& attributes = {}, const std::string& domain = "");
  onnx::ModelProto& proto() { return *model_; }

  std::string bytes() const;

 private:
  std::unique_ptr<onnx::ModelProto> model_;
};

/// A working model: input float [1, 2, 6, 6], QuantizeLinear, QLinearConv 3x3 to 4 channels,
/// MaxPool, DequantizeLinear. Tests break it in one place.
TestModel small_model();

/// A model of random layers, sizes and windows, from `seed`; QDQ or QLinear form.
TestModel random_model(unsigned seed);

/// What compiling the bytes of `m.onnx` says; empty when it succeeds.
std::string message(const std::string& bytes, const CompileOptions& options = {});

}  // namespace cvp::test
