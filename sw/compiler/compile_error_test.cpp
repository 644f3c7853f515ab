// SPDX-License-Identifier: Apache-2.0
#include <onnx/onnx_pb.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <random>
#include <sstream>

#include "sw/compiler/compiler.h"
#include "sw/compiler/test_model.h"

using namespace cvp;
using cvp::test::message;
using cvp::test::small_model;
using cvp::test::TestModel;
using Type = TestModel::Type;

namespace {

onnx::NodeProto& node(TestModel& model, int index) {
  return *model.proto().mutable_graph()->mutable_node(index);
}

onnx::TensorProto& initializer(TestModel& model, const std::string& name) {
  for (auto& tensor : *model.proto().mutable_graph()->mutable_initializer()) {
    if (tensor.name() == name) return tensor;
  }
  throw std::logic_error("no initialiser " + name);
}

}  // namespace

TEST_CASE("A sound model compiles, its batch dimension symbolic", "[compile-error]") {
  CHECK(message(small_model().bytes()) == "");
}

TEST_CASE("Broken protobuf is named as such", "[compile-error]") {
  const std::string bytes = small_model().bytes();
  const std::string expected = "m.onnx: is no ONNX model: broken or truncated protobuf";
  CHECK(message("") == expected);
  CHECK(message("this is no protobuf") == expected);
  CHECK(message(bytes.substr(0, bytes.size() - 7)) == expected);
}

TEST_CASE("A file that cannot be read is named", "[compile-error]") {
  CHECK_THROWS_WITH(compile_file("/nonexistent/m.onnx", {}),
                    "/nonexistent/m.onnx: cannot be read; expected an ONNX model");
}

TEST_CASE("An undefined input names its node", "[compile-error]") {
  TestModel model = small_model();
  node(model, 1).set_input(3, "lost");
  CHECK(message(model.bytes()) ==
        "m.onnx: node 'the_y': input 'lost' is neither an input of the graph, nor an initialiser, "
        "nor the output of an earlier node");
}

TEST_CASE("Weights that are no initialiser name the node", "[compile-error]") {
  TestModel model = small_model();
  node(model, 1).set_input(3, "x");
  CHECK(message(model.bytes()) == "m.onnx: node 'the_y': input 3 ('x') must be an initialiser");
}

TEST_CASE("An unsupported operator names the node", "[compile-error]") {
  TestModel model = small_model();
  node(model, 2).set_op_type("LSTM");
  CHECK(message(model.bytes()) ==
        "m.onnx: node 'the_p': operator LSTM is not supported by the NPU");
  node(model, 2).set_domain("com.example");
  CHECK(message(model.bytes()) ==
        "m.onnx: node 'the_p': operator com.example.LSTM is not supported by the NPU");
}

TEST_CASE("A float network says what it needs", "[compile-error]") {
  TestModel model;
  model.input("x", Type::kFloat, {1, 1, 4, 4})
      .output("y", Type::kFloat, {1, 1, 4, 4})
      .constant("w", {1.0f}, {1, 1, 1, 1})
      .node("Conv", {"x", "w"}, "y");
  CHECK(message(model.bytes()) ==
        "m.onnx: node 'the_y': input 0 ('x') is float; the NPU needs it "
        "quantised: DequantizeLinear before Conv");
}

TEST_CASE("Unsupported types are named", "[compile-error]") {
  SECTION("of the input") {
    TestModel model = small_model();
    model.proto()
        .mutable_graph()
        ->mutable_input(0)
        ->mutable_type()
        ->mutable_tensor_type()
        ->set_elem_type(onnx::TensorProto::DOUBLE);
    CHECK(message(model.bytes()) == "m.onnx: input 'image' has the unsupported type DOUBLE");
  }
  SECTION("of an initialiser") {
    TestModel model = small_model();
    initializer(model, "bias").set_data_type(onnx::TensorProto::FLOAT16);
    CHECK(message(model.bytes()) == "m.onnx: initialiser 'bias' has the unsupported type FLOAT16");
  }
  SECTION("of a zero point") {
    TestModel model = small_model();
    initializer(model, "y_zero").set_data_type(onnx::TensorProto::UINT8);
    CHECK(message(model.bytes()) ==
          "m.onnx: node 'the_y': zero point 'y_zero' is UINT8; activations must be INT8");
  }
}

TEST_CASE("A dynamic dimension other than the batch is named", "[compile-error]") {
  TestModel model = small_model();
  model.proto()
      .mutable_graph()
      ->mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(2)
      ->set_dim_param("height");
  CHECK(message(model.bytes()) ==
        "m.onnx: input 'image' has a dynamic or impossible dimension 2 "
        "('height'); every one but the batch must be a number");
}

TEST_CASE("An initialiser with too few values is named", "[compile-error]") {
  TestModel model = small_model();
  initializer(model, "w").mutable_int32_data()->RemoveLast();
  CHECK(message(model.bytes()) == "m.onnx: initialiser 'w' holds 71 values where its shape has 72");
}

TEST_CASE("Weights for other channels name the node", "[compile-error]") {
  TestModel model = small_model();
  initializer(model, "w").set_dims(0, 2);
  initializer(model, "w").set_dims(1, 4);
  CHECK(message(model.bytes()) ==
        "m.onnx: node 'the_y': weights are for 4 channels, its input has 2");
}

TEST_CASE("A network that does not fit the scratchpad says how much it needs", "[compile-error]") {
  const OnnxGraph graph = read_onnx_file(std::string(CVP_SOURCE_DIR) + "/data/digits/digits.onnx");
  CompileOptions options;
  options.geometry.scratchpad_bytes = 8000;
  // Two of each: 512 x 10 weights with 10 biases and scales (5248), the input of one image row or
  // vector (512), an accumulator row of conv2 (8 pixels x 16 x 4 + padding) and an output row.
  CHECK_THROWS_WITH(compile(graph, options),
                    Catch::Contains("node 'dense': does not fit the scratchpad: with the smallest "
                                    "tiles the network needs ") &&
                        Catch::EndsWith(" bytes, there are 8000"));
}

TEST_CASE("A network that does not fit the HBM says how much it needs", "[compile-error]") {
  const OnnxGraph graph = read_onnx_file(std::string(CVP_SOURCE_DIR) + "/data/digits/digits.onnx");
  CompileOptions options;
  options.batch = 10;
  options.hbm_bytes = 10 * (1024 + 2048 + 512);  // Ten images' activations and nothing else.
  CHECK_THROWS_WITH(compile(graph, options),
                    Catch::Contains("digits.onnx: does not fit the HBM: ") &&
                        Catch::EndsWith(" bytes, there are 35840"));
  options.hbm_bytes += 64 * 1024;
  CHECK_NOTHROW(compile(graph, options));
}

TEST_CASE("Options out of range are refused", "[compile-error]") {
  CompileOptions options;
  options.batch = 0;
  const OnnxGraph graph = parse_onnx(small_model().bytes(), "m.onnx");
  CHECK_THROWS_AS(compile(graph, options), std::invalid_argument);
}

TEST_CASE("Mutated files never crash the compiler", "[compile-error][fuzz]") {
  std::ifstream stream(std::string(CVP_SOURCE_DIR) + "/data/digits/digits.onnx", std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  REQUIRE(text.str().size() > 10000);
  const std::string seeds[] = {text.str(), small_model().bytes(), test::random_model(1).bytes(),
                               test::random_model(3).bytes()};
  std::mt19937 random(4711);
  int compiled = 0, refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = seeds[round % 4];
    const int changes = 1 + static_cast<int>(random() % 4);
    for (int i = 0; i < changes && !bytes.empty(); ++i) {
      const std::size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
          break;
        case 2:
          bytes.erase(at, 1 + random() % 8);
          break;
        default:
          bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 16));
      }
    }
    CompileOptions options;
    options.batch = 1 + random() % 4;
    (message(bytes, options).empty() ? compiled : refused)++;
  }
  CHECK(compiled > 0);
  CHECK(refused > 1000);
}
