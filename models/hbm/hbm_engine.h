// SPDX-License-Identifier: Apache-2.0
//
// Timing and counters of a whole stack, without its data. A transaction is cut into bursts,
// each goes to its channel, and the last one to finish gives the completion. No SystemC.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/core/report.h"
#include "models/core/units.h"
#include "models/hbm/approximate/hbm_channels.h"
#include "models/hbm/hbm_functional.h"
#include "models/hbm/hbm_map.h"
#include "models/hbm/hbm_timing.h"
#include "models/hbm/tick_clock.h"

namespace cvp {

struct HbmEngineParams {
  HbmTiming timing;         ///< With the geometry as built.
  std::string map;          ///< See HbmMap.
  bool functional = false;  ///< A bandwidth and a latency by load, no banks.
  HbmControllerParams controller;
  bool queues_per_pseudo_channel = false;  ///< Else one pair serves the whole channel.
};

struct HbmCounters {
  std::uint64_t bursts_read = 0, bursts_written = 0;
  std::uint64_t row_hits = 0, row_misses = 0, row_conflicts = 0;  ///< None at functional fidelity.
  std::uint64_t activates = 0;                                    ///< Nor these.
  /// Of a pseudo channel: rounds through all of its banks; at cycle fidelity commands, of which a
  /// round takes one or one for each bank, set of banks or rank.
  std::uint64_t refreshes = 0;

  HbmCounters& operator+=(const HbmCounters& other);
};

class HbmEngine {
 public:
  explicit HbmEngine(const HbmEngineParams& params);

  const HbmTiming& timing() const { return params_.timing; }
  std::uint64_t bytes() const { return map_.bytes(); }
  /// Completion of `length` bytes at `offset` (inside the stack) that arrive at `arrival`: the end
  /// of the last beat of a read; the last WR of a write, but its acceptance at functional fidelity.
  [[gnu::always_inline]] Femtoseconds access(bool write, std::uint64_t offset, std::uint64_t length,
                                             Femtoseconds arrival) {
    CVP_CHECK(length > 0 && offset + length <= bytes(), "access outside the stack");
    const std::uint64_t first = offset >> burst_bits_, last = (offset + length - 1) >> burst_bits_;
    if (first != last || functional_) return access_bursts(write, first, last, arrival);
    const HbmPlace place = map_.place(offset);
    const Tick done = channels_.access(write, place, 1, ticks_.until(arrival));
    return std::max(arrival, ticks_.at(done));
  }

  const HbmMap& map() const { return map_; }
  HbmPlace place(std::uint64_t offset) const { return map_.place(offset); }
  /// Pseudo channel of a burst, counted through the stack.
  unsigned pseudo_channel(std::uint64_t offset) const;

  /// Latency of a read when nothing else goes on and its bank is closed.
  Femtoseconds idle_closed() const;

  /// So many refreshes each tREFI from `now` on.
  void set_refresh_rate(unsigned times, Femtoseconds now);

  /// What has been served by `now`.
  HbmCounters channel_counters(unsigned channel, Femtoseconds now) const;
  HbmCounters counters(Femtoseconds now) const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(channels_);
    if (functional_) archive(*functional_);
    archive(functional_bursts_, refresh_interval_, refresh_since_, refreshed_);
  }

 private:
  struct Run {
    HbmPlace place;
    unsigned bursts;
  };

  Femtoseconds access_bursts(bool write, std::uint64_t first, std::uint64_t last,
                             Femtoseconds arrival);
  std::span<const Run> runs(std::uint64_t first, std::uint64_t last);
  Femtoseconds access_functional(bool write, std::uint64_t first, std::uint64_t last,
                                 Femtoseconds arrival);
  std::uint64_t refreshes_until(Tick tick) const;

  const HbmEngineParams params_;
  const HbmMap map_;
  const std::uint64_t burst_;  // Bytes, a power of two ...
  const unsigned burst_bits_;  // ... and its logarithm.
  const HbmRules rules_;
  const TickClock ticks_;
  Tick refresh_interval_, refresh_since_ = 0;
  std::uint64_t refreshed_ = 0;  // Refreshes before `refresh_since_`.
  HbmChannels channels_;
  std::vector<Run> runs_;                   // Of the transaction at hand.
  std::vector<std::uint32_t> run_of_bank_;  // Index in runs_; may be stale.
  std::optional<HbmFunctional> functional_;
  std::vector<std::array<std::uint64_t, 2>> functional_bursts_;  // By channel: read, written.
};

}  // namespace cvp
