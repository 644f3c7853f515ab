// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/protocol/ucie_transaction.h"

#include <array>
#include <utility>

#include "models/ucie/protocol/ucie_cxl_mem.h"

namespace cvp {
namespace {

// In the order of the numbers that answers carry.
constexpr std::array kStatuses = {tlm::TLM_OK_RESPONSE,
                                  tlm::TLM_GENERIC_ERROR_RESPONSE,
                                  tlm::TLM_ADDRESS_ERROR_RESPONSE,
                                  tlm::TLM_COMMAND_ERROR_RESPONSE,
                                  tlm::TLM_BURST_ERROR_RESPONSE,
                                  tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE};

std::uint8_t number_of(tlm::tlm_response_status status) {
  for (std::size_t i = 0; i < kStatuses.size(); ++i) {
    if (kStatuses[i] == status) return static_cast<std::uint8_t>(i);
  }
  return 1;
}

UcieMessageKind kind_of(const Packet& packet, std::uint32_t data_bytes) {
  if (packet.kind == PacketKind::kResponse) {
    return data_bytes > 0 ? UcieMessageKind::kReadData : UcieMessageKind::kCompletion;
  }
  if (packet.attributes.atomic != AtomicOp::kNone) return UcieMessageKind::kAtomic;
  if (packet.command == tlm::TLM_READ_COMMAND) return UcieMessageKind::kRead;
  return packet.attributes.posted ? UcieMessageKind::kPostedWrite : UcieMessageKind::kWrite;
}

// Of a request or response on the wire.
std::uint32_t data_bytes(const Packet& packet) {
  const bool to_memory = packet.command == tlm::TLM_WRITE_COMMAND;
  const bool request = packet.kind == PacketKind::kRequest;
  if (request && packet.attributes.atomic != AtomicOp::kNone) {
    return packet.length * (packet.attributes.atomic == AtomicOp::kCompareSwap ? 2 : 1);
  }
  const bool data = request ? to_memory : !to_memory && packet.status == tlm::TLM_OK_RESPONSE;
  return data ? packet.length : 0;
}

// An answer takes the protocol of its request.
UcieProtocol protocol_of(const Packet& packet, UcieMapping mapping) {
  const Attributes& attributes = packet.attributes;
  return ucie_protocol(mapping, attributes.atomic == AtomicOp::kNone && !attributes.posted &&
                                    ucie_fits_cxl_mem(packet.address, packet.length));
}

bool is_answer(UcieMessageKind kind) {
  return kind == UcieMessageKind::kReadData || kind == UcieMessageKind::kCompletion;
}

}  // namespace

UcieNote UcieNote::of(const Packet& packet, Femtoseconds now) {
  const Attributes& attributes = packet.attributes;
  return {.tag = packet.tag,
          .source = attributes.source,
          .transaction_id = attributes.transaction_id,
          .pushed = now,
          .requester = attributes.requester,
          .command = packet.command,
          .response = packet.kind == PacketKind::kResponse,
          .posted = attributes.posted,
          .no_data = attributes.no_data};
}

unsigned ucie_stack(const Packet& packet, UcieMapping mapping, unsigned stacks) {
  if (stacks < 2) return 0;
  const Attributes& attributes = packet.attributes;
  const bool second = mapping == UcieMapping::kCxl
                          ? protocol_of(packet, mapping) == UcieProtocol::kMem
                          : attributes.traffic_class == TrafficClass::kTensor && !attributes.posted;
  return second ? 1 : 0;
}

UcieMessageHeader ucie_bare_message(const Packet& packet, UcieMapping mapping) {
  const std::uint32_t bytes = data_bytes(packet);
  UcieMessageHeader message;
  message.protocol = protocol_of(packet, mapping);
  message.kind = kind_of(packet, bytes);
  message.operation = static_cast<std::uint8_t>(packet.attributes.atomic);
  message.status = packet.kind == PacketKind::kResponse ? number_of(packet.status) : 0;
  message.poison = packet.attributes.poison;
  message.traffic_class = static_cast<std::uint8_t>(packet.attributes.traffic_class);
  message.tag = static_cast<std::uint16_t>(packet.tag & 0xFFFF);
  message.length = message.kind == UcieMessageKind::kRead ? packet.length : bytes;
  message.address = packet.address;
  return message;
}

std::optional<Packet> ucie_packet(const UcieMessageView& message, const UcieNote& note) {
  const bool answer = is_answer(message.kind);
  const bool atomic = message.kind == UcieMessageKind::kAtomic;
  if (answer != note.response) return {};
  if (message.status >= kStatuses.size() || message.traffic_class >= kTrafficClasses) return {};
  if (message.operation > static_cast<std::uint8_t>(AtomicOp::kCompareSwap)) return {};
  if (!answer && (message.length == 0 || atomic != (message.operation != 0))) return {};
  Packet packet;
  packet.kind = answer ? PacketKind::kResponse : PacketKind::kRequest;
  packet.command = note.command;
  packet.status = answer ? kStatuses[message.status] : tlm::TLM_INCOMPLETE_RESPONSE;
  packet.tag = note.tag;
  packet.address = message.address;
  packet.length = message.length;
  Attributes& attributes = packet.attributes;
  attributes.source = note.source;
  attributes.requester = note.requester;
  attributes.traffic_class = static_cast<TrafficClass>(message.traffic_class);
  attributes.atomic = static_cast<AtomicOp>(message.operation);
  attributes.posted = note.posted;
  attributes.poison = message.poison;
  attributes.no_data = note.no_data;
  attributes.transaction_id = note.transaction_id;
  if (attributes.atomic == AtomicOp::kCompareSwap && !answer) {
    if (message.length % 2 != 0) return {};
    packet.length /= 2;
  }
  if (!note.no_data) packet.data.assign(message.data.begin(), message.data.end());
  return packet;
}

}  // namespace cvp
