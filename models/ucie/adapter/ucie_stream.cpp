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
  turns_.clear();
  started_ = {};
  waiting_naks_.clear();
  parity_ = errors.parity;
  sent_since_parity_ = 0;
}

UcieStream::Times UcieStream::send(Femtoseconds ready, std::uint64_t message_bytes,
                                   UcieProtocol protocol) {
  if (!waiting_naks_.empty()) flush_naks(ready);
  errors_.forget_before(ready);
  const std::uint64_t capacity = slots_.payload_bytes(protocol), flits_before = flits_;
  UcieSlots::Sent packed;
  // 1. The flit that is open takes what it can.
  std::uint64_t left = message_bytes;
  if (const std::uint64_t room = slots_.room(ready, protocol); room > 0) {
    packed = slots_.send(ready, std::min(room, left), protocol);
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
    packed = slots_.send(ready, bytes, protocol);
    const Femtoseconds start = packed.time - slot_time(1);
    late_ = good > 0 ? Femtoseconds{} : errors_.deliver(flits_, start) - start;
    flits_ += packed.flits;
    left -= bytes;
  }
  const Times times = times_of(packed.time, late_, packed.fill);
  // 3. Parity follows.
  send_parity(ready, flits_ - flits_before);
  return times;
}

// Of a message whose last flit has first left at `sent`, and is delivered by one that is `late`.
UcieStream::Times UcieStream::times_of(Femtoseconds sent, Femtoseconds late,
                                       std::uint32_t fill) const {
  Times times{.accepted = sent - slot_time(1), .sent = sent};
  times.delivered = times.sent + late;
  times.arrived = times.delivered + slots_.format().latency;
  if (fill <= half_payload_) times.arrived -= half_time_;
  return times;
}

// Slots of parity that are due when so many flits have been sent.
void UcieStream::send_parity(Femtoseconds ready, std::uint64_t flits) {
  if (!parity_) return;
  const std::uint64_t sent = sent_since_parity_ + flits;
  sent_since_parity_ = sent % kFlitsOfParitySlot;
  parity_slots_ += sent / kFlitsOfParitySlot;
  take_slots(ready, sent / kFlitsOfParitySlot);
}

void UcieStream::push(Femtoseconds ready, std::uint64_t message_bytes, UcieProtocol protocol,
                      unsigned stack) {
  flush_naks(ready);
  errors_.forget_before(ready);
  if (turns_.empty()) slots_.begin_run_if_idle(ready);
  turns_.push(stack, message_bytes, slots_.payload_bytes(protocol));
}

Femtoseconds UcieStream::next_start() const {
  if (turns_.empty()) return Femtoseconds::max();
  std::uint64_t before = errors_.good_flits();  // The other end is told of a damaged one in time.
  for (unsigned stack = 0; stack < kUcieStacks; ++stack) {
    if (turns_.has_message(stack)) before = std::min(before, turns_.flits_before(stack));
  }
  return slots_.start_after(before);
}

void UcieStream::run(Femtoseconds until) {
  while (!turns_.empty()) {
    if (!errors_.clean()) slots_.wait_until(errors_.first_start(flits_, slots_.end()));
    if (slots_.end() > until) return;
    send_parity(until, start_flits(until));
  }
}

// What comes when a flit starts is in time for it.
void UcieStream::run_before(Femtoseconds time) {
  if (time.value > 0) run(time - Femtoseconds{1});
}

// Those up to the next damage that start by then; one while replays are awaited. Gives how many.
std::uint64_t UcieStream::start_flits(Femtoseconds until) {
  const Femtoseconds start = slots_.end();
  const std::uint64_t most = slots_.starting_by(until, turns_.flits());
  const std::uint64_t good = errors_.clean() ? errors_.take_good(most) : 0;
  const std::uint64_t count = std::max<std::uint64_t>(good, 1);
  const Femtoseconds late = good > 0 ? Femtoseconds{} : errors_.deliver(flits_, start) - start;
  turns_.take(count, [&](unsigned stack, std::uint64_t before, std::uint32_t fill) {
    started_[stack].push_back(times_of(slots_.start_after(before + 1), late, fill));
  });
  slots_.take(count);
  delivered_ = slots_.end() + late;
  flits_ += count;
  return count;
}

std::optional<UcieStream::Times> UcieStream::take_started(unsigned stack) {
  if (started_[stack].empty()) return {};
  const Times times = started_[stack].front();
  started_[stack].pop_front();
  return times;
}

// Messages of one stack that are in the open flit are not told that it is later by these.
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
  run_before(now);
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
  } else if (!waits() && free_at() < due + slot_time(1)) {
    slots_.lose(due, 1);  // A new flit would have left for nothing instead.
  }
  take_slots(due, errors_.send_nak(start, busy && !for_nothing));
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
