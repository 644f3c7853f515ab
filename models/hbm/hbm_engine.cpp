// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_engine.h"

#include <algorithm>
#include <bit>

#include "models/core/report.h"

namespace cvp {

HbmCounters& HbmCounters::operator+=(const HbmCounters& other) {
  bursts_read += other.bursts_read;
  bursts_written += other.bursts_written;
  row_hits += other.row_hits;
  row_misses += other.row_misses;
  row_conflicts += other.row_conflicts;
  activates += other.activates;
  refreshes += other.refreshes;
  return *this;
}

HbmEngine::HbmEngine(const HbmEngineParams& params)
    : params_(params),
      map_(params.map, params.timing.geometry),
      burst_(params.timing.geometry.burst_bytes),
      burst_bits_(static_cast<unsigned>(std::countr_zero(burst_))),
      rules_(params.timing),
      ticks_(params.timing.clock),
      refresh_interval_(rules_.refi),
      channels_(params.functional ? 0 : params.timing.geometry.channels, params.timing,
                params.controller, params.queues_per_pseudo_channel),
      run_of_bank_(std::size_t{params.timing.geometry.channels} << HbmPlace::kBankBits),
      functional_bursts_(params.timing.geometry.channels) {
  if (params.functional) functional_.emplace(params.timing, idle_closed());
}

Femtoseconds HbmEngine::access_bursts(bool write, std::uint64_t first, std::uint64_t last,
                                      Femtoseconds arrival) {
  if (functional_) return access_functional(write, first, last, arrival);
  // A piece at a time, so that the bank groups take turns also in long transactions.
  constexpr std::uint64_t kPiece = 128;
  const Tick tick = ticks_.until(arrival);
  Tick done = tick;
  for (std::uint64_t piece = first; piece <= last; piece += kPiece) {
    for (const Run& run : runs(piece, std::min(last, piece + kPiece - 1))) {
      done = std::max(done, channels_.access(write, run.place, run.bursts, tick));
    }
  }
  return std::max(arrival, ticks_.at(done));
}

// Each block of a channel by itself.
Femtoseconds HbmEngine::access_functional(bool write, std::uint64_t first, std::uint64_t last,
                                          Femtoseconds arrival) {
  const std::uint64_t block = map_.channel_block() / burst_;
  Femtoseconds done = arrival;
  for (std::uint64_t burst = first, next = 0; burst <= last; burst = next) {
    next = std::min(last + 1, burst - burst % block + block);
    const unsigned channel = map_.place(burst * burst_).channel();
    functional_bursts_[channel][write] += next - burst;
    done = std::max(done, functional_->access(channel, write, (next - burst) * burst_, arrival));
  }
  return done;
}

// The bursts [first, last] by row, in the order of each row's first burst.
std::span<const HbmEngine::Run> HbmEngine::runs(std::uint64_t first, std::uint64_t last) {
  runs_.clear();
  const std::uint64_t in_row = (map_.row_block() >> burst_bits_) - 1;  // Ones.
  for (std::uint64_t burst = first, next = 0; burst <= last; burst = next) {
    next = std::min(last, burst | in_row) + 1;
    const auto bursts = static_cast<unsigned>(next - burst);
    const HbmPlace place = map_.place(burst * burst_);
    std::uint32_t& known = run_of_bank_[place.bits >> HbmPlace::kBankShift];
    if (known < runs_.size() && runs_[known].place.same_row(place)) {
      runs_[known].bursts += bursts;
    } else {
      known = static_cast<std::uint32_t>(runs_.size());
      runs_.push_back({place, bursts});
    }
  }
  return runs_;
}

unsigned HbmEngine::pseudo_channel(std::uint64_t offset) const {
  const HbmGeometry& g = params_.timing.geometry;
  const HbmPlace place = map_.place(offset);
  return place.channel() * g.pseudo_channels + place.bank() / (g.bank_count() / g.pseudo_channels);
}

// The convention of the reference experiment: a request made on an odd tick reaches the command
// slots two ticks later.
Femtoseconds HbmEngine::idle_closed() const {
  return ticks_.at(2 + 2 * rules_.act_rd + rules_.read_data);
}

std::uint64_t HbmEngine::refreshes_until(Tick tick) const {
  return refreshed_ +
         static_cast<std::uint64_t>(tick / refresh_interval_ - refresh_since_ / refresh_interval_);
}

// Refreshes are due at multiples of the interval.
void HbmEngine::set_refresh_rate(unsigned times, Femtoseconds now) {
  if (params_.controller.refresh == HbmRefresh::kNone) return;
  const Tick tick = ticks_.in(now);
  refreshed_ = refreshes_until(tick);
  refresh_since_ = tick;
  refresh_interval_ = rules_.refi / times;
  for (HbmChannel& channel : channels_) {
    channel.set_refresh_interval(refresh_interval_, tick);
  }
}

HbmCounters HbmEngine::channel_counters(unsigned channel, Femtoseconds now) const {
  HbmCounters counters;
  if (params_.controller.refresh != HbmRefresh::kNone) {
    counters.refreshes = refreshes_until(ticks_.in(now)) * params_.timing.geometry.pseudo_channels;
  }
  if (functional_) {
    counters.bursts_read = functional_bursts_[channel][0];
    counters.bursts_written = functional_bursts_[channel][1];
    return counters;
  }
  for (HbmChannel served : channels_.of_channel(channel)) {  // Looking must not serve anybody.
    served.advance(ticks_.until(now));
    const HbmChannelStatistics& statistics = served.statistics();
    counters.bursts_read += statistics.reads;
    counters.bursts_written += statistics.writes;
    counters.row_hits += statistics.row_hits;
    counters.row_misses += statistics.row_misses;
    counters.row_conflicts += statistics.row_conflicts;
    counters.activates += statistics.activates;
  }
  return counters;
}

HbmCounters HbmEngine::counters(Femtoseconds now) const {
  HbmCounters sum;
  for (unsigned channel = 0; channel < params_.timing.geometry.channels; ++channel) {
    sum += channel_counters(channel, now);
  }
  return sum;
}

}  // namespace cvp
