// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/cycle/controller.h"

#include "models/core/report.h"

namespace cvp::hbm_cycle {
namespace {

// That the controller issues: refreshes of one kind, and the precharges before them.
LegalTimes::CommandMask commands_of(const RefreshPlanner& refresh) {
  LegalTimes::CommandMask mask = 0;
  for (const DramCommand command :
       {DramCommand::kActivate, DramCommand::kRead, DramCommand::kWrite, DramCommand::kPrecharge,
        refresh.precharge_command(), refresh.refresh_command()}) {
    mask |= LegalTimes::CommandMask{1} << static_cast<unsigned>(command);
  }
  return mask;
}

// Activated requests are served in the order of the ticks in which they were accepted, and of their
// activates where up to four came in one tick.
std::uint64_t activated_order(const Request& request, Tick activate) {
  constexpr Tick kWaitBits = 16;
  const Tick wait = std::min(activate - request.since, (Tick{1} << kWaitBits) - 1);
  return static_cast<std::uint64_t>(request.since << kWaitBits | wait);
}

}  // namespace

Controller::Controller(const HbmTiming& timing, const ControllerPolicy& policy)
    : policy_(policy),
      layout_(timing.geometry),
      read_data_(2 * Tick{timing.cl + timing.burst}),
      one_bus_(timing.commands.buses == 1),
      spares_rows_(policy.scheduling == Scheduling::kRowHitFirst ||
                   policy.page != PagePolicy::kOpen),
      refresh_(timing, layout_, policy),
      legal_(timing, layout_, commands_of(refresh_)),
      pages_(policy.page, layout_.homes.size()),
      banks_(layout_.homes.size()),
      plans_(layout_.pseudo_channels) {
  const std::string error = check_controller_policy(policy);
  CVP_CHECK(error.empty(), error);
  const unsigned sets = policy.queues_per_pseudo_channel ? layout_.pseudo_channels : 1;
  for (unsigned i = 0; i < sets; ++i) sets_.emplace_back(policy, layout_);
  foresee_modes();
  next_ = refresh_.next_due();
}

void Controller::submit(std::uint64_t id, bool write, HbmPlace place, Tick arrival) {
  const unsigned bank = place.bank();
  QueueSet& set = set_of(layout_.homes[bank].pseudo_channel);
  set.fifo.push_back({.since = arrival,
                      .id = id,
                      .row = place.row(),
                      .bank = static_cast<std::uint16_t>(bank),
                      .column = static_cast<std::uint8_t>(place.column()),
                      .write = write});
  ++open_requests_;
  if (set.fifo.size() == 1) next_ = std::min(next_, set.move_tick(last_));
}

// The first refreshes of an idle time have to be stepped: they close the rows that are open.
void Controller::skip_idle(Tick tick) {
  if (!idle() || refresh_.owes()) return;
  for (unsigned pc = 0; pc < layout_.pseudo_channels; ++pc) {
    if (open_[pc] != 0) return;
  }
  const std::uint64_t passed = refresh_.skip_rounds(tick);
  if (passed == 0) return;
  statistics_.refreshes += passed * layout_.pseudo_channels;
  next_ = refresh_.next_due();
}

void Controller::set_refresh_rate(unsigned times, Tick tick) {
  refresh_.set_rate(times);
  next_ = std::max(std::min(next_, refresh_.next_due()), tick);
}

// ---- Which queue is served ----

void Controller::serve(QueueSet& set, bool writes) {
  if (set.serving == writes) return;
  set.serving = writes;
  plans_.all_stale();
}

// Every slot decides which queue it serves before it looks for a command, unless a refresh holds
// the channel.
void Controller::settle_modes() {
  if (!policy_.group_writes || refresh_.stops_channel()) return;
  for (QueueSet& set : sets_) {
    set.writing = set.decide_writing();
    serve(set, set.writing);
  }
}

void Controller::foresee_modes() {
  if (!policy_.group_writes || refresh_.stops_channel()) return;
  for (QueueSet& set : sets_) serve(set, set.decide_writing());
}

// ---- Steps ----

void Controller::step(std::vector<Completion>& completions) {
  const Tick tick = next_;
  if (tick > last_ + 1) settle_modes();  // The slots in between saw the same queues.
  last_ = tick;
  plans_.take_up(tick);
  for (QueueSet& set : sets_) move(set, tick, completions);
  if (refresh_.next_due() <= tick) {
    refresh_.fall_due(tick);
    choose_refreshes();
    plans_.all_stale();
  }
  settle_modes();
  if (tick % 2 == 1) {
    plan_stale_columns(tick);
    if (const Plan* column = plans_.column_at(tick)) {
      issue_column(*column, completions);
      settle_modes();
    }
  }
  plan_stale_rows(tick);
  if (const Plan* row = plans_.row_at(tick)) issue_row(*row);

  foresee_modes();
  if (refresh_.wants_choice()) {
    choose_refreshes();
  } else {
    bool moved = false;
    for (QueueSet& set : sets_) moved |= move_ahead(set, tick + 1);
    if (moved) foresee_modes();
  }
  plan_stale_columns(tick + 1);
  plan_stale_rows(tick + 1);
  next_ = std::min(refresh_.next_due(), plans_.next_tick());
  for (const QueueSet& set : sets_) next_ = std::min(next_, set.move_tick(last_));
}

// ---- Queues ----

void Controller::move(QueueSet& set, Tick tick, std::vector<Completion>& completions) {
  while (!set.fifo.empty() && set.fifo.front().since < tick && set.may_move(tick)) {
    const Request& head = set.fifo.front();
    if (set.queues[1].holds(head)) {
      set.count_move(tick);
      completions.push_back({head.id, tick});
      ++statistics_.forwarded;
      --open_requests_;
    } else if (set.queues[head.write].full()) {
      return;
    } else {
      enter(set, tick);
    }
    set.fifo.pop_front();
  }
}

// What is sure to move in the next tick does so now: mostly nothing else happens in it.
bool Controller::move_ahead(QueueSet& set, Tick tick) {
  bool moved = false;
  while (!set.fifo.empty() && set.fifo.front().since < tick && set.may_move(tick)) {
    const Request& head = set.fifo.front();
    if (set.queues[head.write].full() || set.queues[1].holds(head)) break;
    enter(set, tick);
    set.fifo.pop_front();
    moved = true;
  }
  return moved;
}

// The FIFO's head enters its queue. Of one tick the first set's requests are older.
void Controller::enter(QueueSet& set, Tick tick) {
  Request& head = set.fifo.front();
  head.since = tick;
  const auto number = static_cast<std::uint64_t>(tick) * sets_.size() +
                      static_cast<std::uint64_t>(&set - sets_.data());
  head.order = number * QueueSet::kMovesPerTick + set.count_move(tick);
  set.queues[head.write].push(head, banks_[head.bank].row);
  const unsigned pc = layout_.homes[head.bank].pseudo_channel;
  if (spares_rows_ && plans_.of(PlanKind::kPrecharge, pc).bank == head.bank) {
    plans_.set_stale(PlanKind::kPrecharge, pc);
  }
  if (!policy_.group_writes || set.serving == head.write) plan_bank(head.bank, tick);
}

// ---- Commands ----

void Controller::issue(Tick tick, const Plan& plan, BankMask banks, std::uint32_t row) {
  const IssuedCommand command{tick, plan.purpose.command, plan.pseudo_channel, banks, row};
  legal_.issue(command);
  if (observer_ != nullptr) observer_->on_command(command);
}

void Controller::issue_column(const Plan plan, std::vector<Completion>& completions) {
  const Tick tick = plan.tick;
  const unsigned pc = plan.pseudo_channel;
  const unsigned bit = layout_.homes[plan.bank].bit;
  const BankMask mask = BankMask{1} << bit;
  Bank& bank = banks_[plan.bank];
  Request request;
  if (plan.purpose.reason == Reason::kActivated) {
    request = bank.activated;
    const bool held = holds_for_refresh(pc);
    activated_[pc] &= ~mask;
    activated_writes_[pc] &= ~mask;
    if (held && !holds_for_refresh(pc)) plans_.set_stale(PlanKind::kActivate, pc);
  } else {
    request = set_of(pc).queues[plan.purpose.write].take_hit(plan.bank);
    ++statistics_.row_hits;
  }
  issue(tick, plan, mask, request.row);
  completions.push_back({request.id, request.write ? tick : tick + read_data_});
  ++(request.write ? statistics_.writes : statistics_.reads);
  --open_requests_;
  bank.last_use = tick;
  refresh_.used(pc, bit, tick);
  if (policy_.scheduling == Scheduling::kRowHitFirst) count_hit(plan.bank);
  plans_.set_stale(PlanKind::kColumn, pc);
  for (unsigned other = 0; other < layout_.pseudo_channels; ++other) {
    if (other != pc) stale_if_late(PlanKind::kColumn, other, tick + 1);
  }
  if (plans_.of(PlanKind::kPrecharge, pc).bank == plan.bank) {
    plans_.set_stale(PlanKind::kPrecharge, pc);
  }
  plans_.set_stale(PlanKind::kRefresh, pc, refresh_.target(pc) != 0);
  if (one_bus_) bus_was_used(tick + 1);
  plan_bank(plan.bank, tick);
}

// A row that has been read or written often enough gives way to the one that waits.
void Controller::count_hit(unsigned number) {
  const BankLayout::Home home = layout_.homes[number];
  const BankMask mask = BankMask{1} << home.bit;
  BankMask missed = 0;
  for_served_queues(home.pseudo_channel, [&](const RequestQueue& queue, bool) {
    missed |= queue.misses(home.pseudo_channel);
  });
  Bank& bank = banks_[number];
  bank.hits_in_a_row = (missed & mask) != 0 ? bank.hits_in_a_row + 1 : 0;
  if (bank.hits_in_a_row >= policy_.hits_in_a_row) tired_[home.pseudo_channel] |= mask;
}

void Controller::issue_row(const Plan plan) {
  const Tick tick = plan.tick;
  const unsigned pc = plan.pseudo_channel;
  const BankMask banks = plan.purpose.reason == Reason::kRefresh
                             ? refresh_.target(pc)
                             : BankMask{1} << layout_.homes[plan.bank].bit;
  if (plan.purpose.command == DramCommand::kActivate) {
    plans_.set_stale(PlanKind::kActivate, pc);
    activate(plan, tick);
  } else if (is_precharge(plan.purpose.command)) {
    plans_.set_stale(PlanKind::kPrecharge, pc);
    issue(tick, plan, banks, 0);
    precharge(plan, banks, tick);
  } else {
    issue(tick, plan, banks, 0);
    refresh_.done(pc);
    ++statistics_.refreshes;
    plans_.all_stale();
  }
  for (unsigned other = 0; other < layout_.pseudo_channels; ++other) {
    stale_if_late(PlanKind::kActivate, other, tick + 1);
    stale_if_late(PlanKind::kPrecharge, other, tick + 1);
    plans_.set_stale(PlanKind::kRefresh, other, refresh_.target(other) != 0);
  }
  if (one_bus_) bus_was_used(tick + 1);
}

void Controller::activate(const Plan& plan, Tick tick) {
  const unsigned pc = plan.pseudo_channel;
  const BankMask mask = BankMask{1} << layout_.homes[plan.bank].bit;
  Bank& bank = banks_[plan.bank];
  QueueSet& set = set_of(pc);
  bank.activated = set.queues[plan.purpose.write].take_oldest(plan.bank);
  bank.activated.order = activated_order(bank.activated, tick);
  const std::uint32_t row = bank.activated.row;
  open_[pc] |= mask;
  activated_[pc] |= mask;
  if (plan.purpose.write) activated_writes_[pc] |= mask;
  bank.row = {true, row};
  bank.hits_in_a_row = 0;
  bank.last_use = tick;
  for (RequestQueue& queue : set.queues) queue.opened(plan.bank, row);
  pages_.opened(plan.bank, row);
  ++statistics_.activates;
  ++(bank.closed_for_request ? statistics_.row_conflicts : statistics_.row_misses);
  bank.closed_for_request = false;
  issue(tick, plan, mask, row);
  if (plans_.made(PlanKind::kColumn, pc)) plan_column(pc, mask, tick + 1);
}

void Controller::precharge(const Plan& plan, BankMask targets, Tick tick) {
  const unsigned pc = plan.pseudo_channel;
  const Reason reason = plan.purpose.reason;
  for (BankMask banks = targets & open_[pc]; banks != 0; banks &= banks - 1) {
    const unsigned number = layout_.index(pc, lowest_bit(banks));
    Bank& bank = banks_[number];
    bank.row.open = false;
    bank.closed_for_request = reason == Reason::kRequest;
    for (RequestQueue& queue : set_of(pc).queues) queue.closed(number);
    if (plans_.of(PlanKind::kColumn, pc).bank == number) plans_.set_stale(PlanKind::kColumn, pc);
    if (reason == Reason::kRequest) pages_.conflict(number);
    if (reason == Reason::kPage) pages_.closed_early(number);
  }
  open_[pc] &= ~targets;
  tired_[pc] &= ~targets;
  ++statistics_.precharges;
  if (plans_.made(PlanKind::kActivate, pc)) plan_activate(pc, targets, tick + 1);
}

}  // namespace cvp::hbm_cycle
