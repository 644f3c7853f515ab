// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/protocol/ucie_mapping.h"

namespace cvp {

std::string ucie_mapping_error(UcieMapping mapping, UcieFlitFormat format) {
  if (mapping == UcieMapping::kStreaming) return {};
  const std::string name = kUcieMappingNames[static_cast<std::size_t>(mapping)];
  if (format == UcieFlitFormat::kRaw) {
    return "protocol: raw flits have no header that tells \"" + name +
           "\"; expected \"streaming\", or another format";
  }
  if (mapping == UcieMapping::kPcie && format == UcieFlitFormat::k256LatOpt) {
    return "protocol: PCIe has no latency-optimised flits without optional bytes; expected flits "
           "of 68 bytes, of 256, or with optional bytes";
  }
  return {};
}

}  // namespace cvp
