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

Packet Packet::request(const tlm::tlm_generic_payload& payload, std::uint64_t tag) {
  Packet packet;
  packet.command = payload.get_command();
  packet.tag = tag;
  packet.address = payload.get_address();
  packet.length = payload.get_data_length();
  packet.attributes = Attributes::of(payload);
  if (carries_operand(payload, packet.attributes)) {
    const auto* data = payload.get_data_ptr();
    packet.data.assign(data, data + operand_bytes(payload, packet.attributes));
  }
  return packet;
}

Packet Packet::response(const tlm::tlm_generic_payload& payload, std::uint64_t tag) {
  Packet packet;
  packet.kind = PacketKind::kResponse;
  packet.command = payload.get_command();
  packet.status = payload.get_response_status();
  packet.tag = tag;
  packet.address = payload.get_address();
  packet.length = payload.get_data_length();
  packet.attributes = Attributes::of(payload);
  if (payload.is_read() && payload.is_response_ok() && !packet.attributes.no_data) {
    packet.data.assign(payload.get_data_ptr(), payload.get_data_ptr() + packet.length);
  }
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

Message encode(const Packet& packet) {
  Writer writer;
  transfer(writer, const_cast<Packet&>(packet));
  Message message(writer.count + packet.data.size());
  const auto data = std::copy_n(writer.bytes.begin(), writer.count, message.begin());
  std::ranges::copy(packet.data, data);
  return message;
}

Packet decode(const Message& message) {
  Packet packet;
  Reader reader{message};
  transfer(reader, packet);
  packet.data.assign(message.begin() + static_cast<std::ptrdiff_t>(reader.position), message.end());
  return packet;
}

}  // namespace cvp
