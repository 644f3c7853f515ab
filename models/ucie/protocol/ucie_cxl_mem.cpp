// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/protocol/ucie_cxl_mem.h"

#include <algorithm>
#include <array>

#include "models/core/report.h"
#include "models/ucie/protocol/ucie_little_endian.h"

namespace cvp {
namespace {

using Kind = UcieMessageKind;

constexpr std::uint32_t kSlot = 16;
constexpr std::uint8_t kMore = 0x10;  // Of byte 0; ours.

enum Slot : std::uint8_t { kNothing, kReq, kRwD, kNdr, kDrs };

Slot slot_of(Kind kind) {
  switch (kind) {
    case Kind::kRead:
      return kReq;
    case Kind::kWrite:
      return kRwD;
    case Kind::kCompletion:
      return kNdr;
    case Kind::kReadData:
      return kDrs;
    default:
      return kNothing;
  }
}

bool has_data(Kind kind) { return kind == Kind::kWrite || kind == Kind::kReadData; }
bool is_request(Kind kind) { return kind == Kind::kRead || kind == Kind::kWrite; }

// The lines of a transaction are asked for one by one; a write of many is answered by one NDR.
std::uint32_t slots(const UcieMessageHeader& message) {
  return message.kind == Kind::kCompletion ? 1 : message.length / kUcieLineBytes;
}

}  // namespace

std::uint64_t UcieCxlMemEncoding::wire_bytes(const UcieMessageHeader& message,
                                             const UciePacketSizes&) const {
  return std::uint64_t{slots(message)} * (kSlot + (has_data(message.kind) ? kUcieLineBytes : 0));
}

// Byte 0: message 3:0, more 4; byte 1: status 2:0, poison 3, class 7:4; 2: tag; of a request 8:
// address.
void UcieCxlMemEncoding::encode(const UcieMessageView& message, const UciePacketSizes&,
                                UcieByteQueue& bytes) const {
  CVP_CHECK(slot_of(message.kind) != kNothing && message.data.size() % kUcieLineBytes == 0,
            "CXL.mem has no such message");
  const std::uint32_t count = slots(message);
  auto line = message.data.begin();
  for (std::uint32_t n = 0; n < count; ++n) {
    std::uint8_t* const slot = bytes.append(kSlot + (has_data(message.kind) ? kUcieLineBytes : 0));
    std::fill_n(slot, kSlot, std::uint8_t{0});
    slot[0] = static_cast<std::uint8_t>(slot_of(message.kind) | (n + 1 < count ? kMore : 0));
    slot[1] = static_cast<std::uint8_t>((message.status & 7u) | (message.poison ? 8u : 0u) |
                                        (message.traffic_class & 0xFu) << 4);
    ucie_put(&slot[2], message.tag);
    if (is_request(message.kind)) {
      ucie_put(&slot[8], message.address + std::uint64_t{n} * kUcieLineBytes);
    }
    if (!has_data(message.kind)) continue;
    std::copy_n(line, kUcieLineBytes, slot + kSlot);
    line += kUcieLineBytes;
  }
}

std::size_t UcieCxlMemEncoding::header_bytes(std::uint8_t) const { return kSlot; }

bool UcieCxlMemEncoding::read(std::span<const std::uint8_t> header, UcieUnit& unit) const {
  constexpr std::array kKinds = {Kind::kNone, Kind::kRead, Kind::kWrite, Kind::kCompletion,
                                 Kind::kReadData};
  const unsigned number = header[0] & 0xF;
  if (number == kNothing || number >= kKinds.size()) return false;
  unit.begin(UcieProtocol::kMem, kKinds[number]);
  UcieMessageHeader& message = unit.message;
  message.status = header[1] & 7;
  message.poison = (header[1] & 8) != 0;
  message.traffic_class = header[1] >> 4;
  message.tag = ucie_get<std::uint16_t>(&header[2]);
  message.length = message.kind == Kind::kCompletion ? 0 : kUcieLineBytes;
  if (is_request(message.kind)) message.address = ucie_get<std::uint64_t>(&header[8]);
  unit.data_bytes = has_data(message.kind) ? kUcieLineBytes : 0;
  unit.more = (header[0] & kMore) != 0;
  return true;
}

std::string_view UcieCxlMemEncoding::name_of(const UcieMessageHeader& message) const {
  constexpr std::array kNames = {"NO MESSAGE", "Req", "RwD", "NDR", "DRS"};
  return kNames[slot_of(message.kind)];
}

}  // namespace cvp
