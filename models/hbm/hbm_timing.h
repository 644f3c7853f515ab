// SPDX-License-Identifier: Apache-2.0
//
// Timing and geometry of one memory generation at one speed, as data, and the spacing of commands
// that follows from it. No SystemC.
//
// A set holds what a data sheet gives, in clocks (tCK) from command to command; the generations
// are timings/*.toml, read by hbm_timing_file.h. `HbmRules` turns a set into the spacing of command
// starts, in ticks of half a clock. ACT, REF, RD and WR start on odd ticks only, so one tick in two
// is a *slot* (slot s is tick 2s + 1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/core/units.h"

namespace cvp {

/// Counts. Powers of two except channels, stack ids and rows.
struct HbmGeometry {
  unsigned channels = 16;
  unsigned pseudo_channels = 2;  ///< A channel; 1 where the generation has none.
  unsigned stack_ids = 2;        ///< A pseudo channel; the ranks of memories that have ranks.
  unsigned bank_groups = 4;      ///< A stack id.
  unsigned banks = 4;            ///< A bank group.
  unsigned rows = 16384;         ///< A bank.
  unsigned columns = 32;         ///< Bursts in a row.
  unsigned burst_bytes = 32;     ///< Moved by one RD or WR.
  unsigned pins = 32;            ///< Data pins of a pseudo channel.
  /// Stack ids are ranks: devices side by side on the same bus, each of which counts its own
  /// activates, turns round and is refreshed by itself. Else they are parts of one device.
  bool ranks = false;

  unsigned lanes() const { return pseudo_channels * stack_ids * bank_groups; }
  unsigned bank_count() const { return lanes() * banks; }  ///< A channel.
  unsigned banks_of_pseudo_channel() const { return bank_count() / pseudo_channels; }
  /// A bit for each.
  std::uint32_t all_channels() const {
    return static_cast<std::uint32_t>((std::uint64_t{1} << channels) - 1);
  }
  std::uint64_t channel_bytes() const {
    return std::uint64_t{bank_count()} * rows * columns * burst_bytes;
  }
  std::uint64_t stack_bytes() const { return channels * channel_bytes(); }
};

/// Lengths of commands in ticks, and what distances count from.
struct HbmCommands {
  /// Distances count from the end of the first command to the end of the second, as HBM's data
  /// sheets do; else from start to start.
  bool count_from_end = true;
  unsigned act = 3, column = 2, precharge = 1, refresh = 1;
  /// 2: one for row and one for column commands, as HBM has; 1: one for all.
  unsigned buses = 2;
};

/// What a refresh takes in channels of up to `up_to_gbit` (0: of any size).
struct HbmRefreshTime {
  unsigned up_to_gbit = 0;
  Femtoseconds all_bank, per_bank, same_bank;
};

/// Times that power states take to leave.
struct HbmWakeTimes {
  std::string source;
  Femtoseconds xp;           ///< tXP, from power-down to the first command.
  Femtoseconds xs_past_rfc;  ///< tXS, from self-refresh to the first command, less tRFCab.
};

struct HbmEnergy {
  std::string source;
  double activate = 0;                   ///< pJ, ACT with its PRE.
  double core_read = 0, core_write = 0;  ///< pJ a bit: cells to the edge of the die.
  double tsv = 0;                        ///< pJ a bit.
  double io = 0;                         ///< pJ a bit: pins and interposer or board.
  double refresh_bank = 0;               ///< pJ, one bank's part of any refresh command.
  std::string background_source;
  /// Background power in mW of one stack id of one pseudo channel: a row open, all banks closed,
  /// clock off, self-refresh (its refreshes included).
  double active = 0, standby = 0, power_down = 0, self_refresh = 0;

  /// pJ to move a bit between cell and host.
  double bit(bool write) const { return (write ? core_write : core_read) + tsv + io; }
};

/// One generation at one speed; numbers in clocks unless said otherwise.
struct HbmTiming {
  std::string name;
  std::vector<std::string> aliases;
  std::string source;  ///< Where the command distances come from, or how they were derived.
  Frequency clock;     ///< 1 / tCK.
  /// The scheduler that a controller of this generation has unless told, see controller_policies().
  std::string policy = "ab_q64";
  HbmGeometry geometry;
  unsigned burst;  ///< Data of one column command.
  unsigned cl, cwl, rcd_rd, rcd_wr, rp, ras, rc;
  unsigned ccd_s, ccd_l, ccd_r;  ///< Other bank group, same one, other stack id.
  unsigned ccd_l_wr;             ///< WR to WR in one bank group.
  unsigned rrd_s, rrd_l, faw;
  unsigned wr, rtp, wtr_s, wtr_l, rtw;
  unsigned ppd;  ///< PRE to PRE.
  HbmCommands commands;
  unsigned refi;
  unsigned rrefd;                               ///< Refresh of a bank to ACT of another.
  unsigned max_postponed;                       ///< Refreshes that may be late.
  std::vector<HbmRefreshTime> refreshes;        ///< By density, ascending.
  unsigned rfc_ab = 0, rfc_pb = 0, rfc_sb = 0;  ///< Of this density; see with_geometry().
  HbmWakeTimes wake;
  HbmEnergy energy;

  Femtoseconds xs() const;               ///< tXS of this density.
  double peak_bytes_per_second() const;  ///< Of the whole stack.
  /// The same generation with other counts, and the refresh times of that density.
  HbmTiming with_geometry(const HbmGeometry& built) const;
};

/// Every built-in generation, in the order of timings/.
const std::vector<HbmTiming>& hbm_timings();
/// The set with this name or alias ("hbm3" is the usual speed of HBM3), or nullptr.
const HbmTiming* find_hbm_timing(std::string_view name);

/// A hot stack is refreshed so many times as often as its `refi` says.
inline constexpr unsigned kHotRefreshRate = 2;

/// Something impossible about a set: the key of the timing file, and what was expected.
struct HbmTimingFault {
  std::string key, what;
};
std::vector<HbmTimingFault> check_hbm_timing(const HbmTiming& timing);

using Tick = std::int64_t;  ///< Half a tCK.
using Slot = std::int64_t;  ///< An odd tick.

constexpr Tick tick_of(Slot slot) { return 2 * slot + 1; }
/// The first slot that starts at or after `tick`.
constexpr Slot slot_from(Tick tick) { return tick >> 1; }

/// Start-to-start distances. Those between two slot commands are in slots, the rest in ticks.
struct HbmRules {
  explicit HbmRules(const HbmTiming& timing);

  Slot act_rd, act_wr, act_act, rrd_s, faw;
  Slot rd_rd_s, rd_rd_l, rd_rd_r, wr_wr_l, rd_wr, wr_rd_s, wr_rd_l;
  Tick act_pre, rd_pre, wr_pre, pre_act, pre_ref, ref_act, read_data, refi;
};

}  // namespace cvp
