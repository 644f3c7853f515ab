// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_go_back_n.h"

#include <algorithm>

#include "models/ucie/adapter/ucie_transmitter.h"

namespace cvp {

void UcieGoBackN::configure(const UcieStreamErrors& errors, Femtoseconds slot,
                            Femtoseconds flight) {
  error_ = errors.flit_error;
  nak_error_ = errors.nak_error;
  round_trip_slots_ = errors.round_trip_slots;
  slot_ = slot;
  flight_ = flight;
  good_flits_ = random_.trials_before(error_);
  windows_.clear();
  past_.clear();
  free_ = {};
}

std::uint64_t UcieGoBackN::take_good(std::uint64_t flits) {
  const std::uint64_t good = std::min(flits, good_flits_);
  if (good_flits_ != UcieRandom::kNever) good_flits_ -= good;
  return good;
}

bool UcieGoBackN::next_is_damaged() {
  if (take_good(1) == 1) return false;
  good_flits_ = random_.trials_before(error_);
  ++damaged_;
  return true;
}

// Flits from the damaged one on, those that left in the window among them, are replayed at its end.
Femtoseconds UcieGoBackN::first_start(std::uint64_t number, Femtoseconds start) {
  while (!windows_.empty() && start >= windows_.front().end) {
    const Window window = windows_.front();
    windows_.pop_front();
    start =
        std::max(start, windows_.empty() ? free_ : window.end + (number - window.number) * slot_);
  }
  return start;
}

Femtoseconds UcieGoBackN::deliver(std::uint64_t number, Femtoseconds start) {
  // 1. In windows that are open it is sent for nothing, once each.
  for (const Window& window : windows_) {
    if (number - window.number >= window.slots) continue;
    replayed_ += start < window.begin ? 1 : 0;
    next_is_damaged();
  }
  // 2. Then in its turn.
  Femtoseconds delivered = std::max(start, free_);
  replayed_ += start < delivered ? 1 : 0;
  while (next_is_damaged()) delivered = go_back(number, delivered);
  free_ = delivered + slot_;
  return delivered;
}

Femtoseconds UcieGoBackN::go_back(std::uint64_t number, Femtoseconds start) {
  ++retries_;
  ++replayed_;
  std::uint64_t slots = round_trip_slots_;
  Femtoseconds due = start + flight_;
  naks_.push_back({due, damaged_});
  // A nak that is lost is repeated when no replay has come, or at once when what comes in its place
  // is damaged.
  while (random_.chance(nak_error_)) {
    const std::uint64_t late =
        std::min<std::uint64_t>(random_.trials_before(error_), kUcieNakMarginSlots);
    slots += round_trip_slots_ + late;
    due += (round_trip_slots_ + late) * slot_;
    naks_.push_back({due, damaged_});
  }
  const Femtoseconds end = start + slots * slot_;
  windows_.push_back({number, slots, start, end});
  past_.push_back(windows_.back());
  return end;
}

void UcieGoBackN::forget_before(Femtoseconds time) {
  while (!past_.empty() && past_.front().end <= time) past_.pop_front();
}

bool UcieGoBackN::in_window(Femtoseconds time) {
  forget_before(time);
  return !past_.empty() && past_.front().begin <= time;
}

std::uint64_t UcieGoBackN::send_nak(Femtoseconds start, bool flits_under_way) {
  if (!next_is_damaged()) return 0;
  naks_.push_back({start + flight_, damaged_});
  // The flit that follows clears the matter, so this nak is not repeated if it is lost. If one that
  // follows soon is damaged, the replay falls into its window.
  if (!flits_under_way || random_.chance(nak_error_)) return 0;
  ++retries_;
  const std::uint64_t slots = round_trip_slots_ - 1;
  if (good_flits_ < slots) return 0;
  replayed_ += slots;
  return slots;
}

}  // namespace cvp
