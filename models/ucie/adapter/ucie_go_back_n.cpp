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
  if (damage_next_) good_flits_ = 0;
  windows_.clear();
  past_.clear();
  window_slots_ = window_flits_ = window_naks_ = 0;
  free_ = {};
}

std::uint64_t UcieGoBackN::take_good(std::uint64_t flits) {
  const std::uint64_t good = std::min(flits, good_flits_);
  if (good_flits_ != UcieRandom::kNever) good_flits_ -= good;
  return good;
}

bool UcieGoBackN::next_is_damaged() {
  if (take_good(1) == 1) return false;
  damage_next_ = false;
  good_flits_ = random_.trials_before(error_);
  ++damaged_;
  return true;
}

// Flits from the damaged one on, those that left in the window among them, are replayed at its end.
Femtoseconds UcieGoBackN::first_start(std::uint64_t number, Femtoseconds start) {
  while (!windows_.empty() && start >= windows_.front().end) {
    const Window window = windows_.front();
    windows_.pop_front();
    start = std::max(
        start, windows_.empty() ? free_ : window.end + with_naks(number - window.number) * slot_);
  }
  return start;
}

Femtoseconds UcieGoBackN::deliver(std::uint64_t number, Femtoseconds start) {
  // 1. In windows that are open it is sent for nothing, once each.
  for (const Window& window : windows_) {
    if (with_naks(number - window.number) >= window.slots) continue;
    replayed_ += start < window.begin ? 1 : 0;
    ++window_flits_;
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
  ++window_flits_;
  std::uint64_t slots = round_trip_slots_;
  Femtoseconds due = start + flight_;
  naks_.push_back({due, damaged_});
  // A nak that is lost is repeated when no replay has come, or at once when what comes in its place
  // is damaged.
  const double load = window_load();
  while (random_.chance(nak_error_)) {
    const std::uint64_t late =
        std::min<std::uint64_t>(random_.trials_before(error_ * load), kUcieNakMarginSlots);
    slots += round_trip_slots_ + late;
    due += (round_trip_slots_ + late) * slot_;
    naks_.push_back({due, damaged_});
  }
  window_slots_ += slots;
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
  return covers(time);
}

bool UcieGoBackN::covers(Femtoseconds time) const {
  const auto window =
      std::ranges::find_if(past_, [&](const Window& each) { return time < each.end; });
  return window != past_.end() && window->begin <= time;
}

// Slots for so many flits while a replay is awaited: naks go between them, as many as so far.
std::uint64_t UcieGoBackN::with_naks(std::uint64_t flits) const {
  const std::uint64_t others = window_slots_ - std::min(window_naks_, window_slots_ / 2);
  return others == 0 ? flits : flits + flits * window_naks_ / others;
}

// Share of the slots in which something leaves while a replay is awaited, so far.
double UcieGoBackN::window_load() const {
  const auto taken = static_cast<double>(window_flits_ + window_naks_);
  return window_slots_ == 0 ? 1 : std::min(1.0, taken / static_cast<double>(window_slots_));
}

std::uint64_t UcieGoBackN::send_nak(Femtoseconds start, bool flits_under_way) {
  const bool damaged = next_is_damaged();
  // Who awaits a replay has no other question.
  if (covers(start)) {
    ++window_naks_;
    return 0;
  }
  if (!damaged) return 0;
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
