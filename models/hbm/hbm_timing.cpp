// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_timing.h"

#include "models/core/report.h"

namespace cvp {
namespace {

// Energy: AttAcc table, HBM3 to the host, pJ/bit: activate and precharge 0.11, cell 0.44, column to
// bank-group mux 1.01, bank group to global I/O 1.23, TSV 0.5, interposer 0.3. An activate is taken
// to serve a whole page of 8192 bits, so it costs 0.11 x 8192.
constexpr double kHbm3PjPerActivate = 0.11 * 8192;
constexpr double kHbm3PjPerBit = 0.44 + 1.01 + 1.23 + 0.5 + 0.3;
// DRAMsim3, HBM2 core: 2.25 pJ/bit streaming (an activate in 8192 bits), 4.7 random (in 256). Two
// equations, two unknowns.
constexpr double kHbm2PjPerActivate = (4.7 - 2.25) / (1.0 / 256 - 1.0 / 8192);
constexpr double kHbm2PjPerBit = 2.25 - kHbm2PjPerActivate / 8192;

HbmTiming hbm3_6400() {
  return {.name = "hbm3-6400",
          .source = "JESD238 class timing as used by Ramulator 2.1's HBM3 preset",
          .clock = 1600_MHz,
          .geometry = {},
          .cl = 20,
          .cwl = 10,
          .rcd_rd = 31,
          .rcd_wr = 15,
          .rp = 26,
          .ras = 45,
          .rc = 72,
          .ccd_s = 2,
          .ccd_l = 4,
          .ccd_r = 3,
          .rrd_s = 4,
          .rrd_l = 5,
          .faw = 24,
          .wr = 33,
          .rtp = 9,
          .wtr_s = 7,
          .wtr_l = 10,
          .rtw = 20,
          .refi = 6240,
          .rfc_ab = 560,
          .pj_per_activate = kHbm3PjPerActivate,
          .pj_per_bit = kHbm3PjPerBit};
}

// The same times in nanoseconds at another clock, rounded up to whole clocks. Column-to-column
// distances are data-bus clocks and stay.
HbmTiming derived_from_hbm3(std::string name, Frequency clock) {
  HbmTiming t = hbm3_6400();
  const auto base = t.clock.hertz;
  const auto scale = [&](unsigned clocks) {
    return static_cast<unsigned>((clocks * clock.hertz + base - 1) / base);
  };
  t.name = std::move(name);
  t.source = "derived: the nanoseconds of hbm3-6400 in clocks of this rate, rounded up";
  t.clock = clock;
  for (unsigned HbmTiming::*member :
       {&HbmTiming::cl, &HbmTiming::cwl, &HbmTiming::rcd_rd, &HbmTiming::rcd_wr, &HbmTiming::rp,
        &HbmTiming::ras, &HbmTiming::rc, &HbmTiming::rrd_s, &HbmTiming::rrd_l, &HbmTiming::faw,
        &HbmTiming::wr, &HbmTiming::rtp, &HbmTiming::wtr_s, &HbmTiming::wtr_l, &HbmTiming::rtw,
        &HbmTiming::refi, &HbmTiming::rfc_ab}) {
    t.*member = scale(t.*member);
  }
  return t;
}

HbmTiming hbm2() {
  return {.name = "hbm2",
          .source = "JESD235 class timing as used by Ramulator 2.1's HBM2 2.0 Gb/s preset",
          .clock = 1000_MHz,
          .geometry = {.channels = 8, .stack_ids = 1, .pins = 64},
          .cl = 14,
          .cwl = 5,
          .rcd_rd = 14,
          .rcd_wr = 12,
          .rp = 14,
          .ras = 34,
          .rc = 48,
          .ccd_s = 2,
          .ccd_l = 4,
          .ccd_r = 2,
          .rrd_s = 4,
          .rrd_l = 4,
          .faw = 15,
          .wr = 16,
          .rtp = 5,
          .wtr_s = 6,
          .wtr_l = 8,
          .rtw = 13,
          .refi = 3900,
          .rfc_ab = 350,
          .pj_per_activate = kHbm2PjPerActivate,
          .pj_per_bit = kHbm2PjPerBit};
}

HbmTiming hbm4() {
  HbmTiming t = derived_from_hbm3("hbm4-8.0", 2000_MHz);
  t.source = "HBM4 8.0 Gb/s: published geometry, core times as hbm3e-8.0, RFCab 450 ns";
  t.geometry = {.channels = 32, .bank_groups = 2, .banks = 8};
  t.cl = 20;
  t.cwl = 10;
  t.ccd_r = 2;
  t.rfc_ab = 900;
  return t;
}

}  // namespace

const std::vector<HbmTiming>& hbm_timings() {
  static const std::vector<HbmTiming> timings = {
      hbm2(),
      derived_from_hbm3("hbm3-5200", 1300_MHz),
      derived_from_hbm3("hbm3-5600", 1400_MHz),
      hbm3_6400(),
      derived_from_hbm3("hbm3e-8.0", 2000_MHz),
      derived_from_hbm3("hbm3e-9.2", 2300_MHz),
      derived_from_hbm3("hbm3e-9.6", 2400_MHz),
      hbm4(),
  };
  return timings;
}

const HbmTiming* find_hbm_timing(std::string_view name) {
  if (name == "hbm3") name = "hbm3-6400";
  if (name == "hbm3e") name = "hbm3e-9.6";
  if (name == "hbm4") name = "hbm4-8.0";
  for (const auto& timing : hbm_timings()) {
    if (timing.name == name) return &timing;
  }
  return nullptr;
}

std::string check_hbm_timing(const HbmTiming& t) {
  if (t.clock.hertz == 0) return "the clock is 0; expected a frequency";
  if (t.rc < t.ras + t.rp) return concat("tRC ", t.rc, " is below tRAS + tRP ", t.ras + t.rp);
  if (t.faw < t.rrd_s) return concat("tFAW ", t.faw, " is below tRRDS ", t.rrd_s);
  if (t.ccd_l < t.ccd_s) return concat("tCCDL ", t.ccd_l, " is below tCCDS ", t.ccd_s);
  if (t.rfc_ab >= t.refi) return concat("tRFC ", t.rfc_ab, " is not below tREFI ", t.refi);
  if (t.ccd_s < t.burst) return concat("tCCDS ", t.ccd_s, " is shorter than a burst ", t.burst);
  return {};
}

double HbmTiming::peak_bytes_per_second() const {
  return static_cast<double>(clock.hertz) / burst * HbmGeometry::kBurstBytes *
         geometry.pseudo_channels * geometry.channels;
}

HbmRules::HbmRules(const HbmTiming& t) {
  // Table values count from the end of the first command to the end of the second.
  constexpr Tick kAct = 3, kColumn = 2, kPre = 1, kRef = 1;
  const auto ticks = [](unsigned clocks, Tick first, Tick second) {
    return 2 * Tick{clocks} + first - second;
  };
  const auto slots = [](Tick distance) { return (distance + 1) / 2; };
  act_rd = slots(ticks(t.rcd_rd, kAct, kColumn));
  act_wr = slots(ticks(t.rcd_wr, kAct, kColumn));
  act_act = slots(ticks(t.rc, kAct, kAct));
  rrd_s = t.rrd_s;
  rrd_l = t.rrd_l;
  faw = t.faw;
  row_bus = slots(kAct);
  rd_rd_s = wr_wr_s = t.ccd_s;
  rd_rd_l = wr_wr_l = t.ccd_l;
  rd_rd_r = t.ccd_r;
  rd_wr = t.rtw;
  wr_rd_s = t.cwl + t.burst + t.wtr_s;
  wr_rd_l = t.cwl + t.burst + t.wtr_l;
  act_pre = ticks(t.ras, kAct, kPre);
  rd_pre = ticks(t.rtp, kColumn, kPre);
  wr_pre = ticks(t.cwl + t.burst + t.wr, kColumn, kPre);
  pre_act = ticks(t.rp, kPre, kAct);
  pre_ref = ticks(t.rp, kPre, kRef);
  ref_act = ticks(t.rfc_ab, kRef, kAct);
  read_data = 2 * Tick{t.cl + t.burst};
  refi = 2 * Tick{t.refi};
}

}  // namespace cvp
