// SPDX-License-Identifier: Apache-2.0
//
// When the commands of a PIM run go out, in clocks. In all-bank mode one command goes to all even
// or to all odd banks of every pseudo channel: column commands follow at tCCDL, as if to one bank
// group, and an activate opens the row of all of them. tFAW, a limit of the supply for reads that
// leave the device, is not applied to these: the banks' data stays beside them. No SystemC.
#pragma once

#include <array>
#include <cstdint>

#include "models/hbm/hbm_timing.h"

namespace cvp {

class PimTimeline {
 public:
  enum Set : unsigned { kEven, kOdd };

  /// `start` in clocks since time 0. So many `refreshes` are due each tREFI, at equal distances.
  /// All banks have theirs together however the controller refreshes at other times: in lock-step
  /// one that is refreshed stops all of them. The run pauses, and rows open again when they are
  /// wanted.
  PimTimeline(const HbmTiming& timing, std::uint64_t start, unsigned refreshes);

  /// A column command to a row of all even or all odd banks, with what must precede it.
  void access(Set set, std::uint32_t row, bool write);
  /// Column slots in which no bank takes part.
  void pass(std::uint64_t slots);
  /// Closes all rows; when the banks may be used again.
  std::uint64_t finish();

  std::uint64_t activates() const { return activates_; }  ///< Each of a whole set.
  std::uint64_t refreshes() const { return refreshes_; }

 private:
  struct Banks {
    bool open = false;
    std::uint32_t row = 0;
    std::uint64_t activate_from = 0, read_from = 0, write_from = 0, precharge_from = 0;
  };
  void open(Banks& banks, std::uint32_t row);
  void close(Banks& banks);
  void refresh_when_due();

  const HbmTiming& timing_;
  const std::uint64_t refresh_interval_;  // 0: there are none.
  std::array<Banks, 2> banks_;
  std::uint64_t next_column_, next_activate_, next_refresh_;
  std::uint64_t read_from_ = 0, write_from_ = 0;  // Turn-around of the units' bus.
  std::uint64_t activates_ = 0, refreshes_ = 0;
};

}  // namespace cvp
