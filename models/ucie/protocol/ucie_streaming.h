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

  // Bits of two words: kind 3:0, operation 7:4, status 10:8, poison 11, class 15:12, tag 31:16,
  // length 63:32; address.
  [[gnu::always_inline]] inline void encode(const UcieMessageView& message, const UciePacketSizes&,
                                            UcieByteQueue& bytes) const override {
    const unsigned first = static_cast<unsigned>(message.kind) | (message.operation & 0xFu) << 4 |
                           (message.status & 7u) << 8 | (message.poison ? 1u : 0u) << 11 |
                           (message.traffic_class & 0xFu) << 12 | unsigned{message.tag} << 16;
    std::uint8_t* const header = bytes.append(kMostHeaderBytes + message.data.size());
    ucie_put(&header[0], first);
    ucie_put(&header[4], message.length);
    ucie_put(&header[8], message.address);
    std::copy(message.data.begin(), message.data.end(), header + kMostHeaderBytes);
  }

  std::size_t header_bytes(std::uint8_t) const override { return kMostHeaderBytes; }

  bool read(std::span<const std::uint8_t> header, UcieUnit& unit) const override {
    const auto first = ucie_get<std::uint32_t>(&header[0]);
    const unsigned kind = first & 0xF;
    const auto length = ucie_get<std::uint32_t>(&header[4]);
    if (kind == 0 || kind >= kUcieMessageKinds || length > UcieMessage::kMaxLength) return false;
    unit.message = {.protocol = UcieProtocol::kStreaming,
                    .kind = static_cast<UcieMessageKind>(kind),
                    .operation = static_cast<std::uint8_t>(first >> 4 & 0xF),
                    .status = static_cast<std::uint8_t>(first >> 8 & 7),
                    .poison = (first >> 11 & 1) != 0,
                    .traffic_class = static_cast<std::uint8_t>(first >> 12 & 0xF),
                    .tag = static_cast<std::uint16_t>(first >> 16),
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
