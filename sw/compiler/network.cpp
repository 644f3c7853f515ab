// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/network.h"

#include <algorithm>
#include <cmath>

#include "sw/compiler/lowering.h"

namespace cvp {

const char* to_string(LayerKind kind) {
  switch (kind) {
    case LayerKind::kConvolution:
      return "convolution";
    case LayerKind::kFullyConnected:
      return "fully connected";
    case LayerKind::kMaxPool:
      return "max pool";
    case LayerKind::kAveragePool:
      return "average pool";
    case LayerKind::kAdd:
      return "add";
  }
  return "?";
}

std::uint64_t Network::macs(const Layer& layer) const {
  const Shape& out = activations[layer.output].shape;
  if (layer.kind == LayerKind::kConvolution) {
    return std::uint64_t{1} * out.height * out.width * layer.weights.size();
  }
  return layer.kind == LayerKind::kFullyConnected ? layer.weights.size() : 0;
}

Network lower(const OnnxGraph& graph) { return Lowering(graph).run(); }

}  // namespace cvp
