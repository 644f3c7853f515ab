// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_channel.h"

#include <algorithm>

#include "models/core/report.h"

namespace cvp {
namespace {

constexpr Slot kQuarters = 4;  // Of a slot.
constexpr Tick kMean = 64;     // Writes over which the lateness is averaged.

}  // namespace

HbmChannel::HbmChannel(const HbmTiming& timing, const HbmControllerParams& params)
    : rules_(timing),
      params_(params),
      banks_per_device_(timing.geometry.bank_count() / timing.geometry.pseudo_channels /
                        (timing.geometry.ranks ? timing.geometry.stack_ids : 1)),
      changes_cost_(timing.geometry.stack_ids > 1 && rules_.rd_rd_r > rules_.rd_rd_s),
      banks_(timing.geometry.bank_count()),
      queues_{HbmOccupancy(params.read_queue), HbmOccupancy(params.write_queue)},
      group_of_bank_(banks_.size()),
      row_in_group_(banks_.size()) {
  const HbmGeometry& g = timing.geometry;
  CVP_CHECK(g.stack_ids <= kMaxStacks, "too many banks a channel");
  CVP_CHECK(params.write_high <= params.write_queue && params.write_low < params.write_high &&
                params.read_queue > 0,
            "impossible queue sizes");
  for (unsigned bank = 0; bank < banks_.size(); ++bank) {
    const unsigned lane = bank / g.banks;
    places_.push_back({static_cast<std::uint8_t>(lane / g.bank_groups / g.stack_ids),
                       static_cast<std::uint8_t>(bank / banks_per_device_),
                       static_cast<std::uint8_t>(lane / g.bank_groups % g.stack_ids),
                       static_cast<std::uint8_t>(lane)});
  }
  const HbmCalendar columns(kQuarters * rules_.rd_rd_s);
  // Four in tFAW: one in each quarter of it.
  const HbmCalendar activates(std::max(rules_.faw, kQuarters * rules_.rrd_s));
  const HbmCalendar lane_reads(kQuarters * rules_.rd_rd_l), lane_writes(kQuarters * rules_.wr_wr_l);
  pcs_.assign(g.pseudo_channels, {columns, {}, {}});
  devices_.assign(banks_.size() / banks_per_device_, {activates});
  lanes_.assign(g.lanes(), {{lane_reads, lane_writes}});
  set_up_refresh(timing);
}

void HbmChannel::advance(Tick until) {
  if (!waiting_.empty()) serve_waiting_until(until);
}

// The tick from which on the controller can serve a burst that arrives now: its queues take bursts
// in the order of arrival, when they have room.
[[gnu::always_inline]] inline Tick HbmChannel::accept(bool write) {
  const Tick ready = now_ + 1;
  accepted_ = std::max(accepted_, queues_[write].enter(slot_from(ready)) - 1);
  return std::max(ready, tick_of(accepted_) + 1);
}

[[gnu::always_inline]] inline Tick HbmChannel::read(HbmPlace place) {
  const Tick ready = accept(false);
  if (waiting_.size() >= params_.write_high) serve_group();
  if (!waiting_.empty()) serve_waiting_until(ready);
  return serve(false, place, ready);
}

// A write waits while reads do. Its answer then is a forecast: behind the reads that are known, and
// as late as those before it were behind theirs. Writes that follow while the group could have its
// turn already still belong to it: the read queue is full, and no read comes before them.
Tick HbmChannel::write(HbmPlace place) {
  const Tick ready = accept(true);
  if (reads_.rows < slot_from(ready)) {
    while (!waiting_.empty()) serve_oldest();
    return serve(true, place, ready);
  }
  const Tick forecast = tick_of(reads_.rows) + 2 * static_cast<Tick>(waiting_.size());
  waiting_.push_back({place, ready, forecast});
  if (waiting_.size() >= params_.write_queue) serve_group();
  return std::max(forecast + lateness_ / kMean, ready + 1);
}

Tick HbmChannel::access(bool write, HbmPlace place, unsigned bursts, Tick arrival) {
  (write ? statistics_.writes : statistics_.reads) += bursts;
  now_ = std::max(now_, arrival);
  if (next_unit_ <= now_) refresh_units(now_);
  Tick end = now_;
  for (unsigned left = bursts; left > 0; --left) {
    end = std::max(end, write ? this->write(place) : read(place));
    if (left > 1 && !write) left -= follow(place, left - 1, end);
  }
  return end - (now_ - arrival);
}

// The reads may have run dry before: then writes had their turn.
void HbmChannel::serve_waiting_until(Tick tick) {
  const Slot slot = slot_from(tick);
  if (reads_.rows >= slot) return;
  while (!waiting_.empty() &&
         (std::max(writes_.rows, reads_.rows) < slot || waiting_.size() > params_.write_low)) {
    serve_oldest();
  }
}

// Oldest first, but only one row a bank: who would wait for another row is left for the next group.
void HbmChannel::serve_group() {
  ++group_;
  std::size_t left = waiting_.size() - params_.write_low;
  others_.clear();
  for (const Write& write : waiting_) {
    const unsigned bank = write.place.bank();
    const bool first = group_of_bank_[bank] != group_;
    if (left > 0 && (first || row_in_group_[bank] == write.place.row())) {
      group_of_bank_[bank] = group_;
      row_in_group_[bank] = write.place.row();
      --left;
      serve_waiting(write);
    } else {
      others_.push_back(write);
    }
  }
  waiting_.swap(others_);
  for (; left > 0; --left) serve_oldest();
}

void HbmChannel::serve_oldest() {
  const Write write = waiting_.front();
  waiting_.erase(waiting_.begin());
  serve_waiting(write);
}

void HbmChannel::serve_waiting(const Write& write) {
  const Tick late =
      std::clamp(serve(true, write.place, write.ready) - write.forecast, -rules_.refi, rules_.refi);
  lateness_ += late - lateness_ / kMean;
}

}  // namespace cvp
