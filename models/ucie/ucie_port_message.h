// SPDX-License-Identifier: Apache-2.0
//
// What two ports say to each other that is neither a packet by itself nor a flit. Begins with a
// mark that no packet and no flit has.
#pragma once

#include <optional>

#include "models/core/message.h"
#include "models/core/units.h"
#include "models/ucie/adapter/ucie_go_back_n.h"

namespace cvp {

/// By arithmetic damaged flits are not there to be seen: the other end is told what it sees in
/// them.
Message ucie_nak_message(const UcieNak& nak);
/// Damaged flits so far; nothing if this is no such message.
std::optional<std::uint64_t> ucie_damage(const Message& message);

/// A packet that is handed over later than it was pushed.
Message ucie_late_message(const Packet& packet, Femtoseconds pushed);
/// When that was, and leaves the packet; `now` if it is handed over at once.
Femtoseconds ucie_take_pushed(Message& message, Femtoseconds now);

/// An end has taken a damaged flit for a good one: something may be lost. Only the simulation
/// knows.
Message ucie_watch_message();
bool ucie_is_watch(const Message& message);

}  // namespace cvp
