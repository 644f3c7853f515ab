// SPDX-License-Identifier: Apache-2.0
//
// Where reads and writes mix: what waits in the queues, and whose turn it is. Turns change as in a
// controller with watermarks; within a turn, the order is that in which commands become possible.
#include <algorithm>

#include "models/hbm/approximate/hbm_channel.h"

namespace cvp {
namespace {

constexpr Tick kMean = 64;  // Requests over which the lateness is averaged.

}  // namespace

// The answer is a forecast: behind what is known, and as late as those before were behind theirs.
Tick HbmChannel::wait_for_turn(bool write, HbmPlace place, Tick ready) {
  while (ready > refresh_tick_) end_refresh();
  std::vector<Request>& waiting = waiting_[write];
  const Device& device = devices_[places_[place.bank()].device];
  const Tick forecast = std::max({ready, tick_of(device.from), tick_of(frontier())}) +
                        two_columns() * static_cast<Tick>(waiting.size());
  waiting.push_back({place, ready, forecast});
  const Tick least = ready + (write ? 1 : rules_.read_data);
  return std::max(forecast + lateness_[write] / kMean, least);
}

void HbmChannel::serve_waiting(bool write, const Request& request) {
  const Tick end =
      write ? serve_write(request.place, request.ready) : serve_read(request.place, request.ready);
  const Tick late = end - request.forecast;
  lateness_[write] += std::clamp(late, -rules_.refi, rules_.refi) - lateness_[write] / kMean;
}

void HbmChannel::take_turns_until(Slot slot) {
  while (anybody_waits() && frontier() < slot) take_turn();
}

// Somebody waits. Serves one read, or all the writes of a turn.
void HbmChannel::take_turn() {
  const std::vector<Request>&reads = waiting_[0], &writes = waiting_[1];
  if (writes_turn_) {
    writes_turn_ = reads.empty() || writes.size() > params_.write_low();
  } else if (reads.empty() || writes.size() >= params_.write_high()) {
    end_reads_turn();
    writes_turn_ = true;
  }
  if (writes_turn_ && !writes.empty()) {
    serve_writes();
  } else {
    serve_next_read();
  }
}

// Reads whose rows can be opened before the turn ends leave the queue. Of others, the banks have
// been closed by then.
void HbmChannel::end_reads_turn() {
  const Slot end = reads_;
  if (end >= slot_from(refresh_tick_)) return;
  ++turn_;
  left_.clear();
  for (const Request& read : waiting_[0]) {
    const unsigned index = read.place.bank();
    Bank& bank = banks_[index];
    const bool open = bank.open && bank.epoch == epoch_;
    const bool first = turn_of_bank_[index] != turn_ && (!open || bank.row != read.place.row());
    if (first) turn_of_bank_[index] = turn_;
    if (first && earliest_act(read) < end) {
      serve_waiting(false, read);
      reads_ = end;
      continue;
    }
    if (first && open && bank.row_ready < tick_of(end)) {
      bank.open = false;
      bank.row_ready =
          std::max(bank.row_ready + rules_.pre_act, tick_of(bank.act + rules_.act_act));
    }
    left_.push_back(read);
  }
  waiting_[0].swap(left_);
}

// Of a read that finds another row, or none.
Slot HbmChannel::earliest_act(const Request& read) const {
  const unsigned index = read.place.bank();
  const Bank& bank = banks_[index];
  Slot act = std::max(slot_from(read.ready), slot_from(bank.row_ready));
  if (bank.open && bank.epoch == epoch_) {
    const Slot closed = slot_from(bank.row_ready + rules_.pre_act);
    act = std::max({act, closed, bank.act + rules_.act_act});
  }
  const HbmCalendar& activates = devices_[places_[index].device].activates;
  return std::max(act, activates.start(activates.free(activates.window(act))));
}

// When the read can have its column, if its row is open, or its ACT.
[[gnu::always_inline]] inline Slot HbmChannel::next_command(const Request& read, Slot from) const {
  const unsigned index = read.place.bank();
  const Bank& bank = banks_[index];
  const bool open = bank.open && bank.epoch >= epoch_;
  if (open && bank.row == read.place.row()) {
    const HbmCalendar& columns = lanes_[places_[index].lane].columns[0];
    return std::max(bank.act + rules_.act_rd, columns.start(columns.free(columns.window(from))));
  }
  return slot_from(std::max(bank.row_ready, read.ready) + (open ? rules_.pre_act : 0));
}

// The oldest of those that can go on by now, else the one that can do so first. What could not go
// on by some slot can not do so earlier when it is asked again, unless a refresh has closed its
// row.
void HbmChannel::serve_next_read() {
  std::vector<Request>& reads = waiting_[0];
  const Slot now = std::max(accepted_, reads_ + two_columns());
  if (epoch_ != bounds_epoch_) {
    for (Request& read : reads) read.not_before = 0;
    bounds_epoch_ = epoch_;
  }
  auto next = reads.begin();
  Slot least = hbm_approximate::kNoSlot;
  for (auto read = reads.begin(); read != reads.end() && least > now; ++read) {
    if (read->not_before >= least) continue;
    read->not_before = next_command(*read, now);
    if (read->not_before >= least) continue;
    least = read->not_before;
    next = read;
  }
  const Request read = *next;
  reads.erase(next);
  serve_waiting(false, read);
}

// So many of each bank group are enough for `count` writes, if they are as evenly spread as can be.
unsigned HbmChannel::most_of_a_lane(std::size_t count) {
  std::fill(of_lane_.begin(), of_lane_.end(), 0);
  std::fill(lanes_with_.begin(), lanes_with_.end(), 0);
  for (const Request& write : waiting_[1]) {
    ++lanes_with_[of_lane_[places_[write.place.bank()].lane]++];
  }
  unsigned most = 0;
  for (; lanes_with_[most] < count; ++most) count -= lanes_with_[most];
  return most + 1;
}

// Oldest first, evenly from the bank groups, which are served side by side, and only one row a
// bank: who would wait for another row is left for the next turn.
void HbmChannel::serve_writes() {
  std::vector<Request>& writes = waiting_[1];
  std::size_t count = writes.size() > params_.write_low() ? writes.size() - params_.write_low() : 1;
  const unsigned most = most_of_a_lane(count);
  std::fill(of_lane_.begin(), of_lane_.end(), 0);
  ++turn_;
  left_.clear();
  for (const Request& write : writes) {
    const unsigned bank = write.place.bank();
    unsigned& of_lane = of_lane_[places_[bank].lane];
    const bool first = turn_of_bank_[bank] != turn_;
    if (count > 0 && of_lane < most && (first || row_in_turn_[bank] == write.place.row())) {
      turn_of_bank_[bank] = turn_;
      row_in_turn_[bank] = write.place.row();
      ++of_lane;
      --count;
      serve_waiting(true, write);
    } else {
      left_.push_back(write);
    }
  }
  writes.swap(left_);
  for (; count > 0; --count) {
    const Request write = writes.front();
    writes.erase(writes.begin());
    serve_waiting(true, write);
  }
}

}  // namespace cvp
