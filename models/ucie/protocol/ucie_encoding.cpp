// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/protocol/ucie_encoding.h"

#include <algorithm>
#include <array>

#include "models/ucie/protocol/ucie_cxl_mem.h"
#include "models/ucie/protocol/ucie_little_endian.h"
#include "models/ucie/protocol/ucie_tlp.h"

namespace cvp {
namespace {

/// Our own streaming protocol: a header of 16 bytes and all the data.
class StreamingEncoding final : public UcieEncoding {
 public:
  std::uint64_t wire_bytes(const UcieMessage& message, const UciePacketSizes&) const override {
    return kMostHeaderBytes + message.data_bytes();
  }

  // Byte 0: kind 3:0, operation 7:4; byte 1: status 2:0, poison 3, class 7:4; 2: tag; 4: length;
  // 8: address.
  void encode(const UcieOutgoing& outgoing, const UciePacketSizes&,
              UcieByteQueue& bytes) const override {
    const UcieMessage& message = outgoing.header;
    std::uint8_t* const header = bytes.append(kMostHeaderBytes + outgoing.data.size());
    header[0] = static_cast<std::uint8_t>(static_cast<unsigned>(message.kind) |
                                          (message.operation & 0xFu) << 4);
    header[1] = static_cast<std::uint8_t>((message.status & 7u) | (message.poison ? 8u : 0u) |
                                          (message.traffic_class & 0xFu) << 4);
    ucie_put(&header[2], message.tag);
    ucie_put(&header[4], message.length);
    ucie_put(&header[8], message.address);
    std::copy(outgoing.data.begin(), outgoing.data.end(), header + kMostHeaderBytes);
  }

  std::size_t header_bytes(std::uint8_t) const override { return kMostHeaderBytes; }

  bool read(std::span<const std::uint8_t> header, UcieUnit& unit) const override {
    const unsigned kind = header[0] & 0xF;
    const auto length = ucie_get<std::uint32_t>(&header[4]);
    if (kind == 0 || kind >= kUcieMessageKinds || length > UcieMessage::kMaxLength) return false;
    UcieMessage& message = unit.message;
    message.protocol = UcieProtocol::kStreaming;
    message.kind = static_cast<UcieMessageKind>(kind);
    message.operation = header[0] >> 4;
    message.status = header[1] & 7;
    message.poison = (header[1] & 8) != 0;
    message.traffic_class = header[1] >> 4;
    message.tag = ucie_get<std::uint16_t>(&header[2]);
    message.length = length;
    message.address = ucie_get<std::uint64_t>(&header[8]);
    unit.data_bytes = message.data_bytes();
    unit.padding = 0;
    unit.more = false;
    return true;
  }

  std::string_view name_of(const UcieMessage& message) const override {
    constexpr std::array kNames = {"NO MESSAGE", "read",      "write",     "posted write",
                                   "atomic",     "read data", "completion"};
    return kNames[static_cast<std::size_t>(message.kind)];
  }
};

constinit const StreamingEncoding kStreaming;
constinit const UcieTlpEncoding kTlp;
constinit const UcieCxlMemEncoding kMem;

}  // namespace

constinit const std::array<const UcieEncoding*, 4> kUcieEncodings = {&kStreaming, &kTlp, &kMem,
                                                                     &kStreaming};

}  // namespace cvp
