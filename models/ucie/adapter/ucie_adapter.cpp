// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_adapter.h"

#include <algorithm>

namespace cvp {

bool UcieAdapter::has_news() const {
  const UcieReport report = receiver_.report();
  return report.accepted != told_accepted_ || report.consumed != told_consumed_;
}

bool UcieAdapter::idle() const {
  if (transmitter_.waiting_bytes() > 0) return false;
  if (!params_.layout().has_header()) return true;
  return transmitter_.unacknowledged() == 0 && !receiver_.missing() && !has_news() && !asked_;
}

void UcieAdapter::nop(UcieReport report, UcieFlit& flit) {
  transmitter_.send_nop(report, flit);
  receiver_.nak_sent();
  asked_ = false;
  told_accepted_ = report.accepted;
  told_consumed_ = report.consumed;
  news_since_ = kNever;
}

// Since when there is something to tell, and since when nothing has moved.
void UcieAdapter::look_at_clock(std::uint64_t slot) {
  if (!transmitter_.is_waiting() || transmitter_.progress() != progress_) {
    progress_ = transmitter_.progress();
    progress_slot_ = slot;
  }
  if (news_since_ == kNever && has_news()) news_since_ = slot;
}

// A nak has to go: a first one, or again because no replay has come.
bool UcieAdapter::nak_due(std::uint64_t slot) const {
  return receiver_.owes_nak() ||
         (receiver_.waits_for_replay() && slot - nak_slot_ >= params_.nak_timeout_slots());
}

// The other end may soon wait for room in a buffer.
bool UcieAdapter::report_presses() const {
  const std::uint32_t much = std::min(params_.retry_flits, params_.receive_flits) / 4;
  const UcieReport report = receiver_.report();
  bool presses = report.accepted - told_accepted_ > much;
  for (unsigned stack = 0; stack < params_.stacks; ++stack) {
    presses |= report.consumed[stack] - told_consumed_[stack] > much;
  }
  return presses;
}

// The slot in which a NOP flit tells what headers have not; kNever: there is nothing to tell.
std::uint64_t UcieAdapter::report_due() const {
  if (news_since_ == kNever || asked_) return news_since_;
  const std::uint32_t slots = params_.report_slots;
  return news_since_ + (report_presses() ? std::min(slots, kUciePressingSlots) : slots);
}

// The slot from which on the other end is asked, if anything waits: nothing has moved for long.
std::uint64_t UcieAdapter::probe_due() const {
  return progress_slot_ + (transmitter_.is_stalled() ? params_.stalled_timeout_slots()
                                                     : params_.ack_timeout_slots());
}

void UcieAdapter::report_at_once(std::uint64_t slot) {
  asked_ = true;
  news_since_ = std::min(news_since_, slot);
}

std::uint64_t UcieAdapter::next_slot(std::uint64_t slot) const {
  if (transmitter_.has_flit()) return slot;
  if (!params_.layout().has_header()) return kNever;
  if (receiver_.owes_nak()) return slot;
  std::uint64_t next = kNever;
  if (receiver_.waits_for_replay()) next = nak_slot_ + params_.nak_timeout_slots();
  next = std::min(next, report_due());
  if (transmitter_.is_waiting()) {
    next = std::min(next, probe_due());
  }
  return std::max(next, slot);
}

bool UcieAdapter::transmit(std::uint64_t slot, UcieFlit& flit) {
  if (!params_.layout().has_header()) return transmitter_.send(receiver_.report(), flit);
  look_at_clock(slot);
  // The most urgent that there is.
  const bool nak = nak_due(slot);
  if (nak && !receiver_.owes_nak()) receiver_.repeat_nak();
  UcieReport report = receiver_.report();
  const bool timed_out = slot >= progress_slot_ + params_.stalled_timeout_slots() &&
                         slot >= probe_due();  // The longer one is seldom looked for.
  if (nak || timed_out) {
    report.probe = timed_out;
    progress_slot_ = timed_out ? slot : progress_slot_;
    if (report.nak) nak_slot_ = slot;
    nop(report, flit);
    return true;
  }
  if (transmitter_.send(report, flit)) {
    const std::uint64_t steps = kUcieReportStep;
    const bool even = flit.header().sequence % 2 == 0;
    if (even) told_accepted_ = std::max(told_accepted_, report.accepted / steps * steps);
    if (!even) {
      const unsigned stack = ucie_reported_stack(flit.header().sequence, params_.stacks);
      std::uint64_t& told = told_consumed_[stack];
      told = std::max(told, report.consumed[stack] / steps * steps);
    }
    return true;
  }
  if (slot >= report_due()) {
    nop(report, flit);
    return true;
  }
  return false;
}

UcieArrival UcieAdapter::receive(std::uint64_t slot, const UcieFlit& flit, bool damaged) {
  const UcieArrival arrival = receiver_.receive(flit);
  undetected_ += damaged && arrival != UcieArrival::kDamaged ? 1 : 0;
  if (!params_.layout().has_header()) return arrival;
  if (arrival == UcieArrival::kDamaged) {
    // It may have been the replay, and perhaps nothing follows that would tell.
    if (receiver_.waits_for_replay() && slot - nak_slot_ >= params_.round_trip_slots) {
      receiver_.repeat_nak();
    }
    return arrival;
  }
  transmitter_.hear(flit);
  // Who sends again, or asks, has not heard: tell at once. So too who asks for a replay of nothing.
  const bool nop = arrival == UcieArrival::kNop;
  const UcieReport said = nop ? ucie_nop_report(params_.layout(), flit) : UcieReport{};
  if (said.probe || (said.nak && transmitter_.all_acknowledged()) ||
      arrival == UcieArrival::kDuplicate) {
    report_at_once(slot);
  }
  look_at_clock(slot);
  return arrival;
}

void UcieAdapter::retrained() {
  transmitter_.go_back();
  receiver_.resume();
}

void UcieAdapter::restart() {
  transmitter_.restart();
  receiver_.restart();
  told_accepted_ = 0;
  told_consumed_ = {};
  news_since_ = kNever;
  progress_ = progress_slot_ = nak_slot_ = 0;
  asked_ = false;
}

}  // namespace cvp
