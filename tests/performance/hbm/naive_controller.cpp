// SPDX-License-Identifier: Apache-2.0
#include "tests/performance/hbm/naive_controller.h"

#include <algorithm>

namespace cvp::hbm_experiment {
namespace {

constexpr Tick kAct = 3, kColumn = 2, kPre = 1, kRef = 1;  // Lengths.

// Table values count from the end of the first command to the end of the second.
constexpr Tick apart(unsigned clocks, Tick first, Tick second) {
  return 2 * Tick{clocks} + first - second;
}

}  // namespace

NaiveController::NaiveController(const HbmTiming& t, const Params& params)
    : params_(params),
      geometry_(t.geometry),
      banks_per_pc_(t.geometry.banks_of_pseudo_channel()),
      act_rd_(apart(t.rcd_rd, kAct, kColumn)),
      act_wr_(apart(t.rcd_wr, kAct, kColumn)),
      act_pre_(apart(t.ras, kAct, kPre)),
      act_act_(apart(t.rc, kAct, kAct)),
      rrd_s_(apart(t.rrd_s, kAct, kAct)),
      rrd_l_(apart(t.rrd_l, kAct, kAct)),
      faw_(apart(t.faw, kAct, kAct)),
      pre_act_(apart(t.rp, kPre, kAct)),
      pre_pre_(4),
      rd_rd_s_(apart(t.ccd_s, kColumn, kColumn)),
      rd_rd_l_(apart(t.ccd_l, kColumn, kColumn)),
      rd_rd_r_(apart(t.ccd_r, kColumn, kColumn)),
      wr_wr_s_(rd_rd_s_),
      wr_wr_l_(rd_rd_l_),
      rd_wr_(apart(t.rtw, kColumn, kColumn)),
      wr_rd_s_(apart(t.cwl + t.burst + t.wtr_s, kColumn, kColumn)),
      wr_rd_l_(apart(t.cwl + t.burst + t.wtr_l, kColumn, kColumn)),
      rd_pre_(apart(t.rtp, kColumn, kPre)),
      wr_pre_(apart(t.cwl + t.burst + t.wr, kColumn, kPre)),
      act_ref_(apart(t.rc, kAct, kRef)),
      pre_ref_(apart(t.rp, kPre, kRef)),
      rd_ref_(apart(t.rtp + t.rp, kColumn, kRef)),
      wr_ref_(apart(t.cwl + t.burst + t.wr + t.rp, kColumn, kRef)),
      ref_act_(apart(t.rfc_ab, kRef, kAct)),
      ref_pre_(apart(t.rfc_ab, kRef, kPre)),
      read_end_(2 * Tick{t.cl + t.burst}),
      refi_(2 * Tick{t.refi}),
      banks_(geometry_.bank_count()),
      pcs_(geometry_.pseudo_channels),
      lane_act_(geometry_.lanes(), kNever),
      lane_rd_(lane_act_),
      lane_wr_(lane_act_),
      stack_rd_(geometry_.pseudo_channels * geometry_.stack_ids, kNever) {
  for (PseudoChannel& pc : pcs_) pc.recent_acts.assign(4, kNever);
}

bool NaiveController::accept(std::uint64_t id, bool write, HbmPlace place, Tick tick) {
  const auto same_burst = [&](const Request& r) { return r.place == place; };
  if (std::any_of(writes_.begin(), writes_.end(), same_burst)) {
    ended_.push_back(id);
    return true;
  }
  Queue& queue = write ? writes_ : reads_;
  if (queue.size() >= (write ? params_.write_queue : params_.read_queue)) return false;
  const unsigned lane = place.bank() / geometry_.banks;
  queue.push_back({id, write, place, tick, place.bank(), lane, lane / geometry_.bank_groups,
                   place.bank() / banks_per_pc_});
  return true;
}

void NaiveController::step(Tick tick, std::vector<std::uint64_t>& ended) {
  while (!reading_.empty() && reading_.begin()->first <= tick) {
    ended.push_back(reading_.begin()->second);
    reading_.erase(reading_.begin());
  }
  if (params_.refresh && tick % refi_ == 0) {
    for (unsigned pc = 0; pc < pcs_.size(); ++pc) refreshes_.push_back(pc);
  }
  if (tick % 2 == 1) column_slot(tick);
  row_slot(tick);
  ended.insert(ended.end(), ended_.begin(), ended_.end());
  ended_.clear();
}

// Decided before every use, and only then: while a refresh waits nobody asks, and the decision
// stays what it was.
NaiveController::Queue& NaiveController::chosen_queue() {
  if (writing_) {
    writing_ = writes_.size() > params_.write_low || reads_.empty();
  } else {
    writing_ = writes_.size() >= params_.write_high || reads_.empty();
  }
  return writing_ ? writes_ : reads_;
}

void NaiveController::column_slot(Tick tick) {
  if (issue_column(activated_, tick) || !refreshes_.empty()) return;
  issue_column(chosen_queue(), tick);
}

bool NaiveController::issue_column(Queue& queue, Tick tick) {
  for (auto it = queue.begin(); it != queue.end(); ++it) {
    if (!may_column(*it, tick)) continue;
    const Request& r = *it;
    Bank& bank = banks_[r.bank];
    if (r.write) {
      bank.wr = pcs_[r.pc].wr = lane_wr_[r.lane] = tick;
      ended_.push_back(r.id);
    } else {
      bank.rd = pcs_[r.pc].rd = lane_rd_[r.lane] = stack_rd_[r.stack] = tick;
      reading_.emplace(tick + read_end_, r.id);
    }
    if (&queue == &activated_) --bank.activated;
    queue.erase(it);
    return true;
  }
  return false;
}

bool NaiveController::may_column(const Request& r, Tick tick) const {
  const Bank& bank = banks_[r.bank];
  const PseudoChannel& pc = pcs_[r.pc];
  if (!bank.open || bank.row != r.place.row()) return false;
  if (r.write) {
    return tick >= bank.act + act_wr_ && tick >= pc.wr + wr_wr_s_ &&
           tick >= lane_wr_[r.lane] + wr_wr_l_ && tick >= pc.rd + rd_wr_;
  }
  const unsigned stack_ids = geometry_.stack_ids;
  for (unsigned i = 0; i < stack_ids; ++i) {
    const unsigned stack = r.pc * stack_ids + i;
    if (tick < stack_rd_[stack] + (stack == r.stack ? rd_rd_s_ : rd_rd_r_)) return false;
  }
  return tick >= bank.act + act_rd_ && tick >= lane_rd_[r.lane] + rd_rd_l_ &&
         tick >= pc.wr + wr_rd_s_ && tick >= lane_wr_[r.lane] + wr_rd_l_;
}

void NaiveController::row_slot(Tick tick) {
  if (!refreshes_.empty()) {
    if (refresh_slot(tick)) refreshes_.pop_front();
    return;
  }
  Queue& queue = chosen_queue();
  for (auto it = queue.begin(); it != queue.end(); ++it) {
    Bank& bank = banks_[it->bank];
    if (bank.open && bank.row != it->place.row()) {
      if (!may_pre(it->bank, it->pc, tick) || !row_bus_free(tick, it->pc, true, it->bank)) continue;
      bank.open = false;
      bank.pre = pcs_[it->pc].pre = tick;
      last_row_ = {tick, kPre, it->pc, it->bank, true};
      return;
    }
    if (bank.open || !may_act(*it, tick) || !row_bus_free(tick, it->pc, true, it->bank)) continue;
    PseudoChannel& pc = pcs_[it->pc];
    bank.open = true;
    bank.row = it->place.row();
    bank.act = pc.act = lane_act_[it->lane] = tick;
    pc.recent_acts.pop_front();
    pc.recent_acts.push_back(tick);
    ++bank.activated;
    last_row_ = {tick, kAct, it->pc, it->bank, true};
    // Oldest first; of those accepted in the same tick the one activated first.
    const auto at = std::find_if(activated_.begin(), activated_.end(),
                                 [&](const Request& r) { return r.accepted > it->accepted; });
    activated_.insert(at, *it);
    queue.erase(it);
    return;
  }
}

bool NaiveController::may_act(const Request& r, Tick tick) const {
  const Bank& bank = banks_[r.bank];
  const PseudoChannel& pc = pcs_[r.pc];
  return tick % 2 == 1 && tick >= bank.pre + pre_act_ && tick >= bank.act + act_act_ &&
         tick >= lane_act_[r.lane] + rrd_l_ && tick >= pc.act + rrd_s_ &&
         tick >= pc.recent_acts.front() + faw_ && tick >= pc.ref + ref_act_;
}

bool NaiveController::may_pre(unsigned bank, unsigned pc, Tick tick) const {
  const Bank& b = banks_[bank];
  return b.activated == 0 && tick >= b.act + act_pre_ && tick >= b.rd + rd_pre_ &&
         tick >= b.wr + wr_pre_ && tick >= pcs_[pc].pre + pre_pre_;
}

bool NaiveController::row_bus_free(Tick tick, unsigned pc, bool single_bank, unsigned bank) const {
  const RowCommand& last = last_row_;
  if (tick < last.tick + last.length) return false;
  const bool beside = tick % 2 == 0 && tick == last.tick + last.length && last.tick % 2 == 1;
  if (!beside || last.pc != pc) return true;
  return single_bank && last.single_bank && bank != last.bank;
}

// True if the front refresh has been issued.
bool NaiveController::refresh_slot(Tick tick) {
  const unsigned pc = refreshes_.front();
  PseudoChannel& state = pcs_[pc];
  const auto first = banks_.begin() + pc * banks_per_pc_, last = first + banks_per_pc_;
  if (std::any_of(first, last, [](const Bank& b) { return b.open; })) {
    for (unsigned bank = pc * banks_per_pc_; bank < (pc + 1) * banks_per_pc_; ++bank) {
      if (!may_pre(bank, pc, tick)) return false;
    }
    if (tick < state.ref + ref_pre_ || !row_bus_free(tick, pc, false, 0)) return false;
    for (auto bank = first; bank != last; ++bank) {
      if (bank->open) bank->pre = tick;
      bank->open = false;
    }
    state.pre = tick;
    last_row_ = {tick, kPre, pc, 0, false};
    return false;
  }
  if (tick % 2 == 0 || tick < state.act + act_ref_ || tick < state.pre + pre_ref_ ||
      tick < state.rd + rd_ref_ || tick < state.wr + wr_ref_ || tick < state.ref + ref_act_ ||
      !row_bus_free(tick, pc, false, 0)) {
    return false;
  }
  state.ref = tick;
  last_row_ = {tick, kRef, pc, 0, false};
  return true;
}

}  // namespace cvp::hbm_experiment
