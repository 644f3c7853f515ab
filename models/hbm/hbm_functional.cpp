// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_functional.h"

#include <algorithm>

namespace cvp {

HbmFunctional::HbmFunctional(const HbmTiming& timing, Femtoseconds idle)
    : curve_(hbm_curve(timing)),
      bandwidth_{curve_.bandwidth * timing.peak_bytes_per_second() / timing.geometry.channels},
      idle_(idle),
      clock_(Clock(timing.clock).at(1)),
      window_length_(Clock(timing.clock).at(timing.refi)),
      channels_(timing.geometry.channels, Channel{.busy_until = {}, .latency = idle}) {}

Femtoseconds HbmFunctional::access(unsigned number, bool write, std::uint64_t bytes,
                                   Femtoseconds arrival) {
  Channel& channel = channels_[number];
  look_at_load(channel, arrival);
  channel.bytes += bytes;
  const Femtoseconds start = std::max(arrival, channel.busy_until);
  channel.busy_until = start + bandwidth_.time_for(bytes);
  if (write) return start;
  // Most reads of the curve find their row open: where one takes less than a closed bank, who comes
  // in a crowd does too.
  return std::max(
      {channel.busy_until, start + std::min(idle_, channel.latency), arrival + channel.latency});
}

// The latency of a window is that at the load of the one before.
void HbmFunctional::look_at_load(Channel& channel, Femtoseconds arrival) const {
  const std::uint64_t window = arrival / window_length_;
  if (window <= channel.window) return;
  const std::uint64_t bytes = window == channel.window + 1 ? channel.bytes : 0;
  const double load =
      static_cast<double>(bytes) / (bandwidth_.bytes_per_second * window_length_.seconds());
  const auto clock = static_cast<double>(clock_.value);
  const double clocks = curve_.latency_at(load, static_cast<double>(idle_.value) / clock);
  channel.latency = Femtoseconds{static_cast<std::uint64_t>(clocks * clock)};
  channel.window = window;
  channel.bytes = 0;
}

}  // namespace cvp
