// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/ucie_stream.h"

#include <algorithm>
#include <cmath>

namespace cvp {
namespace {
constexpr std::uint64_t kFlitsOfParitySlot = 1024;
}  // namespace

double ucie_flit_error(double bit_error_rate, std::uint32_t bytes) {
  return -std::expm1(8.0 * bytes * std::log1p(-bit_error_rate));
}

double ucie_flit_error(const UcieBitFaults& faults, std::uint32_t bytes) {
  double log_intact = std::log1p(-faults.burst);
  const std::size_t lanes = faults.lane_ber.size();
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    const std::size_t on_lane = bytes / lanes + (lane < bytes % lanes ? 1 : 0);
    log_intact += 8.0 * static_cast<double>(on_lane) * std::log1p(-faults.lane_ber[lane]);
  }
  return -std::expm1(log_intact);
}

void UcieStream::configure(const UcieLinkShape& shape, Femtoseconds now,
                           const UcieStreamErrors& errors) {
  const UcieFlitLayout& layout = ucie_flit_layout(shape.format);
  stream_.configure(shape.format, shape.flit_format(), now);
  half_payload_ = layout.forward_bytes < layout.wire_bytes ? layout.payload[0].count : 0;
  half_time_ = shape.fixed_latency() + stream_.format().time(1) - shape.one_way_latency();
  errors_.configure(layout.has_header() ? errors : UcieStreamErrors{});
  free_ = {};
  waiting_naks_.clear();
  parity_ = errors.parity;
  sent_since_parity_ = 0;
}

// Slots that the link sends for nothing until so many flits have been delivered, the last of which
// would else end at `end`.
std::uint64_t UcieStream::draw_retries(std::uint64_t flits, Femtoseconds end) {
  const Femtoseconds slot = slot_time(1), flight = slot + stream_.format().latency;
  std::uint64_t number = this->flits() - flits, lost = 0;
  for (std::uint64_t left = flits;;) {
    const std::uint64_t good = errors_.good_flits(left);
    if (good == left) return lost;
    left -= good;
    number += good;
    const Femtoseconds start = end + slot_time(lost) - left * slot;
    lost += errors_.go_back(number, start, slot, flight, false);
  }
}

// Slots of parity that are due when so many flits have been sent.
std::uint64_t UcieStream::draw_parity(std::uint64_t flits) {
  if (!parity_) return 0;
  const std::uint64_t sent = sent_since_parity_ + flits;
  sent_since_parity_ = sent % kFlitsOfParitySlot;
  return sent / kFlitsOfParitySlot;
}

// What takes whole flits leaves the place in the open one as it is.
void UcieStream::take_slots(Femtoseconds ready, std::uint64_t slots) {
  if (slots > 0) stream_.lose(ready, slots);
  free_ = stream_.end();
  if (fill() > 0) free_ -= slot_time(1);
}

UcieStream::Times UcieStream::send(Femtoseconds ready, std::uint64_t message_bytes,
                                   UcieProtocol protocol, unsigned stack) {
  flush_naks(ready);
  errors_.forget_windows(ready);
  const UcieSlots::Sent packed = stream_.send(ready, message_bytes, protocol, stack);
  const std::uint64_t replayed = draw_retries(packed.flits, packed.time);
  const std::uint64_t parity = draw_parity(packed.flits);
  const std::uint64_t lost = replayed + parity;
  Times times;
  times.sent = packed.time + (lost > 0 ? slot_time(lost) : Femtoseconds{});
  times.arrived = times.sent + stream_.format().latency;
  if (packed.fill <= half_payload_) times.arrived -= half_time_;
  const Femtoseconds slot = slot_time(1), start = times.sent - slot;
  times.accepted = std::max(ready, errors_.first_start(flits() - 1, start, slot));
  take_slots(ready, lost);
  replayed_ += replayed;
  parity_slots_ += parity;
  return times;
}

void UcieStream::send_nak(Femtoseconds ready) {
  auto place = waiting_naks_.end();
  while (place != waiting_naks_.begin() && *std::prev(place) > ready) --place;
  waiting_naks_.insert(place, ready);
}

void UcieStream::flush_naks(Femtoseconds now) {
  while (!waiting_naks_.empty()) {
    const Femtoseconds due = waiting_naks_.front();
    if (due > std::max(now, free_)) return;
    waiting_naks_.pop_front();
    place_nak(due);
  }
}

void UcieStream::place_nak(Femtoseconds due) {
  ++nops_;
  // It takes the place of a flit that would leave for nothing.
  if (errors_.in_window(due) && replayed_ > 0) {
    --replayed_;
    return;
  }
  const bool busy = due < free_;
  take_slots(due, 1);
  if (errors_.good_flits(1) == 1) return;
  const Femtoseconds slot = slot_time(1), flight = slot + stream_.format().latency;
  const Femtoseconds start = free_ - slot;
  if (!busy) return errors_.note_idle_damage(start + flight);
  const std::uint64_t next = flits() - (fill() > 0 ? 1 : 0);
  const std::uint64_t lost = errors_.go_back(next, start, slot, flight, true);
  take_slots(due, lost);
  replayed_ += lost;
}

UcieStream::Times UcieStream::send_untimed(Femtoseconds ready, std::uint64_t message_bytes,
                                           UcieProtocol protocol) {
  stream_.send_untimed(message_bytes, protocol);
  const Femtoseconds sent = ready + slot_time(1);
  Times times{ready, sent, sent + stream_.format().latency};
  if (message_bytes <= half_payload_) times.arrived -= half_time_;
  return times;
}

}  // namespace cvp
