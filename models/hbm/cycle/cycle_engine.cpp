// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/cycle/cycle_engine.h"

#include <algorithm>

#include "models/core/report.h"

namespace cvp::hbm_cycle {
CycleEngine::CycleEngine(const CycleEngineParams& params)
    : timing_(params.timing),
      map_(params.map, params.timing.geometry),
      burst_(params.timing.geometry.burst_bytes),
      channels_(params.timing.geometry.channels, Controller(params.timing, params.policy)),
      next_of_(channels_.size(), kNever) {}

std::uint32_t CycleEngine::open_transaction(std::uint64_t id, std::uint64_t bursts) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(transactions_.size()));
    transactions_.emplace_back();
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  transactions_[slot] = {id, bursts, 0};
  return slot;
}

// Refreshes that nobody waited for are done when somebody comes.
void CycleEngine::catch_up(Controller& channel, Tick tick) {
  while (channel.next_tick() <= tick) {
    channel.skip_idle(tick);
    channel.step(ended_);
  }
}

void CycleEngine::submit(std::uint64_t id, bool write, std::uint64_t offset, std::uint64_t length,
                         Tick arrival) {
  CVP_CHECK(length > 0 && offset + length <= bytes(), "access outside the stack");
  const std::uint64_t first = offset / burst_, last = (offset + length - 1) / burst_;
  const std::uint32_t slot = open_transaction(id, last - first + 1);
  for (std::uint64_t burst = first; burst <= last; ++burst) {
    const HbmPlace place = map_.place(burst * burst_);
    const unsigned number = place.channel();
    Controller& channel = channels_[number];
    if (channel.idle()) catch_up(channel, arrival);
    channel.submit(slot, write, place, arrival);
    next_of_[number] = channel.next_tick();
    next_ = std::min(next_, next_of_[number]);
  }
}

void CycleEngine::step(std::vector<Completion>& completions) {
  const Tick tick = next_;
  next_ = kNever;
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    if (next_of_[i] == tick) {
      Controller& channel = channels_[i];
      channel.step(ended_);
      next_of_[i] = channel.idle() ? kNever : channel.next_tick();
    }
    next_ = std::min(next_, next_of_[i]);
  }
  for (const Completion& burst : ended_) {
    Transaction& transaction = transactions_[burst.id];
    transaction.end = std::max(transaction.end, burst.tick);
    if (--transaction.bursts_left > 0) continue;
    completions.push_back({transaction.id, transaction.end});
    free_.push_back(static_cast<std::uint32_t>(burst.id));
  }
  ended_.clear();
}

void CycleEngine::set_refresh_rate(unsigned times, Tick tick) {
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    Controller& channel = channels_[i];
    if (channel.idle()) catch_up(channel, tick - 1);
    channel.set_refresh_rate(times, tick);
    if (channel.idle()) continue;
    next_of_[i] = channel.next_tick();
    next_ = std::min(next_, next_of_[i]);
  }
}

void CycleEngine::settle(Tick tick) {
  for (Controller& channel : channels_) {
    if (channel.idle()) catch_up(channel, tick);
  }
}

}  // namespace cvp::hbm_cycle
