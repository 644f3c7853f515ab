// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_slots.h"

#include <algorithm>

#include "models/core/report.h"

namespace cvp {

void UcieSlots::configure(UcieFlitFormat flits, const FlitFormat& format, Femtoseconds now) {
  clock_ = FlitClock(format);
  for (std::size_t i = 0; i < payload_.size(); ++i) {
    payload_[i] = ucie_flit_layout(flits, static_cast<UcieProtocol>(i)).payload_bytes();
  }
  awake_ = awake(now);
  base_ = now;
  tail_ = 0;
  next_ = {};
  open_ = {};
  followed_ = {};
}

void UcieSlots::begin_run_if_idle(Femtoseconds ready) {
  if (ready <= end()) return;
  const Femtoseconds start = idle_.start(end(), ready);
  awake_ += idle_.awake_between(end(), start);
  begin_run(start);
}

void UcieSlots::begin_run(Femtoseconds start) {
  base_ = start;
  tail_ = 0;
  next_ = {};
  open_ = {};
}

// Slots for new flits of a stack; gives the last one. Between next_[stack] and tail_ there is
// nothing but flits of the other stack.
std::uint64_t UcieSlots::take(Femtoseconds ready, std::uint64_t flits, unsigned stack) {
  begin_run_if_idle(ready);
  // 1. The first slot that has not started.
  std::uint64_t& next = next_[stack];
  if (next < tail_ && ready > start_of(next)) {
    const std::uint64_t first = next;
    next = std::max<std::uint64_t>(first, (ready - base_) / clock_.time(1));
    while (ready > start_of(next)) ++next;
    while (next > first && ready <= start_of(next - 1))
      --next;  // Slots are not whole femtoseconds.
  }
  // 2. In turn with the flits that the other stack has there; the rest behind them.
  const std::uint64_t others = tail_ > next ? tail_ - next : 0;
  const std::uint64_t last = next + flits - 1 + std::min(flits - 1, others);
  const std::uint64_t between = std::min(flits, others);
  Open& other = open_[1 - stack];
  if (other.slot >= next) other.slot += between;
  for (Followed& each : followed_[1 - stack]) {
    if (each.until > start_of(next)) push_back(each, std::min(each.slot - next + 1, between));
  }
  next_[1 - stack] += between;
  tail_ += flits;
  next = flits <= others ? last + 2 : tail_;
  return last;
}

UcieSlots::Sent UcieSlots::send(Femtoseconds ready, std::uint64_t bytes, UcieProtocol protocol,
                                unsigned stack) {
  CVP_CHECK(bytes > 0, "an empty message has no place in a flit");
  last_stack_ = stack;
  Open& open = open_[stack];
  // A flit that has started, or carries another protocol, is closed.
  const std::uint32_t capacity = payload_bytes(protocol);
  const std::uint64_t room = this->room(ready, protocol, stack);
  Sent sent;
  if (bytes <= room) {
    sent.fill = open.fill + static_cast<std::uint32_t>(bytes);
  } else {
    const std::uint64_t rest = bytes - room;
    sent.flits = (rest + capacity - 1) / capacity;
    sent.fill = static_cast<std::uint32_t>((rest - 1) % capacity + 1);
    open.slot = take(ready, sent.flits, stack);
    open.protocol = protocol;
  }
  sent.time = start_of(open.slot + 1);
  open.fill = sent.fill % capacity;
  return sent;
}

void UcieSlots::lose(Femtoseconds ready, std::uint64_t slots) {
  begin_run_if_idle(ready);
  tail_ += slots;
  for (std::uint64_t& next : next_) next += slots;
  for (unsigned stack = 0; stack < kUcieStacks; ++stack) {
    Open& open = open_[stack];
    if (ready > start_of(open.slot)) open.fill = 0;  // It has started.
    for (Followed& each : followed_[stack]) {
      if (open.fill > 0 && each.until > start_of(open.slot)) push_back(each, slots);
    }
    open.slot += slots;
  }
}

}  // namespace cvp
