// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/pim/pim_timeline.h"

#include <algorithm>
#include <limits>

namespace cvp {

PimTimeline::PimTimeline(const HbmTiming& timing, std::uint64_t start, unsigned refreshes)
    : timing_(timing),
      refresh_interval_(refreshes > 0 ? timing.refi / refreshes : 0),
      next_column_(start),
      next_activate_(start),
      next_refresh_(refreshes > 0 ? (start / refresh_interval_ + 1) * refresh_interval_
                                  : std::numeric_limits<std::uint64_t>::max()) {
  // What fell due a moment ago may still go on.
  const std::uint64_t last_due = refreshes > 0 ? start - start % refresh_interval_ : 0;
  if (last_due > 0) next_column_ = std::max(start, last_due + timing.rfc_ab);
  for (Banks& banks : banks_) banks.activate_from = next_column_;
}

void PimTimeline::open(Banks& banks, std::uint32_t row) {
  const std::uint64_t at = std::max(banks.activate_from, next_activate_);
  next_activate_ = at + timing_.rrd_l;
  banks = {true, row, at + timing_.rc, at + timing_.rcd_rd, at + timing_.rcd_wr, at + timing_.ras};
  ++activates_;
}

void PimTimeline::close(Banks& banks) {
  if (!banks.open) return;
  banks.open = false;
  banks.activate_from = std::max(banks.activate_from, banks.precharge_from + timing_.rp);
}

void PimTimeline::refresh_when_due() {
  while (next_column_ >= next_refresh_) {
    std::uint64_t idle = next_refresh_;
    for (Banks& banks : banks_) {
      close(banks);
      idle = std::max(idle, banks.activate_from);
    }
    next_column_ = idle + timing_.rfc_ab;
    for (Banks& banks : banks_) banks.activate_from = next_column_;
    next_refresh_ += refresh_interval_;
    ++refreshes_;
  }
}

void PimTimeline::pass(std::uint64_t slots) {
  while (slots > 0) {
    refresh_when_due();
    const std::uint64_t before = (next_refresh_ - next_column_ - 1) / timing_.ccd_l + 1;
    const std::uint64_t now = std::min(slots, before);
    next_column_ += now * timing_.ccd_l;
    slots -= now;
  }
}

void PimTimeline::access(Set set, std::uint32_t row, bool write) {
  refresh_when_due();
  Banks& banks = banks_[set];
  if (banks.open && banks.row != row) close(banks);
  if (!banks.open) open(banks, row);
  std::uint64_t at = std::max(next_column_, write ? banks.write_from : banks.read_from);
  at = std::max(at, write ? write_from_ : read_from_);
  next_column_ = at + timing_.ccd_l;
  const std::uint64_t written = at + timing_.cwl + timing_.burst;
  if (write) {
    read_from_ = written + timing_.wtr_l;
  } else {
    write_from_ = at + timing_.rtw;
  }
  banks.precharge_from =
      std::max(banks.precharge_from, write ? written + timing_.wr : at + timing_.rtp);
}

std::uint64_t PimTimeline::finish() {
  refresh_when_due();
  std::uint64_t end = next_column_;
  for (Banks& banks : banks_) {
    close(banks);
    end = std::max(end, banks.activate_from);
  }
  return end;
}

}  // namespace cvp
