// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_slots.h"

#include "models/core/report.h"

namespace cvp {

void UcieSlots::configure(UcieFlitFormat flits, const FlitFormat& format, Femtoseconds now) {
  clock_ = FlitClock(format);
  for (std::size_t i = 0; i < payload_.size(); ++i) {
    payload_[i] = ucie_flit_layout(flits, static_cast<UcieProtocol>(i)).payload_bytes();
  }
  awake_ = awake(now);
  begin_run(now);
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
  fill_ = 0;
}

std::uint64_t UcieSlots::starting_by(Femtoseconds until, std::uint64_t slots) const {
  if (start_after(slots - 1) <= until) return slots;
  std::uint64_t last = (until - base_) / clock_.time(1);
  while (start_of(last + 1) <= until) ++last;
  while (start_of(last) > until) --last;  // Slots are not whole femtoseconds.
  return last + 1 - tail_;
}

Femtoseconds UcieSlots::end_of_flit(Femtoseconds now) const {
  if (now <= base_ || now >= end()) return now;
  std::uint64_t slot = (now - base_) / clock_.time(1);
  while (start_of(slot) < now) ++slot;
  while (start_of(slot - 1) >= now) --slot;  // Slots are not whole femtoseconds.
  return start_of(slot);
}

UcieSlots::Sent UcieSlots::send(Femtoseconds ready, std::uint64_t bytes, UcieProtocol protocol) {
  CVP_CHECK(bytes > 0, "an empty message has no place in a flit");
  // A flit that has started, or carries another protocol, is closed.
  const std::uint32_t capacity = payload_bytes(protocol);
  const std::uint64_t room = this->room(ready, protocol);
  Sent sent;
  if (bytes <= room) {
    sent.fill = fill_ + static_cast<std::uint32_t>(bytes);
  } else {
    const std::uint64_t rest = bytes - room;
    sent.flits = (rest + capacity - 1) / capacity;
    sent.fill = static_cast<std::uint32_t>((rest - 1) % capacity + 1);
    begin_run_if_idle(ready);
    tail_ += sent.flits;
    protocol_ = protocol;
  }
  sent.time = end();
  fill_ = sent.fill % capacity;
  return sent;
}

void UcieSlots::lose(Femtoseconds ready, std::uint64_t slots) {
  if (fill_ > 0 && ready > last_start()) fill_ = 0;  // It has started.
  begin_run_if_idle(ready);
  tail_ += slots;
}

}  // namespace cvp
