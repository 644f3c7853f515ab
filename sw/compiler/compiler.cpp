// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/compiler.h"

#include <stdexcept>
#include <string>

#include "sw/compiler/emitter.h"

namespace cvp {
namespace {

void check(const CompileOptions& options) {
  const auto require = [](const std::string& what, std::uint32_t value, std::uint32_t least,
                          std::uint32_t most) {
    if (value >= least && value <= most) return;
    throw std::invalid_argument(what + ": expected " + std::to_string(least) + " to " +
                                std::to_string(most) + ", not " + std::to_string(value));
  };
  require("rows", options.geometry.rows, 1, kMaxArraySide);
  require("columns", options.geometry.columns, 1, kMaxArraySide);
  require("scratchpad", options.geometry.scratchpad_bytes, kMinScratchpadBytes, ~0u);
  require("batch", options.batch, 1, kMaxBatch);
}

}  // namespace

CompiledProgram compile(const OnnxGraph& graph, const CompileOptions& options) {
  check(options);
  const Network network = lower(graph);
  CompiledProgram program = Emitter(network, options).run();
  const std::uint64_t bytes = program.program.size() + program.constants.size() +
                              program.scratch_bytes + program.layer_bytes * program.batch;
  if (options.hbm_bytes != 0 && bytes > options.hbm_bytes) {
    throw CompileError(
        graph.file, "",
        "does not fit the HBM: program, constants and the activations of a run need " +
            std::to_string(bytes) + " bytes, there are " + std::to_string(options.hbm_bytes));
  }
  return program;
}

CompiledProgram compile_file(const std::string& file, const CompileOptions& options) {
  return compile(read_onnx_file(file), options);
}

}  // namespace cvp
