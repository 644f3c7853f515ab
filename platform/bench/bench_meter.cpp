// SPDX-License-Identifier: Apache-2.0
#include "platform/bench/bench_meter.h"

#include <algorithm>
#include <utility>

namespace cvp {

BenchMeter::BenchMeter(std::uint64_t requests, std::uint64_t warm_up)
    : requests_(requests), warm_up_(warm_up), warm_(warm_up == 0) {
  times_.requests = requests;
}

void BenchMeter::keep(const Completion& completion) {
  if (early_.size() >= most_early_) {
    std::erase_if(early_, [this](const Completion& old) { return old.end < last_ended_; });
    most_early_ = std::max(most_early_, 2 * early_.size());
  }
  early_.push_back(completion);
}

// Of those that end in the same tick, the ones that have been expected last come first.
void BenchMeter::begin_to_count(Tick tick, std::uint64_t requests) {
  warm_ = true;
  warm_tick_ = tick;
  std::uint64_t warm = ended_ - requests;
  for (std::size_t left = early_.size(); left > 0; --left) {
    const Completion& early = early_[left - 1];
    if (early.end > tick || (early.end == tick && warm >= warm_up_)) {
      count(early);
    } else if (early.end == tick) {
      warm += early.requests;
    }
  }
  times_.requests = requests_ - warm;
  early_ = {};
}

BenchTimes BenchMeter::finish(Tick tick) && {
  times_.counted = tick + 1 - warm_tick_;
  times_.complete = true;
  return std::move(times_);
}

}  // namespace cvp
