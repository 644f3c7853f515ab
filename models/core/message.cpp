// SPDX-License-Identifier: Apache-2.0
#include "models/core/message.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "models/core/report.h"

namespace cvp {
namespace {

// One list of the fields serves both directions.
template <class Archive, class PacketRef>
void transfer(Archive& archive, PacketRef& packet) {
  archive(packet.kind, packet.command, packet.status, packet.tag, packet.address, packet.length);
  packet.attributes.serialize(archive);
}

// All fields but the data, gathered before they go into a message at once.
struct Writer {
  std::array<std::uint8_t, 128> bytes;
  std::size_t count = 0;
  template <class... Fields>
  void operator()(const Fields&... fields) {
    (put(fields), ...);
  }
  template <class Field>
  void put(const Field& field) {
    static_assert(std::is_trivially_copyable_v<Field>);
    CVP_CHECK(count + sizeof field <= bytes.size(), "a packet has more fields than have room");
    std::memcpy(&bytes[count], &field, sizeof field);
    count += sizeof field;
  }
};

struct Reader {
  const Message& in;
  std::size_t position = 0;
  template <class... Fields>
  void operator()(Fields&... fields) {
    (get(fields), ...);
  }
  template <class Field>
  void get(Field& field) {
    CVP_CHECK(in.size() - position >= sizeof field, "message of ", in.size(), " bytes is cut off");
    std::memcpy(&field, in.data() + position, sizeof field);
    position += sizeof field;
  }
};

bool carries_operand(const tlm::tlm_generic_payload& payload, const Attributes& attributes) {
  return !attributes.no_data && (payload.is_write() || attributes.atomic != AtomicOp::kNone);
}

std::size_t operand_bytes(const tlm::tlm_generic_payload& payload, const Attributes& attributes) {
  return std::size_t{payload.get_data_length()} *
         (attributes.atomic == AtomicOp::kCompareSwap ? 2 : 1);
}

}  // namespace

// All that a request and its response have alike.
void Packet::begin(PacketKind of_kind, const tlm::tlm_generic_payload& payload,
                   std::uint64_t of_tag) {
  kind = of_kind;
  command = payload.get_command();
  status = tlm::TLM_INCOMPLETE_RESPONSE;
  tag = of_tag;
  address = payload.get_address();
  length = payload.get_data_length();
  attributes = Attributes::of(payload);
  data.clear();
}

void Packet::become_request(const tlm::tlm_generic_payload& payload, std::uint64_t of_tag) {
  begin(PacketKind::kRequest, payload, of_tag);
  if (!carries_operand(payload, attributes)) return;
  const auto* bytes = payload.get_data_ptr();
  data.assign(bytes, bytes + operand_bytes(payload, attributes));
}

void Packet::become_response(const tlm::tlm_generic_payload& payload, std::uint64_t of_tag) {
  begin(PacketKind::kResponse, payload, of_tag);
  status = payload.get_response_status();
  if (!payload.is_read() || !payload.is_response_ok() || attributes.no_data) return;
  data.assign(payload.get_data_ptr(), payload.get_data_ptr() + length);
}

Packet Packet::request(const tlm::tlm_generic_payload& payload, std::uint64_t tag) {
  Packet packet;
  packet.become_request(payload, tag);
  return packet;
}

Packet Packet::response(const tlm::tlm_generic_payload& payload, std::uint64_t tag) {
  Packet packet;
  packet.become_response(payload, tag);
  return packet;
}

void Packet::to_payload(tlm::tlm_generic_payload& payload) {
  auto* extension = payload.get_extension<Attributes>();
  CVP_CHECK(extension != nullptr, "a payload for a packet needs attributes");
  *extension = attributes;
  if (!attributes.no_data || data.empty()) {
    data.resize(std::max<std::size_t>(data.size(), length));
  }
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(data.data());
  payload.set_data_length(length);
  payload.set_streaming_width(length);
  payload.set_byte_enable_ptr(nullptr);
  payload.set_dmi_allowed(false);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
}

void Packet::finish(tlm::tlm_generic_payload& payload) const {
  payload.set_response_status(status);
  if (attributes.poison) Attributes::set_poison(payload);
  if (payload.is_read() && !data.empty() && data.size() <= payload.get_data_length()) {
    std::memcpy(payload.get_data_ptr(), data.data(), data.size());
  }
}

Message encode(const Packet& packet, Message memory) {
  Writer writer;
  transfer(writer, const_cast<Packet&>(packet));
  memory.resize(writer.count + packet.data.size());
  const auto data = std::copy_n(writer.bytes.begin(), writer.count, memory.begin());
  std::copy(packet.data.begin(), packet.data.end(), data);
  return memory;
}

void decode(const Message& message, Packet& packet) {
  Reader reader{message};
  transfer(reader, packet);
  packet.data.assign(message.begin() + static_cast<std::ptrdiff_t>(reader.position), message.end());
}

Packet decode(const Message& message) {
  Packet packet;
  decode(message, packet);
  return packet;
}

}  // namespace cvp
