// SPDX-License-Identifier: Apache-2.0
//
// From an ONNX file to an NPU program.
//
//   read_onnx_file   onnx_graph   the file as plain data
//   lower            network      integer layers
//   plan_scratchpad  tiling       tiles that fit
//   emit             emitter      commands, tensors, constants
//
// A run of the program handles `batch` images; see models/npu/job_abi.h for the regions and address
// registers it relies on. Activations between layers lie in the layers region (HBM) channels-last;
// the network's input and output lie in ONNX's channels-first order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sw/compiler/network.h"
#include "sw/compiler/tiling.h"

namespace cvp {

inline constexpr std::uint32_t kMaxArraySide = 256, kMaxBatch = 4096, kMinScratchpadBytes = 1024;

struct CompileOptions {
  Geometry geometry;
  std::uint32_t batch = 25;
  /// Every layer's output of every image stays in memory; otherwise that of the last run.
  bool keep_layers = false;
  /// Of a die: program, constants and the activations of a run must fit. 0: not checked.
  std::uint64_t hbm_bytes = 0;
};

/// Where a layer's output lies.
struct LayerInfo {
  std::string tensor;  ///< Its name in the ONNX file.
  std::string node;
  std::string kind;
  Shape shape;
  std::uint32_t region = 0;
  std::uint64_t offset = 0;        ///< From the image's block.
  std::uint64_t image_stride = 0;  ///< From image to image.
  bool channels_first = false;
  std::uint64_t macs = 0;  ///< Useful ones, an image.
  std::uint32_t tile_rows = 0, tile_channels = 0;
};

struct CompiledProgram {
  std::string name;
  Geometry geometry;
  std::uint32_t batch = 1;
  bool keep_layers = false;
  std::vector<std::uint8_t> program;    ///< NpuProgramHeader, tensors, commands.
  std::vector<std::uint8_t> constants;  ///< For the constants region.
  std::vector<LayerInfo> layers;
  Shape input_shape, output_shape;
  Quantisation input_quantisation, output_quantisation;
  std::vector<std::int64_t> input_dims, output_dims;
  std::uint64_t input_bytes = 0, output_bytes = 0;  ///< An image.
  std::uint64_t layer_bytes = 0;  ///< An image, in the layers region; 0 unless keep_layers.
  std::uint64_t scratch_bytes =
      0;                      ///< A run, from offset 0 of the layers region; 0 if keep_layers.
  std::uint32_t classes = 0;  ///< Outputs an image when it is a vector, else 0.
};

/// Throws CompileError; std::invalid_argument when the options are out of range.
CompiledProgram compile(const OnnxGraph& graph, const CompileOptions& options);
CompiledProgram compile_file(const std::string& file, const CompileOptions& options);

}  // namespace cvp
