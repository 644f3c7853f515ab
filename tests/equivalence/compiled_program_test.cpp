// SPDX-License-Identifier: Apache-2.0
//
// Compiled programs on the NPU model: results equal sw/reference in every layer, and the bytes that
// the model counts in each region equal the compiler's plan.
#include <catch2/catch.hpp>
#include <cstring>

#include "models/npu/npu_test_bench.h"
#include "sw/compiler/job.h"
#include "sw/compiler/plan.h"
#include "sw/compiler/test_model.h"
#include "sw/reference/layer_check.h"

using namespace cvp;

namespace {

/// Runs a job on one core whose regions lie one after the other in the bench's memory.
class JobBench {
 public:
  JobBench(const CompiledProgram& program, const Dataset& dataset)
      : bench_(params(program.geometry)) {
    const std::vector<std::uint8_t> blob = build_job(program, dataset);
    header_ = job_header(blob);
    const std::uint64_t runs = (header_.images + header_.batch - 1) / header_.batch;
    const std::uint64_t images = runs * header_.batch;
    place(NPU_JOB_REGION_PROGRAM, blob, header_.program_offset, header_.program_bytes);
    place(NPU_JOB_REGION_CONSTANTS, blob, header_.constants_offset, header_.constants_bytes);
    place(NPU_JOB_REGION_INPUT, blob, header_.inputs_offset, header_.inputs_bytes);
    reserve(NPU_JOB_REGION_OUTPUT, images * header_.output_bytes);
    reserve(NPU_JOB_REGION_LAYERS, header_.scratch_offset + header_.scratch_bytes);
    for (std::uint64_t run = 0; run < runs; ++run) {
      const std::uint64_t first = run * header_.batch;
      const std::uint32_t index = bench_.regs.context_cq_tail.get(0);
      bench_.regs.context_cq_head.set(0, index);
      bench_.submit(run, 0,
                    {first * header_.input_bytes, first * header_.output_bytes,
                     first * header_.layer_bytes, 0});
      REQUIRE(bench_.run(100'000'000));
      const NpuCompletion completion = bench_.completion(index);
      INFO("command " << completion.command << ", field " << completion.field);
      REQUIRE(completion.status == kNpuStatusOk);
    }
  }

  NpuStatistics statistics() const { return bench_.core.statistics(); }
  std::uint32_t images() const { return header_.images; }

  RegionReader reader() {
    return [this](std::uint32_t, std::uint32_t region, std::uint64_t offset,
                  std::span<std::uint8_t> bytes) {
      std::memcpy(bytes.data(), bench_.memory.data() + base_[region] + offset, bytes.size());
    };
  }

 private:
  static NpuParams params(const Geometry& geometry) {
    NpuParams p;
    p.rows = geometry.rows;
    p.columns = geometry.columns;
    p.scratchpad = geometry.scratchpad_bytes;
    return p;
  }

  void reserve(std::size_t region, std::uint64_t bytes) {
    base_[region] = next_;
    next_ += (bytes + 63) / 64 * 64;
    bench_.memory.resize(std::max<std::size_t>(bench_.memory.size(), next_), 0x5a);
    unsigned rights = NPU_REGION_READ;
    if (region >= NPU_JOB_REGION_OUTPUT) rights |= NPU_REGION_WRITE;
    bench_.set_region(region, base_[region], bytes, rights);
  }

  void place(std::size_t region, const std::vector<std::uint8_t>& blob, std::uint64_t offset,
             std::uint64_t bytes) {
    reserve(region, bytes);
    std::memcpy(bench_.memory.data() + base_[region], blob.data() + offset, bytes);
  }

  CoreBench bench_;
  NpuJobHeader header_{};
  std::array<Addr, NPU_REGIONS> base_{};
  Addr next_ = CoreBench::kProgram;  // Above the rings.
};

void check_job(const OnnxGraph& graph, const Dataset& dataset, const CompileOptions& options) {
  const CompiledProgram program = compile(graph, options);
  JobBench bench(program, dataset);
  for (const LayerCheck& check : check_layers(program, graph, dataset, bench.reader())) {
    INFO(check.tensor << ": " << check.first);
    CHECK(check.images == dataset.images.size());
    CHECK(check.differences == 0);
  }
  const RunPlan plan = plan_job(program, bench.images(), 1).total;
  const NpuStatistics statistics = bench.statistics();
  for (std::size_t r = 0; r < NPU_REGIONS; ++r) {
    INFO("region " << r);
    // The program itself is fetched as control traffic.
    if (r == NPU_JOB_REGION_PROGRAM) continue;
    CHECK(statistics.region_bytes_read[r] == plan.regions[r].read);
    CHECK(statistics.region_bytes_written[r] == plan.regions[r].written);
  }
  CHECK(statistics.mac_array.tiles == plan.tiles);
}

}  // namespace

TEST_CASE("Compiled digits run on the NPU as on the reference", "[compiled]") {
  const std::string folder = std::string(CVP_SOURCE_DIR) + "/data/digits/";
  CompileOptions options;
  options.batch = 10;
  options.keep_layers = true;
  check_job(read_onnx_file(folder + "digits.onnx"), read_csv(folder + "digits.csv.gz", 64).last(25),
            options);
}

TEST_CASE("Random networks run on the NPU as on the reference", "[compiled]") {
  int compiled = 0;
  for (unsigned seed = 100; seed < 130; ++seed) {
    INFO("seed " << seed);
    const OnnxGraph graph = parse_onnx(test::random_model(seed).bytes(), "random.onnx");
    std::size_t values = 1;
    for (std::size_t d = 1; d < 4; ++d) values *= graph.inputs[0].dims[d];
    Dataset dataset;
    for (std::size_t i = 0; i < 4; ++i) {
      dataset.images.emplace_back(values);
      for (std::size_t v = 0; v < values; ++v) {
        dataset.images[i][v] = static_cast<float>((v * 37 + i * 101 + seed) % 90) - 45.0f;
      }
    }
    CompileOptions options;
    options.batch = 1 + seed % 4;
    options.keep_layers = true;
    options.geometry.scratchpad_bytes = 8000u << seed % 5;
    try {
      check_job(graph, dataset, options);
      ++compiled;
    } catch (const CompileError& error) {
      CHECK(error.what_is_wrong.find("does not fit") != std::string::npos);
    }
  }
  CHECK(compiled >= 20);
}
