// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/cycle/controller.h"

#include <bit>

#include "models/core/report.h"

namespace cvp::hbm_cycle {
namespace {

constexpr unsigned kMovesPerTick = 4;

// Activated requests are served in the order of the ticks in which they were accepted, and of their
// activates where up to four came in one tick.
std::uint64_t activated_order(const Request& request, Tick activate) {
  constexpr Tick kWaitBits = 16;
  const Tick wait = std::min(activate - request.since, (Tick{1} << kWaitBits) - 1);
  return static_cast<std::uint64_t>(request.since << kWaitBits | wait);
}

unsigned lowest(BankMask banks) { return static_cast<unsigned>(std::countr_zero(banks)); }

}  // namespace

Controller::Controller(const HbmTiming& timing, const ControllerPolicy& policy)
    : policy_(policy),
      layout_(timing.geometry),
      read_data_(2 * Tick{timing.cl + timing.burst}),
      spares_rows_(policy.scheduling == Scheduling::kRowHitFirst ||
                   policy.page != PagePolicy::kOpen),
      legal_(timing, layout_),
      refresh_(timing, layout_, policy),
      pages_(policy.page, layout_.homes.size()),
      banks_(layout_.homes.size()) {
  const std::string error = check_controller_policy(policy);
  CVP_CHECK(error.empty(), error);
  const unsigned sets = policy.queues_per_pseudo_channel ? layout_.pseudo_channels : 1;
  for (unsigned i = 0; i < sets; ++i) {
    sets_.push_back({.queues = {RequestQueue(policy.read_queue, layout_),
                                RequestQueue(policy.write_queue, layout_)}});
  }
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
  if (set.fifo.size() == 1) next_ = std::min(next_, move_tick(set));
}

void Controller::skip_idle(Tick tick) {
  if (!idle() || refresh_.wants_choice() || refresh_.target(0) != 0) return;
  const std::uint64_t passed = refresh_.skip_rounds(tick);
  if (passed == 0) return;
  statistics_.refreshes += passed * layout_.pseudo_channels;
  next_ = refresh_.next_due();
}

void Controller::step(std::vector<Completion>& completions) {
  const Tick tick = next_;
  if (tick > last_ + 1) settle_modes();  // The slots in between saw the same queues.
  last_ = tick;
  for (QueueSet& set : sets_) move(set, tick, completions);
  if (refresh_.next_due() <= tick) {
    refresh_.fall_due(tick);
    choose_refreshes();
    column_stale_ = row_stale_ = true;
  }
  settle_modes();
  if (tick % 2 == 1) {
    if (column_stale_) plan_columns(tick);
    if (column_.tick == tick) {
      issue_column(tick, completions);
      settle_modes();
    }
  }
  if (row_stale_) plan_rows(tick);
  if (row_.tick == tick) issue_row(tick);

  foresee_modes();
  if (refresh_.wants_choice()) choose_refreshes();
  if (column_stale_) plan_columns(tick + 1);
  if (row_stale_) plan_rows(tick + 1);
  next_ = std::min({column_.tick, row_.tick, refresh_.next_due()});
  for (const QueueSet& set : sets_) next_ = std::min(next_, move_tick(set));
}

// ---- Queues ----

bool Controller::decide_writing(const QueueSet& set) const {
  const auto& [reads, writes] = set.queues;
  if (set.writing) return writes.size() > policy_.write_low || reads.size() == 0;
  return writes.size() >= policy_.write_high || reads.size() == 0;
}

// Every slot decides which queue it serves before it looks for a command, unless a refresh holds
// the channel.
void Controller::settle_modes() {
  if (!policy_.group_writes || refresh_.stops_channel()) return;
  for (QueueSet& set : sets_) {
    set.writing = decide_writing(set);
    if (set.serving == set.writing) continue;
    set.serving = set.writing;
    column_stale_ = row_stale_ = true;
  }
}

void Controller::foresee_modes() {
  if (!policy_.group_writes || refresh_.stops_channel()) return;
  for (QueueSet& set : sets_) {
    const bool serving = decide_writing(set);
    if (set.serving == serving) continue;
    set.serving = serving;
    column_stale_ = row_stale_ = true;
  }
}

template <class Visit>
void Controller::for_served_queues(unsigned pseudo_channel, Visit visit) {
  QueueSet& set = set_of(pseudo_channel);
  if (policy_.group_writes) {
    visit(set.queues[set.serving]);
  } else {
    visit(set.queues[0]);
    visit(set.queues[1]);
  }
}

Tick Controller::move_tick(const QueueSet& set) const {
  if (set.fifo.empty()) return kNever;
  const Request& head = set.fifo.front();
  if (set.queues[head.write].full() && !set.queues[1].holds(head)) return kNever;
  return std::max(last_, head.since) + 1;
}

void Controller::move(QueueSet& set, Tick tick, std::vector<Completion>& completions) {
  for (unsigned n = 0; n < kMovesPerTick; ++n) {
    if (set.fifo.empty() || set.fifo.front().since >= tick) return;
    Request& head = set.fifo.front();
    if (set.queues[1].holds(head)) {
      completions.push_back({head.id, tick});
      ++statistics_.forwarded;
      --open_requests_;
      set.fifo.pop_front();
      continue;
    }
    RequestQueue& queue = set.queues[head.write];
    if (queue.full()) return;
    head.since = tick;
    head.order = accepted_++;
    queue.push(head, banks_[head.bank].row);
    if (row_.bank == head.bank && spares_rows_) row_stale_ = true;
    if (!policy_.group_writes || set.serving == head.write) consider_bank(head.bank, tick);
    set.fifo.pop_front();
  }
}

// ---- Plans ----

void Controller::keep_better(Plan& best, const Plan& other) {
  if (other.tick < best.tick || (other.tick == best.tick && other.order < best.order)) best = other;
}

void Controller::consider_column(unsigned bank, const Request& request, Reason reason, Tick from) {
  const auto command = request.write ? DramCommand::kWrite : DramCommand::kRead;
  // Activated requests go before all that still wait.
  constexpr std::uint64_t kWaits = std::uint64_t{1} << 63;
  const BankLayout::Home home = layout_.homes[bank];
  keep_better(column_, {.tick = legal_.earliest(command, bank, from),
                        .order = request.order + (reason == Reason::kActivated ? 0 : kWaits),
                        .banks = BankMask{1} << home.bit,
                        .bank = static_cast<std::uint16_t>(bank),
                        .pseudo_channel = home.pseudo_channel,
                        .command = command,
                        .reason = reason,
                        .write = request.write});
}

void Controller::plan_columns(Tick from) {
  column_ = {};
  column_stale_ = false;
  for (unsigned pc = 0; pc < layout_.pseudo_channels; ++pc) {
    for (BankMask banks = activated_[pc]; banks != 0; banks &= banks - 1) {
      const unsigned bank = layout_.index(pc, lowest(banks));
      consider_column(bank, banks_[bank].activated, Reason::kActivated, from);
    }
    const BankMask free = ~refresh_.locked(pc) & ~tired_[pc];
    if (free == 0) continue;
    for_served_queues(pc, [&](const RequestQueue& queue) {
      for (BankMask banks = queue.hits(pc) & free; banks != 0; banks &= banks - 1) {
        const unsigned bank = layout_.index(pc, lowest(banks));
        consider_column(bank, queue.hit(bank), Reason::kRequest, from);
      }
    });
  }
}

void Controller::consider_row(unsigned bank, const Request& request, DramCommand command,
                              Tick from) {
  const BankLayout::Home home = layout_.homes[bank];
  keep_better(row_, {.tick = legal_.earliest(command, bank, from),
                     .order = request.order + 1,
                     .banks = BankMask{1} << home.bit,
                     .bank = static_cast<std::uint16_t>(bank),
                     .pseudo_channel = home.pseudo_channel,
                     .command = command,
                     .reason = Reason::kRequest,
                     .write = request.write});
}

void Controller::consider_page(unsigned bank, Tick from) {
  const BankLayout::Home home = layout_.homes[bank];
  from = std::max(from, pages_.close_from(bank, banks_[bank].last_use));
  keep_better(row_, {.tick = legal_.earliest(DramCommand::kPrecharge, bank, from),
                     .banks = BankMask{1} << home.bit,
                     .bank = static_cast<std::uint16_t>(bank),
                     .pseudo_channel = home.pseudo_channel,
                     .command = DramCommand::kPrecharge,
                     .reason = Reason::kPage});
}

// Rows that a waiting request must not close.
BankMask Controller::rows_in_use(unsigned pc) {
  BankMask in_use = activated_[pc] | refresh_.locked(pc);
  if (policy_.scheduling == Scheduling::kRowHitFirst) {
    for_served_queues(pc,
                      [&](const RequestQueue& queue) { in_use |= queue.hits(pc) & ~tired_[pc]; });
  }
  return in_use;
}

BankMask Controller::wanted(unsigned pc) {
  const QueueSet& set = set_of(pc);
  return set.queues[0].waiting(pc) | set.queues[1].waiting(pc);
}

// Open rows for which no request waits, of those that the page policy closes.
BankMask Controller::idle_rows(unsigned pc) {
  if (!pages_.closes_rows()) return 0;
  return open_[pc] & ~activated_[pc] & ~refresh_.locked(pc) & ~wanted(pc);
}

void Controller::plan_rows(Tick from) {
  row_ = {};
  row_stale_ = false;
  for (unsigned pc = 0; pc < layout_.pseudo_channels; ++pc) {
    if (refresh_.target(pc) != 0) plan_refresh(pc, from);
    const BankMask locked = refresh_.locked(pc), in_use = rows_in_use(pc);
    for_served_queues(pc, [&](const RequestQueue& queue) {
      const BankMask closed = queue.waiting(pc) & ~open_[pc] & ~locked;
      for (BankMask banks = closed; banks != 0; banks &= banks - 1) {
        const unsigned bank = layout_.index(pc, lowest(banks));
        consider_row(bank, queue.oldest(bank), DramCommand::kActivate, from);
      }
      for (BankMask banks = queue.misses(pc) & ~in_use; banks != 0; banks &= banks - 1) {
        const unsigned bank = layout_.index(pc, lowest(banks));
        consider_row(bank, queue.miss(bank), DramCommand::kPrecharge, from);
      }
    });
    for (BankMask banks = idle_rows(pc); banks != 0; banks &= banks - 1) {
      consider_page(layout_.index(pc, lowest(banks)), from);
    }
  }
}

// A new candidate of a bank whose other candidates are known to the plans.
void Controller::consider_bank(unsigned bank, Tick from) {
  const BankLayout::Home home = layout_.homes[bank];
  const unsigned pc = home.pseudo_channel;
  const BankMask bit = BankMask{1} << home.bit;
  if (refresh_.locked(pc) & bit) return;
  const bool in_use = (rows_in_use(pc) & bit) != 0;
  for_served_queues(pc, [&](const RequestQueue& queue) {
    if (!(queue.waiting(pc) & bit)) return;
    if (!(open_[pc] & bit)) {
      if (!row_stale_) consider_row(bank, queue.oldest(bank), DramCommand::kActivate, from);
      return;
    }
    if (!column_stale_ && (queue.hits(pc) & ~tired_[pc] & bit)) {
      consider_column(bank, queue.hit(bank), Reason::kRequest, from);
    }
    if (!row_stale_ && !in_use && (queue.misses(pc) & bit)) {
      consider_row(bank, queue.miss(bank), DramCommand::kPrecharge, from);
    }
  });
  if (!row_stale_ && (idle_rows(pc) & bit)) consider_page(bank, from);
}

// ---- Refresh ----

void Controller::choose_refreshes() {
  for (unsigned pc = 0; pc < layout_.pseudo_channels; ++pc) {
    const BankMask before = refresh_.target(pc);
    refresh_.choose(pc, wanted(pc), activated_[pc]);
    if (refresh_.target(pc) != before) column_stale_ = row_stale_ = true;
  }
}

// Rows of the target are closed once their activated requests are served, then it is refreshed.
void Controller::plan_refresh(unsigned pc, Tick from) {
  const BankMask target = refresh_.target(pc);
  if ((activated_[pc] & target) != 0) return;
  const BankMask open = open_[pc] & target;
  const DramCommand command = open != 0 ? refresh_.precharge_command() : refresh_.refresh_command();
  keep_better(row_, {.tick = legal_.earliest(command, pc, target, from),
                     .order = 0,
                     .banks = target,
                     .bank = static_cast<std::uint16_t>(layout_.index(pc, lowest(target))),
                     .pseudo_channel = static_cast<std::uint8_t>(pc),
                     .command = command,
                     .reason = Reason::kRefresh});
}

// ---- Commands ----

void Controller::issue(Tick tick, const Plan& plan, std::uint32_t row) {
  const IssuedCommand command{tick, plan.command, plan.pseudo_channel, plan.banks, row};
  legal_.issue(command);
  if (observer_ != nullptr) observer_->on_command(command);
}

void Controller::issue_column(Tick tick, std::vector<Completion>& completions) {
  const Plan plan = column_;
  const unsigned pc = plan.pseudo_channel;
  Bank& bank = banks_[plan.bank];
  Request request;
  if (plan.reason == Reason::kActivated) {
    request = bank.activated;
    activated_[pc] &= ~plan.banks;
  } else {
    request = set_of(pc).queues[plan.write].take_hit(plan.bank);
    ++statistics_.row_hits;
  }
  issue(tick, plan, request.row);
  completions.push_back({request.id, request.write ? tick : tick + read_data_});
  ++(request.write ? statistics_.writes : statistics_.reads);
  --open_requests_;
  bank.last_use = tick;
  refresh_.used(pc, layout_.homes[plan.bank].bit, tick);
  if (policy_.scheduling == Scheduling::kRowHitFirst) {
    BankMask missed = 0;
    for_served_queues(pc, [&](const RequestQueue& queue) { missed |= queue.misses(pc); });
    bank.hits_in_a_row = (missed & plan.banks) != 0 ? bank.hits_in_a_row + 1 : 0;
    if (bank.hits_in_a_row >= policy_.hits_in_a_row) tired_[pc] |= plan.banks;
  }
  column_stale_ = true;
  if (row_.bank == plan.bank || refresh_.target(pc) != 0) row_stale_ = true;
  consider_bank(plan.bank, tick);
}

void Controller::activate(const Plan& plan, Tick tick) {
  const unsigned pc = plan.pseudo_channel;
  Bank& bank = banks_[plan.bank];
  QueueSet& set = set_of(pc);
  bank.activated = set.queues[plan.write].take_oldest(plan.bank);
  bank.activated.order = activated_order(bank.activated, tick);
  const std::uint32_t row = bank.activated.row;
  activated_[pc] |= plan.banks;
  open_[pc] |= plan.banks;
  bank.row = {true, row};
  bank.hits_in_a_row = 0;
  bank.last_use = tick;
  for (RequestQueue& queue : set.queues) queue.opened(plan.bank, row);
  pages_.opened(plan.bank, row);
  ++statistics_.activates;
  ++(bank.closed_for_request ? statistics_.row_conflicts : statistics_.row_misses);
  bank.closed_for_request = false;
  issue(tick, plan, row);
  if (!column_stale_) {
    consider_column(plan.bank, bank.activated, Reason::kActivated, tick + 1);
    consider_bank(plan.bank, tick + 1);
  }
}

void Controller::precharge(const Plan& plan) {
  const unsigned pc = plan.pseudo_channel;
  for (BankMask banks = plan.banks & open_[pc]; banks != 0; banks &= banks - 1) {
    const unsigned number = layout_.index(pc, lowest(banks));
    Bank& bank = banks_[number];
    bank.row.open = false;
    bank.closed_for_request = plan.reason == Reason::kRequest;
    for (RequestQueue& queue : set_of(pc).queues) queue.closed(number);
    if (column_.bank == number) column_stale_ = true;
    if (plan.reason == Reason::kRequest) pages_.conflict(number);
    if (plan.reason == Reason::kPage) pages_.closed_early(number);
  }
  open_[pc] &= ~plan.banks;
  tired_[pc] &= ~plan.banks;
  ++statistics_.precharges;
}

void Controller::issue_row(Tick tick) {
  const Plan plan = row_;
  row_stale_ = true;
  if (plan.command == DramCommand::kActivate) return activate(plan, tick);
  issue(tick, plan, 0);
  if (is_precharge(plan.command)) {
    precharge(plan);
  } else {
    refresh_.done(plan.pseudo_channel);
    ++statistics_.refreshes;
    column_stale_ = true;
  }
}

}  // namespace cvp::hbm_cycle
