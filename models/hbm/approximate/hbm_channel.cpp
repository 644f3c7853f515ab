// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/approximate/hbm_channel.h"

#include <algorithm>
#include <utility>

#include "models/core/report.h"

namespace cvp {
namespace {

constexpr Slot kQuarters = 4;  // Of a slot.

}  // namespace

HbmChannel::HbmChannel(const HbmTiming& timing, const HbmControllerParams& params)
    : rules_(timing),
      params_(params),
      banks_per_device_(timing.geometry.bank_count() / timing.geometry.pseudo_channels /
                        (timing.geometry.ranks ? timing.geometry.stack_ids : 1)),
      changes_cost_(timing.geometry.stack_ids > 1 && rules_.rd_rd_r > rules_.rd_rd_s),
      runs_{run_of(rules_.rd_rd_l, rules_.rd_rd_s), run_of(rules_.wr_wr_l, rules_.rd_rd_s)},
      banks_(timing.geometry.bank_count()),
      queues_{HbmOccupancy(params.read_queue), HbmOccupancy(params.write_queue)},
      turn_of_bank_(banks_.size()),
      row_in_turn_(banks_.size()),
      of_lane_(timing.geometry.lanes()),
      lanes_with_(params.write_queue + 1) {
  const HbmGeometry& g = timing.geometry;
  CVP_CHECK(g.stack_ids <= hbm_approximate::kMaxStacks, "too many banks a channel");
  CVP_CHECK(params.read_queue > 0 && params.write_queue > 0, "impossible queue sizes");
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
  devices_.assign(banks_.size() / banks_per_device_, {0, 0, activates, 0, 0, 0});
  lanes_.assign(g.lanes(), {0, {lane_reads, lane_writes}});
  set_up_refresh(timing);
}

HbmChannel::Run HbmChannel::run_of(Slot step, Slot window) {
  const auto stride = static_cast<unsigned>(step / window);
  const bool regular = step % window == 0 && step <= StridedBits::kMostStride;
  if (!regular) return {step, false, 1, StridedBits(1), StridedBits(1), StridedBits(1)};
  const StridedBits slots(static_cast<unsigned>(step));
  return {step, true, stride, StridedBits(stride), StridedBits(1), slots};
}

void HbmChannel::advance(Tick until) { take_turns_until(slot_from(until)); }

// The tick from which on the controller can serve a burst that arrives now: its queues take bursts
// in the order of arrival, when they have room.
[[gnu::always_inline]] inline Tick HbmChannel::accept(bool write) {
  const Tick ready = now_ + 1;
  const Slot from = slot_from(ready);
  if (anybody_waits()) {
    take_turns_until(std::max(from, accepted_));
    while (anybody_waits() && !queues_[write].has_room(from, frontier())) take_turn();
  }
  accepted_ = std::max(accepted_, queues_[write].enter(from) - 1);
  const Tick accepted = std::max(ready, tick_of(accepted_) + 1);
  if (anybody_waits()) take_turns_until(slot_from(accepted));
  return accepted;
}

[[gnu::always_inline]] inline Tick HbmChannel::read(HbmPlace place) {
  const Tick ready = accept(false);
  std::vector<Request>&reads = waiting_[0], &writes = waiting_[1];
  if (reads_to_queue_ > 0) --reads_to_queue_;
  if (queues_reads() || !writes.empty()) {
    const std::size_t most = writes_turn_ ? params_.write_low() : params_.write_high() - 1;
    if (!reads.empty() || writes.size() > most || frontier() >= slot_from(ready)) {
      return wait_for_turn(false, place, ready);
    }
  }
  while (!reads.empty()) serve_next_read();
  writes_turn_ = false;
  const Tick end = serve_read(place, ready);
  if (now_ == 0 && statistics_.writes == 0) [[unlikely]] {
    planned_.push_back({place, ready, end});
  }
  return end;
}

void HbmChannel::note_beginning() {
  if (now_ > 0) {
    fresh_.reset();
    planned_ = {};
  } else if (!fresh_ && statistics_.writes == 0) {
    fresh_ = std::make_shared<const HbmChannel>(*this);
  }
}

// The first write, at tick 0: if the queue has room for the reads before it, it finds them there,
// since nothing has happened yet. They keep their answers.
void HbmChannel::plan_anew() {
  const std::vector<Request> reads = std::exchange(planned_, {});
  if (reads.size() > params_.read_queue) return;
  const HbmChannelStatistics counted = statistics_;
  const auto fresh = fresh_;
  *this = *fresh;
  fresh_ = fresh;
  statistics_.reads = counted.reads;
  statistics_.writes = counted.writes;
  for (const Request& read : reads) {
    waiting_[0].push_back({read.place, accept(false), read.forecast});
  }
}

// Writes wait while reads do.
Tick HbmChannel::write(HbmPlace place) {
  if (!planned_.empty()) [[unlikely]]
    plan_anew();
  const Tick ready = accept(true);
  queue_reads(kMixed);
  if (!waiting_[0].empty() || reads_ >= slot_from(ready)) return wait_for_turn(true, place, ready);
  while (!waiting_[1].empty()) serve_writes();
  writes_turn_ = true;
  return serve_write(place, ready);
}

Tick HbmChannel::access(bool write, HbmPlace place, unsigned bursts, Tick arrival) {
  (write ? statistics_.writes : statistics_.reads) += bursts;
  now_ = std::max(now_, arrival);
  if (now_ == 0 || fresh_) [[unlikely]]
    note_beginning();
  if (next_unit_ <= now_) refresh_units(now_);
  const Tick end = write ? this->write(place) : read(place);
  return (bursts == 1 ? end : access_rest(write, place, bursts - 1, end)) - (now_ - arrival);
}

// Of the bursts of one access, those after the first one, which ends at tick `end`.
Tick HbmChannel::access_rest(bool write, HbmPlace place, unsigned left, Tick end) {
  while (left > 0) {
    left -= follow(write, place, left, end);
    if (left == 0) break;
    end = std::max(end, write ? this->write(place) : read(place));
    --left;
  }
  return end;
}

}  // namespace cvp
