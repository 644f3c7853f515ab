// SPDX-License-Identifier: Apache-2.0
//
// Random messages for the tests of packing and of the link.
#pragma once

#include <algorithm>
#include <array>

#include "models/core/splitmix64.h"
#include "models/ucie/protocol/ucie_message.h"

namespace cvp {

/// Of any kind, with any fields and up to `most` bytes of data.
inline UcieMessage random_ucie_message(std::uint64_t seed, std::uint32_t most = 700) {
  std::uint64_t n = seed * 4096;
  const auto draw = [&n] { return splitmix64(n++); };
  UcieMessage message{{.kind = static_cast<UcieMessageKind>(1 + draw() % (kUcieMessageKinds - 1)),
                       .operation = static_cast<std::uint8_t>(draw() % 16),
                       .status = static_cast<std::uint8_t>(draw() % 8),
                       .poison = draw() % 2 == 0,
                       .traffic_class = static_cast<std::uint8_t>(draw() % 16),
                       .tag = static_cast<std::uint16_t>(draw()),
                       .length = static_cast<std::uint32_t>(draw() % (most + 1)),
                       .address = draw()},
                      {}};
  message.data.resize(message.data_bytes());
  for (auto& byte : message.data) byte = static_cast<std::uint8_t>(draw());
  return message;
}

/// The same of a protocol, with what it can tell: as it is sent, of any size and address that the
/// protocol has.
inline UcieMessage random_ucie_message(std::uint64_t seed, UcieProtocol protocol,
                                       std::uint32_t most = 700) {
  using Kind = UcieMessageKind;
  UcieMessage message = random_ucie_message(seed, most);
  message.protocol = protocol;
  if (protocol == UcieProtocol::kStreaming) return message;
  const bool mem = protocol == UcieProtocol::kMem;
  if (mem) {
    constexpr std::array kKinds = {Kind::kRead, Kind::kWrite, Kind::kReadData, Kind::kCompletion};
    message.kind = kKinds[seed % kKinds.size()];
    message.operation = 0;
    message.length = (1 + message.length % 9) * 64;
    message.address &= ~std::uint64_t{63};
  } else if (seed % 3 != 0) {  // Below 4 GiB, or across.
    message.address = (std::uint64_t{1} << 32) - message.address % 2000;
  }
  if (!mem) message.traffic_class &= 7;
  if (message.length == 0) message.address &= ~std::uint64_t{3};  // No byte is enabled.
  const bool answer = message.kind == Kind::kReadData || message.kind == Kind::kCompletion;
  if (!answer) message.status = 0;
  if (message.kind == Kind::kCompletion) message.length = 0;
  if (message.kind == Kind::kReadData) message.length = std::max(message.length, 1u);
  if (message.kind == Kind::kCompletion) message.operation = 0;
  message.data.resize(message.data_bytes(), static_cast<std::uint8_t>(seed));
  return message;
}

/// What the other end can know of it: answers tell little of their address.
inline UcieMessage as_received(UcieMessage message) {
  const bool answer =
      message.kind == UcieMessageKind::kReadData || message.kind == UcieMessageKind::kCompletion;
  if (!answer || message.protocol == UcieProtocol::kStreaming) return message;
  const bool some =
      message.protocol == UcieProtocol::kIo && message.kind == UcieMessageKind::kReadData;
  message.address &= some ? 0x7F : 0;
  return message;
}

}  // namespace cvp
