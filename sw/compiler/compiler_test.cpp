// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/compiler.h"

#include <map>
#include <random>
#include <set>

#include "sw/compiler/program_bench.h"
#include "sw/compiler/test_model.h"

using namespace cvp;
using cvp::test::ProgramBench;

namespace {

const std::string kDigits = std::string(CVP_SOURCE_DIR) + "/data/digits/";

Dataset digits(std::size_t count) { return read_csv(kDigits + "digits.csv.gz", 64).last(count); }

Dataset random_images(const OnnxGraph& graph, std::size_t count, unsigned seed) {
  std::size_t values = 1;
  for (std::size_t d = 1; d < graph.inputs[0].dims.size(); ++d) values *= graph.inputs[0].dims[d];
  std::mt19937 random(seed);
  std::normal_distribution<float> value(0, 20);
  Dataset dataset;
  for (std::size_t i = 0; i < count; ++i) {
    dataset.images.emplace_back(values);
    for (float& v : dataset.images.back()) v = value(random);
  }
  return dataset;
}

CompileOptions options(std::uint32_t batch, bool keep_layers, std::uint32_t scratchpad) {
  CompileOptions o;
  o.batch = batch;
  o.keep_layers = keep_layers;
  o.geometry.scratchpad_bytes = scratchpad;
  return o;
}

}  // namespace

TEST_CASE("Compiled digits equal the reference in every layer", "[compiler]") {
  const OnnxGraph graph = read_onnx_file(kDigits + "digits.onnx");
  const Dataset dataset = digits(23);
  const CompileOptions o = GENERATE(options(5, true, 1 << 20), options(4, true, 30000),
                                    options(7, true, 14000), options(1, true, 60000));
  const CompiledProgram program = compile(graph, o);
  ProgramBench bench(program, dataset, 1);
  CHECK(bench.differences(graph, dataset) == 0);
  bench.check_traffic();
}

TEST_CASE("Layers that are not kept leave the outputs as they are", "[compiler]") {
  const OnnxGraph graph = read_onnx_file(kDigits + "digits.onnx");
  const Dataset dataset = digits(12);
  const CompiledProgram program = compile(graph, options(5, false, 1 << 20));
  CHECK(program.layer_bytes == 0);
  CHECK(program.scratch_bytes == 5 * (1024 + 2048 + 512));
  ProgramBench bench(program, dataset, 1);
  CHECK(bench.differences(graph, dataset) == 0);
}

TEST_CASE("Results do not depend on which queue is ahead", "[compiler]") {
  const OnnxGraph graph = read_onnx_file(kDigits + "digits.onnx");
  const Dataset dataset = digits(6);
  const CompiledProgram program = compile(graph, options(6, true, 24000));
  for (unsigned seed = 0; seed < 8; ++seed) {
    ProgramBench bench(program, dataset, seed);
    CHECK(bench.differences(graph, dataset) == 0);
  }
}

TEST_CASE("Random networks equal the reference on random geometries", "[compiler]") {
  std::set<std::string> kinds;
  int compiled = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    INFO("seed " << seed);
    const OnnxGraph graph = parse_onnx(test::random_model(seed).bytes(), "random.onnx");
    std::mt19937 random(seed);
    CompileOptions o = options(1 + random() % 5, true, 2000u << random() % 7);
    o.geometry.rows = 1 + random() % 20;
    o.geometry.columns = 1 + random() % 20;
    const Dataset dataset = random_images(graph, 1 + random() % 6, seed);
    try {
      const CompiledProgram program = compile(graph, o);
      ProgramBench bench(program, dataset, seed);
      REQUIRE(bench.differences(graph, dataset) == 0);
      bench.check_traffic();
      for (const LayerInfo& layer : program.layers) kinds.insert(layer.kind);
      ++compiled;
    } catch (const CompileError& error) {
      // The one legitimate refusal of these networks.
      CHECK(error.what_is_wrong.find("does not fit") != std::string::npos);
    }
  }
  CHECK(compiled >= 40);
  CHECK(kinds.size() == 5);
}

TEST_CASE("A missing wait gives wrong results in the interpreter", "[compiler]") {
  // The bench must be able to see what the semaphores are for.
  const OnnxGraph graph = read_onnx_file(kDigits + "digits.onnx");
  const Dataset dataset = digits(6);
  CompiledProgram program = compile(graph, options(6, true, 24000));
  const ProgramView view(program.program);
  for (std::size_t i = 0; i < view.commands.size(); ++i) {
    auto* command =
        reinterpret_cast<NpuCommand*>(program.program.data() + view.header.commands_offset) + i;
    if (command->head.opcode == kNpuOpLoad) std::memset(command->head.wait_count, 0, 4);
  }
  bool wrong = false;
  for (unsigned seed = 0; seed < 8 && !wrong; ++seed) {
    try {
      ProgramBench bench(program, dataset, seed);
      for (const LayerCheck& check : check_layers(program, graph, dataset, bench.reader())) {
        wrong = wrong || check.differences > 0;
      }
    } catch (const std::runtime_error&) {
      wrong = true;
    }
  }
  CHECK(wrong);
}

TEST_CASE("The plan of digits is the sum of its layers' tensors", "[compiler]") {
  const OnnxGraph graph = read_onnx_file(kDigits + "digits.onnx");
  const CompiledProgram program = compile(graph, options(25, true, 1 << 20));
  const RunPlan plan = plan_run(program);
  // By hand: each layer reads its input once and writes its output once, an image of 8 x 8.
  const std::uint64_t conv1 = 8 * 8 * 16, conv2 = 8 * 8 * 32, pool = 4 * 4 * 32;
  CHECK(plan.regions[NPU_JOB_REGION_INPUT] == RegionBytes{25 * 64, 0});
  CHECK(plan.regions[NPU_JOB_REGION_OUTPUT] == RegionBytes{0, 25 * 10});
  CHECK(plan.regions[NPU_JOB_REGION_LAYERS] ==
        RegionBytes{25 * (conv1 + conv2 + pool), 25 * (conv1 + conv2 + pool)});
  // Weights, then biases and scales of four bytes, in blocks of 64; three reads of the zero page.
  const std::uint64_t block1 = 9 * 16 + 8 * 16 + 48, block2 = 144 * 32 + 8 * 32;
  const std::uint64_t block3 = 512 * 10 + 8 * 10 + 48;
  CHECK((9 * 16 + 8 * 16 + 48) % 64 == 0);
  CHECK(plan.regions[NPU_JOB_REGION_CONSTANTS] ==
        RegionBytes{block1 + block2 + block3 + 3 * 64, 0});
  CHECK(plan.useful_macs == 25ull * (9 * 16 * 64 + 144 * 32 * 64 + 5120));
  // Tiles of 16 x 16: three kernel rows of 3, of 48 x 32, and one product of 512 x 10 for all.
  CHECK(plan.tiles == 25 * (3 + 3 * 3 * 2) + 32);
}

TEST_CASE("A job's shares cover its runs as the job contract says", "[compiler]") {
  const CompiledProgram program =
      compile(parse_onnx(test::small_model().bytes(), "small.onnx"), options(25, false, 1 << 16));
  const JobPlan job = plan_job(program, 490, 3);
  CHECK(job.runs == 20);
  REQUIRE(job.dies.size() == 3);
  CHECK(job.dies[0].runs == 6);
  CHECK(job.dies[1].first_run == 6);
  CHECK(job.dies[1].runs == 7);
  CHECK(job.dies[2].runs == 7);
  CHECK(job.total.regions[NPU_JOB_REGION_INPUT].read == 20 * 25 * 72);
}

TEST_CASE("Zero points, ReLU and Clip become bias and clamps", "[compiler]") {
  using Type = test::TestModel::Type;
  test::TestModel model;
  model.input("x", Type::kInt8, {1, 1, 1, 2})
      .output("y", Type::kInt8, {1, 1, 1, 2})
      .constant("sx", {1.0f})
      .constant("zx", Type::kInt8, {}, {10})
      .constant("w", Type::kInt8, {1, 1, 1, 1}, {2})
      .constant("sw", {1.0f})
      .constant("wb", {5.0f}, {1})
      .constant("sy", {2.0f})
      .constant("zy", Type::kInt8, {}, {-5})
      .constant("six", {6.0f})
      .constant("zero", {0.0f})
      .node("DequantizeLinear", {"x", "sx", "zx"}, "xr")
      .node("DequantizeLinear", {"w", "sw"}, "wr")
      .node("Conv", {"xr", "wr", "wb"}, "c")
      .node("Clip", {"c", "zero", "six"}, "r")
      .node("QuantizeLinear", {"r", "sy", "zy"}, "y");
  const Network network = lower(parse_onnx(model.bytes(), "clip.onnx"));
  REQUIRE(network.layers.size() == 1);
  const Layer& layer = network.layers[0];
  CHECK(layer.fill == 10);
  CHECK(layer.bias[0] == 5 - 2 * 10);
  CHECK(layer.scale[0] == 0.5f);
  CHECK(layer.low == -5);      // 0 / 2 + zero point.
  CHECK(layer.high == 3 - 5);  // 6 / 2 + zero point.
}

TEST_CASE("Compiling twice gives the same bytes", "[compiler]") {
  const CompileOptions o = options(25, true, 1 << 20);
  const CompiledProgram a = compile_file(kDigits + "digits.onnx", o);
  const CompiledProgram b = compile_file(kDigits + "digits.onnx", o);
  CHECK(a.program == b.program);
  CHECK(a.constants == b.constants);
}
