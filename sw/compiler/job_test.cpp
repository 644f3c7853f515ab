// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/job.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "sw/compiler/compile_command.h"
#include "sw/compiler/disassembler.h"
#include "sw/compiler/program_file.h"
#include "sw/compiler/test_model.h"
#include "tests/harness/scratch_directory.h"

using namespace cvp;

namespace {

const std::string kDigits = std::string(CVP_SOURCE_DIR) + "/data/digits/";

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

TEST_CASE("An INT8 input takes integers of its range only", "[job]") {
  CompiledProgram program = small_program(2);
  program.input_quantisation.is_float = false;
  Dataset dataset;
  dataset.images.assign(2, std::vector<float>(program.input_bytes, -128));
  dataset.images[1].back() = 127;
  CHECK_NOTHROW(build_job(program, dataset));
  for (const float value : {-129.0f, 128.0f, 0.5f}) {
    dataset.images[1].back() = value;
    CHECK_THROWS_WITH(build_job(program, dataset),
                      "image 1 has the value " + std::to_string(value) +
                          "; expected integers of -128..127: the network's input is INT8");
  }
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

TEST_CASE("A program file reads back as it was written", "[job]") {
  const ScratchDirectory scratch;
  const CompiledProgram program = small_program(3);
  write_program_file(program, scratch.path("p.npu"));
  const CompiledProgram read = read_program_file(scratch.path("p.npu"));
  CHECK(read.program == program.program);
  CHECK(read.constants == program.constants);
  CHECK(read.batch == 3);
  CHECK(read.layers.size() == program.layers.size());
  CHECK(read.layers[0].tensor == "y");
  CHECK(read.input_quantisation.scale == 0.5f);
  CHECK(pack_program(read) == pack_program(program));
  CHECK(scratch.files() == 1);
}

TEST_CASE("A foreign or truncated program file is refused", "[job]") {
  CHECK_THROWS_WITH(read_program_file("/dev/zero"),
                    "/dev/zero: cannot be read; expected a compiled program (it is a device or a "
                    "pipe; copy it to a regular file)");
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
  const ScratchDirectory scratch;
  CHECK(run_command({kDigits + "digits.onnx", "-o", scratch.path("d.npu"), "--batch", "10",
                     "--scratchpad", "64KiB", "--keep-layers"}) == 0);
  const CompiledProgram program = read_program_file(scratch.path("d.npu"));
  CHECK(program.batch == 10);
  CHECK(program.geometry.scratchpad_bytes == 65536);
  CHECK(program.classes == 10);

  CHECK(run_command({scratch.write("broken.onnx", "no model"), "-o", scratch.path("x.npu")}) == 2);
  CHECK(run_command({scratch.path("missing.onnx"), "-o", scratch.path("x.npu")}) == 2);
  CHECK(run_command({kDigits + "digits.onnx", "-o", scratch.path("no/such/folder.npu")}) == 2);
  CHECK_THROWS_AS(run_command({kDigits + "digits.onnx", "--batch", "0"}), CLI::ValidationError);
  CHECK(scratch.files() == 2);
}
