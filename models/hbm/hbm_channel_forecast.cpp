// SPDX-License-Identifier: Apache-2.0
//
// The answer to a request that arrives now: when it is going to end.
#include <algorithm>
#include <bit>

#include "models/hbm/hbm_channel.h"

namespace cvp {
namespace {

constexpr Tick kPayments = 1024;

constexpr Tick odd(Tick tick) { return tick | 1; }

}  // namespace

// The forecast, and a share of what earlier forecasts fell short of service: on average, answers
// are as late as service is.
Tick HbmChannel::answer(const HbmRequest& request) {
  if (alone_) return request.forecast;
  Tick& debt = debt_[request.write];
  const Tick soonest = now_ + 2 + (request.write ? 0 : rules_.read_data);
  const Tick share = std::max(debt / kPayments, std::min<Tick>(0, soonest - request.forecast));
  debt -= share;
  return request.forecast + share;
}

// Those of the request's bursts have their columns.
void HbmChannel::settle(const HbmRequest& request, const Taken& taken) {
  if (request.forecast == kUnanswered) return;
  const Tick late = tick_of(taken.last) + (request.write ? 0 : rules_.read_data) - request.forecast;
  if (!request.together) {
    debt_[request.write] += taken.bursts * (late - taken.length);  // Half the length, in ticks.
  } else if (taken.bursts == request.bursts) {
    debt_[request.write] += late;
  }
}

Tick HbmChannel::forecast(const HbmRequest& request) {
  if (backlog_ == 0) {
    for (PseudoChannel& pc : pcs_) pc.act_forecast = pc.hit_forecast = 0;
    bus_forecast_ = 0;
  }
  if (alone_) return forecast_alone(request);
  const Tick alone = backlog_ > 16 ? 0 : forecast_alone(request);
  const Tick data = request.write ? 0 : rules_.read_data;
  const Tick refresh_time = rules_.pre_ref + rules_.ref_act + 2 * rules_.act_rd;
  const PseudoChannel& pc = pcs_[places_[request.bank].pc];
  Tick start = now_;
  if (refreshing()) {
    start = std::max(start, refresh_tick_ - rules_.refi + refresh_time);
  } else if (tick_of(pc.act_from) > now_ + 2 * rules_.faw) {
    start = tick_of(pc.act_from + rules_.act_rd);
  }
  Tick end = start + static_cast<Tick>(backlog_ + request.bursts) * interval_ / 256;
  for (Tick refresh = refresh_tick_; end > refresh; refresh += rules_.refi) end += refresh_time;
  return std::max(alone, end + data);
}

// The commands of the request, one after the other, as if others that came in the same tick waited
// for nothing but an ACT, a column of an open row and the bus.
Tick HbmChannel::forecast_alone(const HbmRequest& request) {
  const BankPlace where = places_[request.bank];
  PseudoChannel& pc = pcs_[where.pc];
  const Bank& bank = banks_[request.bank];
  const bool write = request.write;
  const Tick ready = now_ + 1;
  const Slot more = (request.bursts - 1) * column_step(write);
  const Tick data = write ? 0 : rules_.read_data;
  const auto column = [&](Slot from) {
    from = std::max({from, lanes_[where.lane].column_from[write], pc.column_from[write]});
    const Slot ahead = from - pc.base;
    if (ahead >= 0 && ahead < 64) from += std::countr_one(pc.blocked[where.stack] >> ahead);
    if (from == bus_forecast_) ++from;
    bus_forecast_ = from;
    return from;
  };
  const bool hit = bank.open && bank.row == request.row;
  if (hit && !refreshing()) {
    const Slot slot =
        column(std::max(std::max(slot_from(ready), bank.act + act_column(write)), pc.hit_forecast));
    if (tick_of(slot) < refresh_tick_) {
      pc.hit_forecast = slot + request.bursts * rules_.rd_rd_s;
      return tick_of(slot + more) + data;
    }
  }
  Tick act = ready;
  if (!hit && bank.open) {
    const Tick pre = std::max(ready, bank.row_ready);
    act = pre < refresh_tick_ ? pre + rules_.pre_act : refresh_tick_;
  } else if (!bank.open) {
    act = std::max(act, bank.row_ready);
  }
  act = std::max({act, row_free_, tick_of(pc.act_from), tick_of(lanes_[where.lane].act_from)});
  if (refreshing()) {
    act = std::max(act, refresh_end(where.pc, refresh_tick_ - rules_.refi));
  } else if (hit || odd(act) >= refresh_tick_) {
    act = std::max(act, refresh_end(where.pc, refresh_tick_));
  }
  const Slot opened = std::max(slot_from(act), pc.act_forecast);
  pc.act_forecast = opened + std::max(rules_.rrd_s, rules_.faw / 4);
  const Slot slot = column(opened + act_column(write));
  return tick_of(slot + more) + data;
}

// When the refresh of tick `from` lets the pseudo channel activate again.
Tick HbmChannel::refresh_end(unsigned last, Tick from) const {
  Tick issue = from;
  for (unsigned i = refreshing() ? refreshing_ : 0; i <= last; ++i) {
    issue = odd(std::max(issue, now_ + 1));
    if (std::uint64_t open = pcs_[i].open; open != 0) {
      Tick pre = issue;
      for (; open != 0; open &= open - 1) {
        const unsigned bank = i * banks_per_pc_ + static_cast<unsigned>(std::countr_zero(open));
        pre = std::max(pre, banks_[bank].row_ready);
      }
      issue = odd(pre + rules_.pre_ref);
    }
    if (i < last) ++issue;
  }
  return odd(issue + rules_.ref_act);
}

}  // namespace cvp
