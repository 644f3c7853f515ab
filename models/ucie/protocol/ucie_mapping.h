// SPDX-License-Identifier: Apache-2.0
//
// Which protocols the messages of a link have, and which flits go with them. No SystemC.
// [UCIE: Protocol Layer]
#pragma once

#include <array>
#include <string>

#include "models/ucie/adapter/ucie_flit.h"

namespace cvp {

enum class UcieMapping : std::uint8_t {
  kStreaming,  ///< Our own.
  kPcie,       ///< Transaction layer packets.
  kCxl,        ///< CXL.mem for reads and writes of whole lines; CXL.io for all else.
};
/// As in parameters and options.
inline constexpr std::array<const char*, 3> kUcieMappingNames = {"streaming", "pcie", "cxl"};

/// Empty if such flits carry it; else what is wrong and what was expected.
std::string ucie_mapping_error(UcieMapping mapping, UcieFlitFormat format);

/// The protocol of a message; `lines`: it reads or writes whole lines, or answers that.
constexpr UcieProtocol ucie_protocol(UcieMapping mapping, bool lines) {
  if (mapping == UcieMapping::kStreaming) return UcieProtocol::kStreaming;
  return mapping == UcieMapping::kCxl && lines ? UcieProtocol::kMem : UcieProtocol::kIo;
}

}  // namespace cvp
