// SPDX-License-Identifier: Apache-2.0
//
// What leaves a port by arithmetic: when each message goes, and the damage that the other end has
// to be told of.
#include <algorithm>

#include "models/core/report.h"
#include "models/ucie/ucie_link_trace_entries.h"
#include "models/ucie/ucie_port.h"
#include "models/ucie/ucie_port_message.h"

namespace cvp {
namespace {

constexpr std::uint8_t kLast = 3;  // Behind all priorities of a die.

}  // namespace

Femtoseconds UciePort::transmit_by_arithmetic(const Packet& packet,
                                              const UcieMessageHeader& message) {
  const Femtoseconds now = actions_.now();
  const unsigned stacks = link_.agreement().stacks;
  const unsigned stack = ucie_stack(packet, params_.protocol, stacks);
  const UcieLeft left{.tag = packet.tag,
                      .posted = message.kind == UcieMessageKind::kPostedWrite,
                      .traffic_class = packet.attributes.traffic_class,
                      .bytes = ucie_wire_bytes(message, params_.packets),
                      .pushed = now};
  if (params_.fidelity != UcieFidelity::kFunctional && stacks > 1) {
    transmitter_.push(now, left.bytes, message.protocol, stack);
    waiting_[stack].push_back({packet, left});
    schedule_turn();
    return Femtoseconds::max();
  }
  const auto times = params_.fidelity != UcieFidelity::kFunctional
                         ? transmitter_.send(now, left.bytes, message.protocol)
                         : transmitter_.send_untimed(now, left.bytes, message.protocol);
  report_damage();
  registers_.note_retries(now);
  hand_over(packet, left, times);
  return times.sent;
}

// When the next message of two stacks may have its last flit start, last of all at that time.
void UciePort::schedule_turn() {
  const Femtoseconds next = transmitter_.next_start();
  if (next >= turn_posted_) return;
  turn_posted_ = next;
  actions_.post(next, source_, *this, kTurn, 0, kLast);
}

// Messages whose last flit has started by then go; those that were pushed back wait.
void UciePort::take_turn(Femtoseconds until) {
  turn_posted_ = Femtoseconds::max();
  transmitter_.run(until);
  report_damage();
  registers_.note_retries(actions_.now());
  for (unsigned stack = 0; stack < kUcieStacks; ++stack) {
    while (const auto times = transmitter_.take_started(stack)) {
      const Waiting first = std::move(waiting_[stack].front());
      waiting_[stack].pop_front();
      hand_over(first.packet, first.message, *times);
      if (first.message.posted) outbound_.left(first.message.tag, times->sent);
    }
  }
  schedule_turn();
}

void UciePort::hand_over(const Packet& packet, const UcieLeft& message,
                         const UcieStream::Times& times) {
  const Femtoseconds now = actions_.now();
  trace_message(message, times.sent);
  const Femtoseconds arrival = std::max(times.arrived, now + kShortestCrossing);
  if (UcieTraceSink* sink = ucie_trace_sink()) {
    const UcieMessageHeader bare = ucie_bare_message(packet, params_.protocol);
    UcieTraceEntry entry = ucie_trace_message(name(), bare, message.pushed, times.sent, arrival);
    entry.bytes = static_cast<std::uint32_t>(message.bytes);
    if (const unsigned stacks = link_.agreement().stacks; stacks > 1) {
      entry.text += concat(", stack ", ucie_stack(packet, params_.protocol, stacks));
    }
    sink->record(entry);
  }
  peer->deliver(arrival, message.pushed == now ? encode(packet, arriving_.spare())
                                               : ucie_late_message(packet, message.pushed));
}

void UciePort::report_damage() {
  for (const UcieNak& nak : transmitter_.naks()) peer->deliver(nak.due, ucie_nak_message(nak));
  transmitter_.naks().clear();
}

// The other end has sent damaged flits: its replay needs a nak, which takes a slot here.
void UciePort::receive_damage(std::uint64_t damaged) {
  crc_errors_ = damaged;
  ++naks_;
  if (!link_.active()) return;
  transmitter_.send_nak(actions_.now());
  transmitter_.flush_naks(actions_.now());
  report_damage();
  schedule_turn();
}

}  // namespace cvp
