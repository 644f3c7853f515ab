// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/ucie_go_back_n.h"

#include <algorithm>

#include "models/ucie/ucie_transmitter.h"

namespace cvp {

void UcieGoBackN::configure(const UcieStreamErrors& errors) {
  error_ = errors.flit_error;
  nak_error_ = errors.nak_error;
  round_trip_slots_ = errors.round_trip_slots;
  good_flits_ = random_.trials_before(error_);
  windows_.clear();
  first_sent_.clear();
}

std::uint64_t UcieGoBackN::good_flits(std::uint64_t flits) {
  if (good_flits_ >= flits) {
    if (good_flits_ != UcieRandom::kNever) good_flits_ -= flits;
    return flits;
  }
  const std::uint64_t good = good_flits_;
  good_flits_ = random_.trials_before(error_);
  return good;
}

std::uint64_t UcieGoBackN::go_back(std::uint64_t number, Femtoseconds start, Femtoseconds slot,
                                   Femtoseconds flight, bool is_nak) {
  ++retries_;
  // 1. A nak that is lost is repeated when no replay has come, or at once when what comes in its
  //    place is damaged.
  std::uint64_t slots = round_trip_slots_;
  Femtoseconds due = start + flight;
  naks_.push_back({due, 1});
  const std::size_t first_nak = naks_.size() - 1;
  while (random_.chance(nak_error_)) {
    const std::uint64_t late =
        std::min<std::uint64_t>(random_.trials_before(error_), kUcieNakMarginSlots);
    slots += round_trip_slots_ + late;
    due += (round_trip_slots_ + late) * slot;
    naks_.push_back({due, 0});
  }
  // 2. Of what is sent for nothing some is damaged too.
  std::uint64_t left = slots - 1;
  for (std::uint64_t good; (good = good_flits(left)) < left; left -= good + 1) {
    ++naks_[first_nak].damaged;
  }
  // 3. What leaves meanwhile for the first time.
  windows_.push_back({start, start + slots * slot});
  const std::uint64_t lost_first = is_nak ? 1 : 0;
  const std::uint64_t first = std::max(frontier_, number), end = number + slots - lost_first;
  if (first < end) {
    first_sent_.push_back({first, end, start + (first - number + lost_first) * slot});
    frontier_ = end;
  }
  return slots - lost_first;
}

void UcieGoBackN::note_idle_damage(Femtoseconds arrival) { naks_.push_back({arrival, 1}); }

Femtoseconds UcieGoBackN::first_start(std::uint64_t number, Femtoseconds start, Femtoseconds slot) {
  while (!first_sent_.empty() && first_sent_.front().end <= number) first_sent_.pop_front();
  if (first_sent_.empty() || number < first_sent_.front().first) return start;
  const FirstSent& sent = first_sent_.front();
  return std::min(start, sent.start + (number - sent.first) * slot);
}

void UcieGoBackN::forget_windows(Femtoseconds time) {
  while (!windows_.empty() && windows_.front().end <= time) windows_.pop_front();
}

bool UcieGoBackN::in_window(Femtoseconds time) {
  forget_windows(time);
  return !windows_.empty() && windows_.front().begin <= time;
}

}  // namespace cvp
