// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/job.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "sw/compiler/compile_command.h"
#include "sw/compiler/disassembler.h"
#include "sw/compiler/program_file.h"
#include "sw/compiler/test_model.h"

using namespace cvp;

namespace {

const std::string kDigits = std::string(CVP_SOURCE_DIR) + "/data/digits/";

struct TemporaryFolder {
  std::filesystem::path path;
  TemporaryFolder() {
    path = std::filesystem::temp_directory_path() / ("cvp_job_test." + std::to_string(getpid()));
    std::filesystem::create_directories(path);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name) const { return (path / name).string(); }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
  }
};

/// Exit code of `chiplet-vp compile ...`.
int run_command(const std::vector<std::string>& arguments) {
  CLI::App app;
  int exit_code = -1;
  add_compile_command(app, exit_code);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  reversed.push_back("compile");
  app.parse(reversed);
  return exit_code;
}

CompiledProgram small_program(std::uint32_t batch) {
  CompileOptions options;
  options.batch = batch;
  return compile(parse_onnx(test::small_model().bytes(), "small.onnx"), options);
}

}  // namespace

TEST_CASE("A job blob holds what its header says", "[job]") {
  const CompiledProgram program = small_program(4);
  Dataset dataset;
  for (int i = 0; i < 5; ++i) {
    dataset.images.emplace_back(72, static_cast<float>(i));
    dataset.labels.push_back(static_cast<std::uint8_t>(i));
  }
  const std::vector<std::uint8_t> blob = build_job(program, dataset);
  const NpuJobHeader header = job_header(blob);
  CHECK(header.total_bytes == blob.size());
  CHECK(header.images == 5);
  CHECK(header.batch == 4);
  CHECK(header.classes == 0);
  CHECK(header.inputs_bytes == 8 * 72);
  CHECK(header.output_bytes == 4 * 3 * 3);
  CHECK(header.results_bytes == sizeof(NpuJobResult) + 8 * 36);
  for (const std::uint64_t offset : {header.program_offset, header.constants_offset,
                                     header.inputs_offset, header.results_offset}) {
    CHECK(offset % 64 == 0);
  }
  CHECK(std::memcmp(blob.data() + header.program_offset, program.program.data(),
                    program.program.size()) == 0);
  // Scale 0.5 and zero point -3: the pixel 4 is 4 / 0.5 - 3.
  CHECK(blob[header.inputs_offset + 4 * 72] == 5);
  CHECK(blob[header.inputs_offset + 5 * 72] == 0);
  CHECK(blob[header.labels_offset + 4] == 4);
}

TEST_CASE("Results are read as the runtime wrote them", "[job]") {
  const CompiledProgram program = small_program(1);
  Dataset dataset;
  dataset.images.emplace_back(72, 0.0f);
  const NpuJobHeader header = job_header(build_job(program, dataset));
  std::vector<std::uint8_t> results(header.results_bytes, 0);
  CHECK_FALSE(read_results(header, results).written);
  NpuJobResult result{};
  result.magic = NPU_JOB_MAGIC;
  result.dies = 2;
  std::memcpy(results.data(), &result, sizeof result);
  results[sizeof result + 3] = 0x80;
  const JobResults read = read_results(header, results);
  CHECK(read.written);
  CHECK(read.header.dies == 2);
  REQUIRE(read.outputs.size() == 1);
  CHECK(read.outputs[0][3] == -128);
  // Scale 1.5 and zero point 7.
  CHECK(dequantise_output(program, read.outputs[0])[3] == (-128 - 7) * 1.5f);
  CHECK_THROWS_AS(read_results(header, std::span(results).first(70)), std::invalid_argument);
}

TEST_CASE("The first of equal outputs is the answer", "[job]") {
  CHECK(best_class(std::vector<std::int8_t>{-3, 7, 7, 2}) == 1);
}

TEST_CASE("A data set is read with its labels", "[job]") {
  const Dataset all = read_csv(kDigits + "digits.csv.gz", 64);
  CHECK(all.images.size() == 1797);
  CHECK(all.labels.size() == 1797);
  CHECK(all.last(500).images.size() == 500);
  CHECK(all.last(500).labels.back() == 8);  // The last line of the file.
}

TEST_CASE("A broken data set names its line", "[job]") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("a.csv")) << "1,2,3\n1,2\n1,x,3\n";
  CHECK_THROWS_WITH(read_csv(folder.file("a.csv"), 2), folder.file("a.csv") +
                                                           ":2: some lines have "
                                                           "a label and some have none");
  CHECK_THROWS_WITH(
      read_csv(folder.file("a.csv"), 3),
      folder.file("a.csv") + ":2: has 2 numbers; expected 3, or one more for the label");
  std::ofstream(folder.file("b.csv")) << "1,x,3\n";
  CHECK_THROWS_WITH(read_csv(folder.file("b.csv"), 3),
                    folder.file("b.csv") + ":1: expected a number");
}

TEST_CASE("A program file reads back as it was written", "[job]") {
  const TemporaryFolder folder;
  const CompiledProgram program = small_program(3);
  write_program_file(program, folder.file("p.npu"));
  const CompiledProgram read = read_program_file(folder.file("p.npu"));
  CHECK(read.program == program.program);
  CHECK(read.constants == program.constants);
  CHECK(read.batch == 3);
  CHECK(read.layers.size() == program.layers.size());
  CHECK(read.layers[0].tensor == "y");
  CHECK(read.input_quantisation.scale == 0.5f);
  CHECK(pack_program(read) == pack_program(program));
  CHECK(folder.entries() == 1);
}

TEST_CASE("A foreign or truncated program file is refused", "[job]") {
  std::vector<std::uint8_t> bytes = pack_program(small_program(1));
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{10}, std::size_t{64}, bytes.size() - 65}) {
    const std::vector<std::uint8_t> cut(bytes.begin(), bytes.begin() + static_cast<long>(size));
    CHECK_THROWS_AS(unpack_program(cut, "p.npu"), CompileError);
  }
  bytes[0] = 'x';
  CHECK_THROWS_AS(unpack_program(bytes, "p.npu"), CompileError);
}

TEST_CASE("The listing names every command once", "[job]") {
  const CompiledProgram program = small_program(4);
  const std::string text = disassemble(program.program);
  CHECK(text.find("LOOP 2") != std::string::npos);
  CHECK(text.find("REQUANTISE") != std::string::npos);
  CHECK(text.find("MAX_POOL [6 x 6 x 4] kernel 2x2 stride 2x2") != std::string::npos);
  CHECK(text.find("END") != std::string::npos);
  CHECK(text.find("unknown") == std::string::npos);
}

TEST_CASE("The compile command writes its program or nothing", "[job]") {
  const TemporaryFolder folder;
  CHECK(run_command({kDigits + "digits.onnx", "-o", folder.file("d.npu"), "--batch", "10",
                     "--scratchpad", "64KiB", "--keep-layers"}) == 0);
  const CompiledProgram program = read_program_file(folder.file("d.npu"));
  CHECK(program.batch == 10);
  CHECK(program.geometry.scratchpad_bytes == 65536);
  CHECK(program.classes == 10);

  std::ofstream(folder.file("broken.onnx")) << "no model";
  CHECK(run_command({folder.file("broken.onnx"), "-o", folder.file("x.npu")}) == 2);
  CHECK(run_command({folder.file("missing.onnx"), "-o", folder.file("x.npu")}) == 2);
  CHECK(run_command({kDigits + "digits.onnx", "-o", folder.file("no/such/folder.npu")}) == 2);
  CHECK(run_command({kDigits + "digits.onnx", "--batch", "0"}) == 2);
  CHECK(folder.entries() == 2);
}
