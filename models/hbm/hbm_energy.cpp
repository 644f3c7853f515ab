// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_energy.h"

#include <algorithm>

namespace cvp {
namespace {

// Of what it costs to bring a bit from a cell to the edge of the die (AttAcc, HBM3: 0.44 cell, 1.01
// column to bank-group mux, 1.23 bank group to global I/O), a unit beside the bank pays the first.
constexpr double kCellPart = 0.44 / (0.44 + 1.01 + 1.23);
// Horowitz, "Computing's Energy Problem", ISSCC 2014, 45 nm: FP16 multiply 1.1 pJ, add 0.4 pJ. One
// operation is taken as the mean.
constexpr double kPjPerOperation = (1.1 + 0.4) / 2;

double background(const HbmTiming& timing, const HbmActivity& activity) {
  const HbmGeometry& g = timing.geometry;
  const HbmEnergy& e = timing.energy;
  const double down = activity.residency.power_down.seconds();
  const double self = activity.residency.self_refresh.seconds();
  const double on = g.channels * activity.now.seconds() - down - self;
  // Open page: from the first activate on, rows are open.
  const double closed = std::min(on, activity.closed.seconds());
  // mW x s is 10^9 pJ.
  return (closed * e.standby + (on - closed) * e.active + down * e.power_down +
          self * e.self_refresh) *
         1e9 * g.pseudo_channels * g.stack_ids;
}

}  // namespace

HbmEnergyUse hbm_energy(const HbmTiming& timing, const HbmActivity& activity) {
  const HbmGeometry& g = timing.geometry;
  const HbmEnergy& e = timing.energy;
  const HbmCounters& counters = activity.counters;
  const double burst_bits = 8.0 * g.burst_bytes;
  HbmEnergyUse use;
  use.activate = static_cast<double>(counters.activates) * e.activate;
  // The patrol's reads are some of all; the last may not have been served yet.
  const std::uint64_t scrubbed = std::min(activity.scrubbed_bursts, counters.bursts_read);
  use.read = static_cast<double>(counters.bursts_read - scrubbed) * burst_bits * e.bit(false);
  use.write = static_cast<double>(counters.bursts_written) * burst_bits * e.bit(true);
  // In self-refresh the device refreshes itself; its current has that in it.
  const double all = g.channels * activity.now.seconds();
  const double commanded = all > 0 ? 1 - activity.residency.self_refresh.seconds() / all : 1;
  const unsigned banks =
      activity.banks_a_refresh != 0 ? activity.banks_a_refresh : g.banks_of_pseudo_channel();
  use.refresh = static_cast<double>(counters.refreshes) * commanded * banks * e.refresh_bank;
  use.background = background(timing, activity);
  use.scrub = static_cast<double>(scrubbed) * burst_bits * e.bit(false);
  use.pim =
      static_cast<double>(activity.pim.activates) * e.activate +
      static_cast<double>(activity.pim.bursts_read) * burst_bits * e.core_read * kCellPart +
      static_cast<double>(activity.pim.bursts_written) * burst_bits * e.core_write * kCellPart +
      static_cast<double>(activity.pim.operations) * kPjPerOperation;
  return use;
}

}  // namespace cvp
