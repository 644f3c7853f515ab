// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/compiler.h"

#include <stdexcept>

#include "sw/compiler/emitter.h"

namespace cvp {
namespace {

void check(const CompileOptions& options) {
  const auto require = [](bool holds, const char* what) {
    if (!holds) throw std::invalid_argument(what);
  };
  const Geometry& geometry = options.geometry;
  require(geometry.rows >= 1 && geometry.rows <= 1024, "rows must be 1..1024");
  require(geometry.columns >= 1 && geometry.columns <= 1024, "columns must be 1..1024");
  require(geometry.scratchpad_bytes >= 1024, "the scratchpad must have at least 1 KiB");
  require(options.batch >= 1 && options.batch <= 4096, "batch must be 1..4096");
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
