// SPDX-License-Identifier: Apache-2.0
//
// Our own streaming protocol: a header of 16 bytes and all the data. No SystemC, no state.
// FLITS.md, "Streaming".
#pragma once

#include "models/ucie/protocol/ucie_encoding.h"
#include "models/ucie/protocol/ucie_little_endian.h"

namespace cvp {

/// Inline: a flit may carry a dozen of these messages.
class UcieStreamingEncoding final : public UcieEncoding {
 public:
  std::uint64_t wire_bytes(const UcieMessageHeader& message,
                           const UciePacketSizes&) const override {
    return kMostHeaderBytes + message.data_bytes();
  }

  // Byte 0: kind 3:0, operation 7:4; byte 1: status 2:0, poison 3, class 7:4; 2: tag; 4: length;
  // 8: address.
  void encode(const UcieMessageView& message, const UciePacketSizes&,
              UcieByteQueue& bytes) const override {
    std::uint8_t* const header = bytes.append(kMostHeaderBytes + message.data.size());
    header[0] = static_cast<std::uint8_t>(static_cast<unsigned>(message.kind) |
                                          (message.operation & 0xFu) << 4);
    header[1] = static_cast<std::uint8_t>((message.status & 7u) | (message.poison ? 8u : 0u) |
                                          (message.traffic_class & 0xFu) << 4);
    ucie_put(&header[2], message.tag);
    ucie_put(&header[4], message.length);
    ucie_put(&header[8], message.address);
    std::copy(message.data.begin(), message.data.end(), header + kMostHeaderBytes);
  }

  std::size_t header_bytes(std::uint8_t) const override { return kMostHeaderBytes; }

  bool read(std::span<const std::uint8_t> header, UcieUnit& unit) const override {
    const unsigned kind = header[0] & 0xF;
    const auto length = ucie_get<std::uint32_t>(&header[4]);
    if (kind == 0 || kind >= kUcieMessageKinds || length > UcieMessage::kMaxLength) return false;
    unit.message = {.protocol = UcieProtocol::kStreaming,
                    .kind = static_cast<UcieMessageKind>(kind),
                    .operation = static_cast<std::uint8_t>(header[0] >> 4),
                    .status = static_cast<std::uint8_t>(header[1] & 7),
                    .poison = (header[1] & 8) != 0,
                    .traffic_class = static_cast<std::uint8_t>(header[1] >> 4),
                    .tag = ucie_get<std::uint16_t>(&header[2]),
                    .length = length,
                    .address = ucie_get<std::uint64_t>(&header[8])};
    unit.data_bytes = unit.message.data_bytes();
    unit.padding = 0;
    unit.more = false;
    return true;
  }

  std::string_view name_of(const UcieMessageHeader& message) const override;
};

/// Calls `use` with the encoding of a protocol: our own as what it is, so that it is inline.
template <class Use>
void ucie_with_encoding(UcieProtocol protocol, const Use& use) {
  const UcieEncoding& encoding = ucie_encoding(protocol);
  if (protocol == UcieProtocol::kStreaming) {
    use(static_cast<const UcieStreamingEncoding&>(encoding));
  } else {
    use(encoding);
  }
}

}  // namespace cvp
