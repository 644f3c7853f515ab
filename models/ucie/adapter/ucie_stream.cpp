// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_stream.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cvp {
namespace {
constexpr std::uint64_t kFlitsOfParitySlot = 1024;
}  // namespace

double ucie_flit_error(double bit_error_rate, std::uint32_t bytes) {
  return -std::expm1(8.0 * bytes * std::log1p(-bit_error_rate));
}

double ucie_flit_error(const UcieBitFaults& faults, std::uint32_t bytes) {
  const std::size_t lanes = faults.lane_ber.size();
  if (lanes == 0) return faults.burst;
  // Flits begin at every lane in turn that their length leads to.
  const std::size_t starts = lanes / std::gcd(lanes, std::size_t{bytes});
  double sum = 0;
  for (std::size_t start = 0; start < starts; ++start) {
    double log_intact = std::log1p(-faults.burst);
    for (std::size_t i = 0; i < lanes; ++i) {
      const std::size_t lane = (start * bytes + i) % lanes;
      const std::size_t on_lane = bytes / lanes + (i < bytes % lanes ? 1 : 0);
      log_intact += 8.0 * static_cast<double>(on_lane) * std::log1p(-faults.lane_ber[lane]);
    }
    sum += -std::expm1(log_intact);
  }
  return sum / static_cast<double>(starts);
}

void UcieStream::configure(const UcieLinkShape& shape, Femtoseconds now,
                           const UcieStreamErrors& errors) {
  const UcieFlitLayout& layout = ucie_flit_layout(shape.format);
  busy_before_ = busy();
  flits_before_ = wire_flits() - untimed_flits_;
  slots_.configure(shape.format, shape.flit_format(), now);
  half_payload_ = layout.forward_bytes < layout.wire_bytes ? layout.payload[0].count : 0;
  half_time_ = shape.half_time();
  errors_.configure(layout.has_header() ? errors : UcieStreamErrors{}, slot_time(1),
                    shape.fixed_latency() + slot_time(1));
  late_ = {};
  followed_ = {};
  waiting_naks_.clear();
  parity_ = errors.parity;
  sent_since_parity_ = 0;
}

// Slots of parity that are due when so many flits have been sent.
std::uint64_t UcieStream::draw_parity(std::uint64_t flits) {
  if (!parity_) return 0;
  const std::uint64_t sent = sent_since_parity_ + flits;
  sent_since_parity_ = sent % kFlitsOfParitySlot;
  return sent / kFlitsOfParitySlot;
}

// When something may go next; before a flit that has still room.
Femtoseconds UcieStream::free_at() const {
  return fill() > 0 ? slots_.end() - slot_time(1) : slots_.end();
}

UcieStream::Times UcieStream::send(Femtoseconds ready, std::uint64_t message_bytes,
                                   UcieProtocol protocol, unsigned stack) {
  flush_naks(ready);
  errors_.forget_before(ready);
  const std::uint64_t capacity = slots_.payload_bytes(protocol), flits_before = flits_;
  const Femtoseconds slot = slot_time(1);
  UcieSlots::Sent packed;
  // 1. The flit that is open takes what it can.
  std::uint64_t left = message_bytes;
  if (const std::uint64_t room = slots_.room(ready, protocol, stack); room > 0) {
    packed = slots_.send(ready, std::min(room, left), protocol, stack);
    left -= std::min(room, left);
  }
  // 2. New flits: those up to the next damage at once; while replays are awaited one by one.
  while (left > 0) {
    if (!errors_.clean()) {
      const Femtoseconds next = std::max(ready, slots_.end());
      const Femtoseconds start = errors_.first_start(flits_, next);
      slots_.wait_until(start);
    }
    const std::uint64_t good =
        errors_.clean() ? errors_.take_good((left + capacity - 1) / capacity) : 0;
    const std::uint64_t bytes = std::min(left, std::max<std::uint64_t>(good, 1) * capacity);
    packed = slots_.send(ready, bytes, protocol, stack);
    const Femtoseconds start = packed.time - slot;
    late_[stack] = good > 0 ? Femtoseconds{} : errors_.deliver(flits_, start) - start;
    flits_ += packed.flits;
    left -= bytes;
  }
  Times times;
  times.accepted = packed.time - slot;
  times.sent = packed.time;
  times.delivered = packed.time + late_[stack];
  times.arrived = times.delivered + slots_.format().latency;
  if (packed.fill <= half_payload_) times.arrived -= half_time_;
  // 3. Parity follows.
  const std::uint64_t parity = draw_parity(flits_ - flits_before);
  parity_slots_ += parity;
  take_slots(ready, parity);
  return times;
}

// Messages that are in the open flit are not told that it is later by these, unless followed.
void UcieStream::take_slots(Femtoseconds ready, std::uint64_t slots) {
  if (slots == 0) return;
  if (errors_.clean()) {
    slots_.lose(ready, slots);
  } else {
    errors_.delay_replays(slots);
  }
}

void UcieStream::send_nak(Femtoseconds ready) {
  auto place = waiting_naks_.end();
  while (place != waiting_naks_.begin() && *std::prev(place) > ready) --place;
  waiting_naks_.insert(place, ready);
}

void UcieStream::flush_naks(Femtoseconds now) {
  while (!waiting_naks_.empty() && waiting_naks_.front() <= std::max(now, free_at())) {
    place_nak(waiting_naks_.front());
    waiting_naks_.pop_front();
  }
}

void UcieStream::place_nak(Femtoseconds due) {
  ++nops_;
  const Femtoseconds start = std::max(due, free_at());
  const bool busy = due < start || !errors_.clean();
  const bool for_nothing = errors_.in_window(due);
  if (!for_nothing) {
    take_slots(due, 1);
  } else if (slots_.open_flits() == 0 && free_at() < due + slot_time(1)) {
    slots_.lose(due, 1);  // A new flit would have left for nothing instead.
  }
  take_slots(due, errors_.send_nak(start, busy && !for_nothing));
}

UcieStream::Times UcieStream::followed(unsigned stack) const {
  Times times = followed_[stack].front();
  const Femtoseconds later = slots_.followed_until(stack) - times.sent;
  times.accepted += later;
  times.sent += later;
  times.delivered += later;
  times.arrived += later;
  return times;
}

UcieStream::Times UcieStream::send_untimed(Femtoseconds ready, std::uint64_t message_bytes,
                                           UcieProtocol protocol) {
  const std::uint32_t capacity = slots_.payload_bytes(protocol);
  const std::uint64_t flits = (message_bytes + capacity - 1) / capacity;
  flits_ += flits;
  untimed_flits_ += flits;
  const Femtoseconds sent = ready + slot_time(1);
  Times times{ready, sent, sent, sent + slots_.format().latency};
  if (message_bytes <= half_payload_) times.arrived -= half_time_;
  return times;
}

}  // namespace cvp
