// SPDX-License-Identifier: Apache-2.0
//
// What the two ends of a link tell each other beside the flits, as packets. Sideband packets take
// 120 ns (800 MT/s, 64 bits and the gap), 240 ns with data. Credits are here too, though they ride
// in the flits' headers and cost nothing.
#pragma once

#include "models/core/message.h"
#include "models/ucie/management/ucie_link_message.h"
#include "models/ucie/phy/ucie_training_message.h"

namespace cvp {

enum class UcieSideband : std::uint8_t {
  kTraining,
  kRelease,
  kReleaseDone,
  kCredit,
  kMailbox,
  kLink,
  kBeginAnew  ///< The rows of messages, with the retrain that follows.
};

/// An access of software to a link register of the other end, or the answer.
struct UcieMailboxAccess {
  std::uint64_t number = 0;  ///< Joins the answer to its question.
  std::uint32_t offset = 0;
  bool writes = false;
  bool answers = false;
  std::uint32_t data = 0;
  std::uint32_t status = 0;  ///< Of an answer, as in `mailbox_status.status`.

  template <class Archive>
  void serialize(Archive& archive) {
    archive(number, offset, writes, answers, data, status);
  }
};

inline constexpr Femtoseconds kUcieSidebandPacket = 120_ns;
inline constexpr Femtoseconds kUcieSidebandPacketWithData = 240_ns;

/// `argument`: of kCredit, the tag of the posted write.
Packet ucie_sideband_packet(UcieSideband what, std::uint64_t argument = 0);
Packet ucie_training_packet(const UcieTrainingMessage& message);
/// Time on the sideband.
Femtoseconds ucie_sideband_time(const UcieTrainingMessage& message);

Packet ucie_link_packet(const UcieLinkMessage& message);
Femtoseconds ucie_sideband_time(const UcieLinkMessage& message);

Packet ucie_mailbox_packet(const UcieMailboxAccess& access);
Femtoseconds ucie_sideband_time(const UcieMailboxAccess& access);

UcieSideband ucie_sideband_kind(const Packet& packet);
UcieTrainingMessage ucie_training_message(const Packet& packet);
UcieLinkMessage ucie_link_message(const Packet& packet);
UcieMailboxAccess ucie_mailbox_access(const Packet& packet);

}  // namespace cvp
