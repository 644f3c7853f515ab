// SPDX-License-Identifier: Apache-2.0
#include "models/core/calendar.h"

#include <algorithm>

namespace cvp {

Femtoseconds Calendar::reserve(Femtoseconds earliest, Femtoseconds duration) {
  busy_time_ += duration;
  Femtoseconds start = std::max(earliest, floor_);
  // The common case first: behind everything.
  std::size_t position = busy_.size();
  if (!busy_.empty() && start < busy_.back().end) {
    position = static_cast<std::size_t>(
        std::upper_bound(busy_.begin(), busy_.end(), start,
                         [](Femtoseconds time, const Interval& busy) { return time < busy.end; }) -
        busy_.begin());
    while (position < busy_.size() && start + duration > busy_[position].start) {
      start = std::max(start, busy_[position].end);
      ++position;
    }
  }
  if (duration.value > 0) insert(position, {start, start + duration});
  return start;
}

void Calendar::insert(std::size_t position, Interval interval) {
  const bool joins_left = position > 0 && busy_[position - 1].end == interval.start;
  const bool joins_right = position < busy_.size() && busy_[position].start == interval.end;
  if (joins_left && joins_right) {
    busy_[position - 1].end = busy_[position].end;
    busy_.erase(busy_.begin() + static_cast<std::ptrdiff_t>(position));
  } else if (joins_left) {
    busy_[position - 1].end = interval.end;
  } else if (joins_right) {
    busy_[position].start = interval.start;
  } else {
    busy_.insert(busy_.begin() + static_cast<std::ptrdiff_t>(position), interval);
  }
  if (busy_.size() > kGaps) {
    floor_ = busy_.front().end;
    busy_.erase(busy_.begin());
  }
}

}  // namespace cvp
