// SPDX-License-Identifier: Apache-2.0
#include "platform/inference_input.h"

#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "platform/command.h"
#include "platform/npy.h"
#include "sw/compiler/compile_error.h"

namespace cvp {
namespace {

Dataset read_array(const std::string& file, std::size_t values) {
  Diagnostics diagnostics;
  const auto array = read_npy(file, "--input", diagnostics);
  throw_if_failed(diagnostics);
  const auto fail = [&](const std::string& what) {
    throw ConfigurationFailed({file, 0, "--input", what});
  };
  if (array->values.empty() || array->values.size() % values != 0) {
    fail(fmt::format("holds {} values; expected a multiple of the {} of an image",
                     array->values.size(), values));
  }
  Dataset dataset;
  for (std::size_t at = 0; at < array->values.size(); ++at) {
    const float value = array->values[at];
    if (!std::isfinite(value)) {
      fail(fmt::format("value {} of image {} is {}; expected a finite one", at % values,
                       at / values, value));
    }
    if (at % values == 0) dataset.images.emplace_back();
    dataset.images.back().push_back(value);
  }
  return dataset;
}

Dataset read_images(const InferenceInput& input, const CompiledProgram& program) {
  const std::size_t values = program.input_shape.elements();
  Dataset dataset = input.images.ends_with(".npy")
                        ? read_array(input.images, values)
                        : read_csv(input.images, values, program.classes);
  const std::size_t images = dataset.images.size();
  if (input.count > images) {
    throw ConfigurationFailed(
        {"", 0, "--images",
         fmt::format("{} holds {}; expected at most as many", input.images, images)});
  }
  return input.count > 0 ? dataset.last(input.count) : dataset;
}

void check_package_can_infer(const Package& package) {
  for (const Die& die : package.dies) {
    if (die.first("npu_cluster") && die.first("hbm_stack")) return;
  }
  throw ConfigurationFailed(
      {package.file, 0, "dies", "no die has an NPU with an HBM stack; expected one"});
}

}  // namespace

Inference read_inference(const InferenceInput& input, const Package& package) {
  check_package_can_infer(package);
  if (input.batch < 1 || input.batch > kMaxBatch) {
    throw ConfigurationFailed(
        {"", 0, "--batch", fmt::format("expected 1 to {}, not {}", kMaxBatch, input.batch)});
  }
  try {
    const CompileOptions options{.geometry = common_geometry(package),
                                 .batch = input.batch,
                                 .keep_layers = input.keep_layers};
    OnnxGraph graph = read_onnx_file(input.model);
    CompiledProgram program = compile(graph, options);
    Dataset dataset = read_images(input, program);
    return Inference(std::move(graph), std::move(program), std::move(dataset));
  } catch (const CompileError& error) {
    const std::string key = error.node.empty() ? "" : "node '" + error.node + "'";
    throw ConfigurationFailed({error.file, 0, key, error.what_is_wrong});
  } catch (const std::invalid_argument& error) {
    throw ConfigurationFailed({input.model, 0, "", error.what()});
  }
}

}  // namespace cvp
