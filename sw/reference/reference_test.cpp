// SPDX-License-Identifier: Apache-2.0
#include "sw/reference/reference.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>

#include "sw/compiler/dataset.h"
#include "sw/compiler/test_model.h"
#include "tests/harness/scratch_directory.h"

using namespace cvp;
using cvp::test::TestModel;
using Type = TestModel::Type;

namespace {

const std::string kSource = CVP_SOURCE_DIR;

/// What scripts/check_digits.py --layers writes.
class LayersFile {
 public:
  explicit LayersFile(std::string bytes) : bytes_(std::move(bytes)) {}
  std::uint32_t number() {
    std::uint32_t value;
    std::memcpy(&value, take(4).data(), 4);
    return value;
  }
  std::string take(std::size_t count) {
    REQUIRE(at_ + count <= bytes_.size());
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

}  // namespace

TEST_CASE("The reference equals numpy on all test digits and every layer", "[reference]") {
  const ScratchDirectory scratch;
  const std::string command = "/usr/bin/python3 " + kSource + "/scripts/check_digits.py --layers " +
                              scratch.path("layers") + " >/dev/null";
  REQUIRE(std::system(command.c_str()) == 0);
  LayersFile file(scratch.read("layers"));

  const OnnxGraph graph = read_onnx_file(kSource + "/data/digits/digits.onnx");
  const Dataset dataset = read_csv(kSource + "/data/digits/digits.csv.gz", 64).last(500);
  Reference reference(graph);
  std::vector<std::vector<ReferenceLayer>> results;
  for (const auto& image : dataset.images) results.push_back(reference.run(image));

  const std::uint32_t layers = file.number();
  REQUIRE(layers == 6);
  REQUIRE(results[0].size() == layers);
  for (std::uint32_t l = 0; l < layers; ++l) {
    const std::string name = file.take(file.number());
    INFO(name);
    CHECK(name == results[0][l].tensor);
    const std::size_t size = results[0][l].data.size();
    REQUIRE(file.number() == 500 * size);
    std::size_t different = 0;
    for (const auto& result : results) {
      const std::string expected = file.take(size);
      different += std::memcmp(expected.data(), result[l].data.data(), size) != 0;
    }
    CHECK(different == 0);
  }
}

TEST_CASE("The reference rounds half to even and saturates", "[reference]") {
  TestModel model;
  model.input("x", Type::kFloat, {1, 6})
      .output("y", Type::kInt8, {1, 6})
      .constant("s", {2.0f})
      .constant("z", Type::kInt8, {}, {1})
      .node("QuantizeLinear", {"x", "s", "z"}, "y");
  const OnnxGraph graph = parse_onnx(model.bytes(), "round.onnx");
  const std::vector<float> image = {1, 3, 5, -1, 1000, -1000};
  // ONNX QuantizeLinear: round(x / 2) to even, plus the zero point.
  const std::vector<std::int8_t> expected = {1, 3, 3, 1, 127, -128};
  CHECK(Reference(graph).run(image).back().data == expected);
}

TEST_CASE("The reference pads with the zero point", "[reference]") {
  TestModel model;
  model.input("x", Type::kInt8, {1, 1, 1, 1})
      .output("y", Type::kInt8, {1, 1, 3, 3})
      .constant("s", {1.0f})
      .constant("z", Type::kInt8, {}, {5})
      .constant("zy", Type::kInt8, {}, {0})
      .constant("w", Type::kInt8, {1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9})
      .node("QLinearConv", {"x", "s", "z", "w", "s", "zy", "s", "zy"}, "y",
            {{"pads", {2, 2, 2, 2}}});
  const OnnxGraph graph = parse_onnx(model.bytes(), "pad.onnx");
  // One pixel of real value 8 - 5 = 3 meets every weight once, flipped.
  const std::vector<std::int8_t> expected = {27, 24, 21, 18, 15, 12, 9, 6, 3};
  CHECK(Reference(graph).run(std::vector<float>{8}).back().data == expected);
}
