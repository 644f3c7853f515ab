// SPDX-License-Identifier: Apache-2.0
//
// Random messages for the tests of packing and of the link.
#pragma once

#include "models/core/splitmix64.h"
#include "models/ucie/ucie_message.h"

namespace cvp {

/// Of any kind, with any fields and up to `most` bytes of data.
inline UcieMessage random_ucie_message(std::uint64_t seed, std::uint32_t most = 700) {
  std::uint64_t n = seed * 4096;
  const auto draw = [&n] { return splitmix64(n++); };
  UcieMessage message{.kind = static_cast<UcieMessageKind>(1 + draw() % 7),
                      .operation = static_cast<std::uint8_t>(draw() % 16),
                      .status = static_cast<std::uint8_t>(draw() % 8),
                      .poison = draw() % 2 == 0,
                      .traffic_class = static_cast<std::uint8_t>(draw() % 16),
                      .tag = static_cast<std::uint16_t>(draw()),
                      .length = static_cast<std::uint32_t>(draw() % (most + 1)),
                      .address = draw()};
  message.data.resize(message.data_bytes());
  for (auto& byte : message.data) byte = static_cast<std::uint8_t>(draw());
  return message;
}

}  // namespace cvp
