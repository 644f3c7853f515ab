// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_timing.h"

#include <algorithm>
#include <bit>

#include "models/core/report.h"
#include "models/hbm/hbm_timing_file.h"

namespace cvp {
namespace {

std::vector<HbmTiming> read_built_in() {
  std::vector<HbmTiming> timings;
  for (const std::string_view text : hbm_timing_texts()) {
    std::vector<ConfigError> errors;
    auto timing = parse_hbm_timing(text, "built-in timing", errors);
    CVP_CHECK(timing.has_value(), errors.front().key, ": ", errors.front().what);
    timings.push_back(std::move(*timing));
  }
  return timings;
}

}  // namespace

const std::vector<HbmTiming>& hbm_timings() {
  static const std::vector<HbmTiming> timings = read_built_in();
  return timings;
}

const HbmTiming* find_hbm_timing(std::string_view name) {
  for (const HbmTiming& timing : hbm_timings()) {
    if (timing.name == name) return &timing;
    for (const std::string& alias : timing.aliases) {
      if (alias == name) return &timing;
    }
  }
  return nullptr;
}

namespace {

void check_geometry(const HbmTiming& t, std::vector<HbmTimingFault>& faults) {
  const HbmGeometry& g = t.geometry;
  if (const unsigned banks = g.banks_of_pseudo_channel(); t.refi < banks) {
    faults.push_back({"refresh.refi", concat(t.refi, " clocks; expected ", banks,
                                             " or more, as many as a pseudo channel has banks")});
  }
  if (g.lanes() > 32) {
    faults.push_back({"geometry", concat(g.lanes(),
                                         " bank groups a channel (pseudo_channels x stack_ids x "
                                         "bank_groups); expected 32 or fewer")});
  }
  // A pin moves data on both edges of the clock, or of one two (HBM3) or four (LPDDR5) times as
  // fast.
  const std::uint64_t slowest = std::uint64_t{t.burst} * 2 * g.pins, bits = g.burst_bytes * 8;
  if (bits != slowest && bits != 2 * slowest && bits != 4 * slowest) {
    faults.push_back({"geometry.burst_bytes",
                      concat(g.burst_bytes, " bytes do not fit ", g.pins, " pins for ", t.burst,
                             " clocks; expected 2, 4 or 8 bits a pin and clock: ", slowest / 8,
                             ", ", slowest / 4, " or ", slowest / 2)});
  }
}

// Between two refreshes of a bank a row must find time to be opened and closed, however hot the
// stack is: else nobody would ever be served.
void check_refresh(const HbmTiming& t, std::vector<HbmTimingFault>& faults) {
  const unsigned shortest = t.refi / kHotRefreshRate;
  for (const auto& [key, rfc] : {std::pair{"all_bank", t.rfc_ab}, std::pair{"per_bank", t.rfc_pb},
                                 std::pair{"same_bank", t.rfc_sb}}) {
    if (std::uint64_t{rfc} + t.rc <= shortest) continue;
    faults.push_back(
        {"refresh.rfc",
         concat(key, " takes ", rfc, " clocks; with a row cycle, rc, of ", t.rc, " expected ",
                shortest, " or fewer, refi / ", kHotRefreshRate, " of a hot stack")});
  }
}

}  // namespace

std::vector<HbmTimingFault> check_hbm_timing(const HbmTiming& t) {
  std::vector<HbmTimingFault> faults;
  const auto at_least = [&](const char* key, unsigned value, unsigned least, const char* because) {
    if (value >= least) return;
    faults.push_back({concat("timing.", key), concat(value, " clocks is impossible; expected ",
                                                     least, " or more, ", because)});
  };
  at_least("rc", t.rc, t.ras + t.rp, "ras + rp");
  at_least("faw", t.faw, t.rrd_s, "rrd_s");
  at_least("rrd_l", t.rrd_l, t.rrd_s, "rrd_s");
  at_least("ccd_s", t.ccd_s, t.burst, "a burst");
  at_least("ccd_r", t.ccd_r, t.burst, "a burst");
  // Else the peak, which is bursts without a gap, would be one that no stream can reach.
  at_least("burst", t.burst, t.ccd_s, "ccd_s: bursts follow each other without a gap");
  at_least("ccd_l", t.ccd_l, t.ccd_s, "ccd_s");
  at_least("ccd_l_wr", t.ccd_l_wr, t.ccd_s, "ccd_s");
  at_least("wtr_l", t.wtr_l, t.wtr_s, "wtr_s");
  at_least("ras", t.ras, t.rcd_rd, "rcd_rd");
  // The bus turns round: what is read has passed before what is written comes.
  if (t.cl + t.burst > t.cwl) at_least("rtw", t.rtw, t.cl + t.burst - t.cwl, "cl + burst - cwl");

  check_refresh(t, faults);
  check_geometry(t, faults);
  return faults;
}

Femtoseconds HbmTiming::xs() const { return Clock(clock).at(rfc_ab) + wake.xs_past_rfc; }

double HbmTiming::peak_bytes_per_second() const {
  return static_cast<double>(clock.hertz) / burst * geometry.burst_bytes *
         geometry.pseudo_channels * geometry.channels;
}

HbmTiming HbmTiming::with_geometry(const HbmGeometry& built) const {
  HbmTiming timing = *this;
  timing.geometry = built;
  const std::uint64_t bits = 8 * built.channel_bytes();
  const auto fits = [&](const HbmRefreshTime& time) {
    return time.up_to_gbit == 0 || bits <= std::uint64_t{time.up_to_gbit} << 30;
  };
  auto time = std::find_if(refreshes.begin(), refreshes.end(), fits);
  if (time == refreshes.end()) return timing;
  const Clock cycles(clock);
  const auto clocks = [&](Femtoseconds length) {
    return static_cast<unsigned>(cycles.cycles_until(length));
  };
  timing.rfc_ab = clocks(time->all_bank);
  timing.rfc_pb = clocks(time->per_bank);
  timing.rfc_sb = clocks(time->same_bank);
  return timing;
}

HbmRules::HbmRules(const HbmTiming& t) {
  const HbmCommands& c = t.commands;
  const auto ticks = [&](unsigned clocks, unsigned first, unsigned second) {
    const Tick distance = 2 * Tick{clocks};
    return c.count_from_end ? distance + first - second : distance;
  };
  const auto slots = [](Tick distance) { return (distance + 1) / 2; };
  act_rd = slots(ticks(t.rcd_rd, c.act, c.column));
  act_wr = slots(ticks(t.rcd_wr, c.act, c.column));
  act_act = slots(ticks(t.rc, c.act, c.act));
  rrd_s = t.rrd_s;
  faw = t.faw;
  rd_rd_s = t.ccd_s;
  rd_rd_l = t.ccd_l;
  wr_wr_l = t.ccd_l_wr;
  rd_rd_r = t.ccd_r;
  rd_wr = t.rtw;
  wr_rd_s = t.cwl + t.burst + t.wtr_s;
  wr_rd_l = t.cwl + t.burst + t.wtr_l;
  act_pre = ticks(t.ras, c.act, c.precharge);
  rd_pre = ticks(t.rtp, c.column, c.precharge);
  wr_pre = ticks(t.cwl + t.burst + t.wr, c.column, c.precharge);
  pre_act = ticks(t.rp, c.precharge, c.act);
  pre_ref = ticks(t.rp, c.precharge, c.refresh);
  ref_act = ticks(t.rfc_ab, c.refresh, c.act);
  read_data = 2 * Tick{t.cl + t.burst};
  refi = 2 * Tick{t.refi};
}

}  // namespace cvp
