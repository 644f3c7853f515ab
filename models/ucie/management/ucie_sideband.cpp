// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/management/ucie_sideband.h"

#include <cstring>

#include "models/core/report.h"

namespace cvp {
namespace {

// Moves a message's fields to or from bytes, in the order of its serialize().
struct Put {
  std::vector<std::uint8_t>& bytes;
  template <class... Fields>
  void operator()(const Fields&... fields) {
    (put(&fields, sizeof fields), ...);
  }
  void put(const void* field, std::size_t size) {
    const auto* first = static_cast<const std::uint8_t*>(field);
    bytes.insert(bytes.end(), first, first + size);
  }
};

struct Get {
  const std::vector<std::uint8_t>& bytes;
  std::size_t position = 0;
  template <class... Fields>
  void operator()(Fields&... fields) {
    (get(&fields, sizeof fields), ...);
  }
  void get(void* field, std::size_t size) {
    CVP_CHECK(bytes.size() - position >= size, "a sideband message is cut off");
    std::memcpy(field, bytes.data() + position, size);
    position += size;
  }
};

template <class Fields>
Packet packed(UcieSideband what, Fields fields) {
  Packet packet = ucie_sideband_packet(what);
  Put put{packet.data};
  fields.serialize(put);
  return packet;
}

template <class Fields>
Fields unpacked(const Packet& packet) {
  Fields fields;
  Get get{packet.data};
  fields.serialize(get);
  return fields;
}

}  // namespace

Packet ucie_sideband_packet(UcieSideband what, std::uint64_t argument) {
  Packet packet;
  packet.kind = PacketKind::kSideband;
  packet.address = static_cast<Addr>(what);
  packet.tag = argument;
  return packet;
}

Packet ucie_training_packet(const UcieTrainingMessage& message) {
  return packed(UcieSideband::kTraining, message);
}

Packet ucie_link_packet(const UcieLinkMessage& message) {
  return packed(UcieSideband::kLink, message);
}

Packet ucie_mailbox_packet(const UcieMailboxAccess& access) {
  return packed(UcieSideband::kMailbox, access);
}

// A write brings data, the answer to a read too.
Femtoseconds ucie_sideband_time(const UcieMailboxAccess& access) {
  return access.writes != access.answers ? kUcieSidebandPacketWithData : kUcieSidebandPacket;
}

Femtoseconds ucie_sideband_time(const UcieTrainingMessage& message) {
  return message.has_data() ? kUcieSidebandPacketWithData : kUcieSidebandPacket;
}

Femtoseconds ucie_sideband_time(const UcieLinkMessage& message) {
  return message.has_data() ? kUcieSidebandPacketWithData : kUcieSidebandPacket;
}

UcieSideband ucie_sideband_kind(const Packet& packet) {
  return static_cast<UcieSideband>(packet.address);
}

UcieTrainingMessage ucie_training_message(const Packet& packet) {
  return unpacked<UcieTrainingMessage>(packet);
}

UcieLinkMessage ucie_link_message(const Packet& packet) {
  return unpacked<UcieLinkMessage>(packet);
}

UcieMailboxAccess ucie_mailbox_access(const Packet& packet) {
  return unpacked<UcieMailboxAccess>(packet);
}

}  // namespace cvp
