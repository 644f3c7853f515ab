// SPDX-License-Identifier: Apache-2.0
//
// The controller of the HBM reference experiment (`ab_q64`, `none_q64`), tick by tick, as its
// rules are told: no event is skipped and no answer is predicted. Slow, and meant to be: it is the
// second opinion on any pattern, map, depth or generation against which the engines are judged,
// and shares nothing with them but the timing sets and the address map.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "models/hbm/hbm_map.h"
#include "models/hbm/hbm_timing.h"

namespace cvp::hbm_experiment {

class NaiveController {
 public:
  struct Params {
    std::size_t read_queue = 64, write_queue = 64, write_high = 52, write_low = 12;
    bool refresh = true;
  };
  NaiveController(const HbmTiming& timing, const Params& params);

  /// Takes a request into its queue before step `tick`; false if that is full. A read of a write
  /// that waits, and a write to the same burst, take no entry and end in that step.
  bool accept(std::uint64_t id, bool write, HbmPlace place, Tick tick);
  /// One tick, counted from 1, at most four requests accepted before it. Adds the requests that end
  /// in it to `ended`.
  void step(Tick tick, std::vector<std::uint64_t>& ended);

 private:
  static constexpr Tick kNever = -(Tick{1} << 40);
  struct Request {
    std::uint64_t id;
    bool write;
    HbmPlace place;
    Tick accepted;
    unsigned bank, lane, stack, pc;  // Each counted through the channel.
  };
  struct Bank {
    bool open = false;
    std::uint32_t row = 0;
    Tick act = kNever, pre = kNever, rd = kNever, wr = kNever;
    unsigned activated = 0;  // Requests that opened it and have not had their column command.
  };
  struct PseudoChannel {
    Tick act = kNever, pre = kNever, rd = kNever, wr = kNever, ref = kNever;
    std::deque<Tick> recent_acts;  // The last four.
  };
  struct RowCommand {
    Tick tick = kNever, length = 0;
    unsigned pc = 0, bank = 0;
    bool single_bank = false;
  };
  using Queue = std::deque<Request>;

  Queue& chosen_queue();
  void column_slot(Tick tick);
  void row_slot(Tick tick);
  bool refresh_slot(Tick tick);
  bool issue_column(Queue& queue, Tick tick);
  bool row_bus_free(Tick tick, unsigned pc, bool single_bank, unsigned bank) const;
  bool may_act(const Request& request, Tick tick) const;
  bool may_pre(unsigned bank, unsigned pc, Tick tick) const;
  bool may_column(const Request& request, Tick tick) const;

  const Params params_;
  const HbmGeometry geometry_;
  const unsigned banks_per_pc_;
  // Start to start, in ticks.
  const Tick act_rd_, act_wr_, act_pre_, act_act_, rrd_s_, rrd_l_, faw_, pre_act_, pre_pre_;
  const Tick rd_rd_s_, rd_rd_l_, rd_rd_r_, wr_wr_s_, wr_wr_l_, rd_wr_, wr_rd_s_, wr_rd_l_;
  const Tick rd_pre_, wr_pre_, act_ref_, pre_ref_, rd_ref_, wr_ref_, ref_act_, ref_pre_;
  const Tick read_end_, refi_;

  std::vector<Bank> banks_;
  std::vector<PseudoChannel> pcs_;
  std::vector<Tick> lane_act_, lane_rd_, lane_wr_, stack_rd_;
  Queue reads_, writes_, activated_;
  bool writing_ = false;
  std::deque<unsigned> refreshes_;  // Pseudo channels that wait for one.
  RowCommand last_row_;
  std::multimap<Tick, std::uint64_t> reading_;  // By the tick of the last beat.
  std::vector<std::uint64_t> ended_;            // In this tick, but for those.
};

}  // namespace cvp::hbm_experiment
