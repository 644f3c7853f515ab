// SPDX-License-Identifier: Apache-2.0
//
// Transactions as messages, and back. What a wire carries is in the message; what only the
// simulation needs to know (instance names for the order of actions, numbers for the trace) is in a
// note that travels beside it.
#pragma once

#include <optional>

#include "models/core/message.h"
#include "models/ucie/protocol/ucie_mapping.h"
#include "models/ucie/protocol/ucie_message.h"

namespace cvp {

struct UcieNote {
  std::uint64_t tag = 0;  ///< The message has its low 16 bits.
  SourceId source = 0;
  std::uint64_t transaction_id = 0;
  Femtoseconds pushed;  ///< When the adapter got the message.
  std::uint32_t requester = 0;
  tlm::tlm_command command = tlm::TLM_IGNORE_COMMAND;
  bool response = false;
  bool posted = false;
  bool no_data = false;  ///< The bytes are zeros that only take their time.
  std::uint8_t stack = 0;

  static UcieNote of(const Packet& packet, Femtoseconds now);
};

/// Which of a link's stacks carries it: the second one takes CXL.mem in its mapping, else tensors
/// but for posted writes, which keep their order in the first. An answer takes that of its request.
unsigned ucie_stack(const Packet& packet, UcieMapping mapping, unsigned stacks);
/// A request or response without its data.
UcieMessageHeader ucie_bare_message(const Packet& packet, UcieMapping mapping);
/// Empty if the message is nothing that a transaction makes: an error that no CRC has found.
std::optional<Packet> ucie_packet(const UcieMessageView& message, const UcieNote& note);

}  // namespace cvp
