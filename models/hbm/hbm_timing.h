// SPDX-License-Identifier: Apache-2.0
//
// Timing sets and geometry of HBM generations, as data. No SystemC.
//
// A set holds what a data sheet gives, in clocks (tCK) from command to command. `HbmRules` turns
// it into the spacing of command starts, in ticks of half a clock: commands have lengths (ACT 1.5
// clocks, RD and WR one, PRE and REF half), and ACT, REF, RD and WR start on odd ticks only, so
// one tick in two is a *slot* (slot s is tick 2s + 1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/core/units.h"

namespace cvp {

/// Fields of two to the power of something, except where said.
struct HbmGeometry {
  unsigned channels = 16;
  unsigned pseudo_channels = 2;  ///< A channel.
  unsigned stack_ids = 2;        ///< A pseudo channel.
  unsigned bank_groups = 4;      ///< A stack id.
  unsigned banks = 4;            ///< A bank group.
  unsigned rows = 16384;         ///< A bank.
  unsigned columns = 32;         ///< Bursts of 32 bytes in a row: a page of 1 KiB.
  unsigned pins = 32;            ///< Data pins of a pseudo channel.

  unsigned lanes() const { return pseudo_channels * stack_ids * bank_groups; }
  unsigned bank_count() const { return lanes() * banks; }
  std::uint64_t channel_bytes() const {
    return std::uint64_t{bank_count()} * rows * columns * kBurstBytes;
  }
  std::uint64_t stack_bytes() const { return channels * channel_bytes(); }

  static constexpr unsigned kBurstBytes = 32;
};

/// One generation at one speed; numbers in tCK unless the name says otherwise.
struct HbmTiming {
  std::string name;
  std::string source;  ///< Where the numbers come from, or how they were derived.
  Frequency clock;     ///< 1 / tCK.
  HbmGeometry geometry;
  unsigned cl, cwl, rcd_rd, rcd_wr, rp, ras, rc;
  unsigned ccd_s, ccd_l, ccd_r;  ///< Other bank group, same one, other stack id.
  unsigned rrd_s, rrd_l, faw;
  unsigned wr, rtp, wtr_s, wtr_l, rtw;
  unsigned refi, rfc_ab;
  unsigned burst = 2;                  ///< Data of one column command.
  double pj_per_activate, pj_per_bit;  ///< Energy of ACT with its PRE; of a bit read or written.

  double peak_bytes_per_second() const;  ///< Of the whole stack.
};

/// All generations: hbm2, hbm3-5200, hbm3-5600, hbm3-6400, hbm3e-8.0, -9.2, -9.6, hbm4-8.0.
const std::vector<HbmTiming>& hbm_timings();
/// The set called `name` ("hbm3" and "hbm3e" name the usual speed), or nullptr.
const HbmTiming* find_hbm_timing(std::string_view name);
/// What is impossible about a set; empty if nothing.
std::string check_hbm_timing(const HbmTiming& timing);

using Tick = std::int64_t;  ///< Half a tCK.
using Slot = std::int64_t;  ///< An odd tick.

constexpr Tick tick_of(Slot slot) { return 2 * slot + 1; }
/// The first slot that starts at or after `tick`.
constexpr Slot slot_from(Tick tick) { return tick >> 1; }

/// Start-to-start distances. Those between two slot commands are in slots, the rest in ticks.
struct HbmRules {
  explicit HbmRules(const HbmTiming& timing);

  Slot act_rd, act_wr, act_act, rrd_s, rrd_l, faw, row_bus;
  Slot rd_rd_s, rd_rd_l, rd_rd_r, wr_wr_s, wr_wr_l, rd_wr, wr_rd_s, wr_rd_l;
  Tick act_pre, rd_pre, wr_pre, pre_act, pre_ref, ref_act, read_data, refi;
};

}  // namespace cvp
