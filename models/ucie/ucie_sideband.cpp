// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/ucie_sideband.h"

#include <cstring>

#include "models/core/report.h"

namespace cvp {
namespace {

// Moves a message's fields to or from bytes, in the order of UcieTrainingMessage::serialize.
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
    CVP_CHECK(bytes.size() - position >= size, "a training message is cut off");
    std::memcpy(field, bytes.data() + position, size);
    position += size;
  }
};

}  // namespace

Packet ucie_sideband_packet(UcieSideband what, std::uint64_t argument) {
  Packet packet;
  packet.kind = PacketKind::kSideband;
  packet.address = static_cast<Addr>(what);
  packet.tag = argument;
  return packet;
}

Packet ucie_training_packet(const UcieTrainingMessage& message) {
  Packet packet = ucie_sideband_packet(UcieSideband::kTraining);
  UcieTrainingMessage copy = message;
  Put put{packet.data};
  copy.serialize(put);
  return packet;
}

Femtoseconds ucie_sideband_time(const UcieTrainingMessage& message) {
  const bool data =
      message.kind == UcieTrainingMessage::Kind::kDone &&
      (message.state == UcieState::kMbInitParam || message.state == UcieState::kMbInitRepairMb);
  return data ? kUcieSidebandPacketWithData : kUcieSidebandPacket;
}

UcieSideband ucie_sideband_kind(const Packet& packet) {
  return static_cast<UcieSideband>(packet.address);
}

UcieTrainingMessage ucie_training_message(const Packet& packet) {
  UcieTrainingMessage message;
  Get get{packet.data};
  message.serialize(get);
  return message;
}

}  // namespace cvp
