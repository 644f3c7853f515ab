// SPDX-License-Identifier: Apache-2.0
#include "sw/reference/layer_check.h"

#include <algorithm>
#include <stdexcept>

#include "models/npu/job_abi.h"

namespace cvp {
namespace {

/// Position of channels-first value `i` in memory.
std::size_t stored_at(const LayerInfo& layer, std::size_t i) {
  if (layer.channels_first) return i;
  const std::size_t pixels = static_cast<std::size_t>(layer.shape.height) * layer.shape.width;
  return i % pixels * layer.shape.channels + i / pixels;
}

void compare(const LayerInfo& layer, const ReferenceLayer& expected,
             const std::vector<std::uint8_t>& bytes, std::uint32_t image, LayerCheck& check) {
  for (std::size_t i = 0; i < expected.data.size(); ++i) {
    const auto value = static_cast<std::int8_t>(bytes[stored_at(layer, i)]);
    ++check.values;
    if (value == expected.data[i]) continue;
    if (check.differences++ == 0) {
      check.first = "image " + std::to_string(image) + ", value " + std::to_string(i) + ": " +
                    std::to_string(value) + " instead of " + std::to_string(expected.data[i]);
    }
  }
  ++check.images;
}

}  // namespace

std::vector<LayerCheck> check_layers(const CompiledProgram& program, const OnnxGraph& graph,
                                     const Dataset& dataset, const RegionReader& read,
                                     std::uint32_t first_image) {
  std::vector<LayerCheck> checks;
  for (const LayerInfo& layer : program.layers) checks.push_back({layer.tensor, 0, 0, 0, ""});
  Reference reference(graph);
  for (std::size_t i = 0; i < dataset.images.size(); ++i) {
    const auto image = first_image + static_cast<std::uint32_t>(i);
    const std::vector<ReferenceLayer> expected = reference.run(dataset.images[i]);
    for (std::size_t l = 0; l < checks.size(); ++l) {
      const LayerInfo& layer = program.layers[l];
      if (layer.region == NPU_JOB_REGION_LAYERS && !program.keep_layers) continue;
      const auto found =
          std::find_if(expected.begin(), expected.end(),
                       [&](const ReferenceLayer& e) { return e.tensor == layer.tensor; });
      if (found == expected.end() || found->data.size() != layer.shape.elements()) {
        throw std::logic_error("the reference has no tensor '" + layer.tensor + "' of this size");
      }
      std::vector<std::uint8_t> bytes(found->data.size());
      read(image, layer.region, layer.offset + image * layer.image_stride, bytes);
      compare(layer, *found, bytes, image, checks[l]);
    }
  }
  return checks;
}

}  // namespace cvp
