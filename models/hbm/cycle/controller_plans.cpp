// SPDX-License-Identifier: Apache-2.0
//
// What the controller means to issue next: of each kind of command the first that is legal.
#include "models/hbm/cycle/controller.h"

namespace cvp::hbm_cycle {
namespace {

constexpr unsigned kNoBank = ~0U;
constexpr BankMask kAllBanks = ~BankMask{0};
// Added to the order of requests that wait in a queue: activated ones go before them all.
constexpr std::uint64_t kWaits = std::uint64_t{1} << 63;

}  // namespace

using enum DramCommand;

// Compares a candidate of each of `banks` with the best one so far.
template <class OrderOf>
void Controller::plan(Plan& best, Kind kind, unsigned pc, BankMask banks, Tick from,
                      OrderOf order_of) const {
  if (banks == 0) return;
  const LegalTimes::View times = legal_.view(kind.command, pc, from);
  Tick tick = best.tick;
  std::uint64_t order = best.order;
  unsigned bank = kNoBank;
  for (; banks != 0; banks &= banks - 1) {
    const unsigned bit = lowest_bit(banks);
    const Tick legal = times.earliest(bit);
    if (legal > tick) continue;
    const std::uint64_t other = order_of(layout_.index(pc, bit));
    if (legal == tick && other >= order) continue;
    tick = legal;
    order = other;
    bank = layout_.index(pc, bit);
  }
  if (bank == kNoBank) return;
  best = {.tick = tick,
          .order = order,
          .kind = kind,
          .pseudo_channel = static_cast<std::uint8_t>(pc),
          .bank = static_cast<std::uint16_t>(bank)};
}

void Controller::plan_column(unsigned pc, BankMask among, Tick from) {
  const auto order = [&](unsigned bank) { return banks_[bank].activated.order; };
  const BankMask writes = activated_writes_[pc], reads = activated_[pc] & ~writes;
  plan(plans_[pc].column, {kRead, Reason::kActivated, false}, pc, reads & among, from, order);
  plan(plans_[pc].column, {kWrite, Reason::kActivated, true}, pc, writes & among, from, order);
  if (holds_for_refresh(pc)) return;
  const BankMask free = among & ~refresh_.locked(pc) & ~rows_given_up(pc);
  for_served_queues(pc, [&](const RequestQueue& queue, bool write) {
    plan(plans_[pc].column, {write ? kWrite : kRead, Reason::kRequest, write}, pc,
         queue.hits(pc) & free, from,
         [&](unsigned bank) { return queue.hit_order(bank) + kWaits; });
  });
}

void Controller::plan_activate(unsigned pc, BankMask among, Tick from) {
  if (holds_for_refresh(pc)) return;
  const BankMask closed = among & ~open_[pc] & ~refresh_.locked(pc);
  for_served_queues(pc, [&](const RequestQueue& queue, bool write) {
    plan(plans_[pc].activate, {kActivate, Reason::kRequest, write}, pc, queue.waiting(pc) & closed,
         from, [&](unsigned bank) { return queue.oldest_order(bank) + 1; });
  });
}

void Controller::plan_precharge(unsigned pc, BankMask among, Tick from) {
  const BankMask closable = among & ~rows_in_use(pc);
  for_served_queues(pc, [&](const RequestQueue& queue, bool write) {
    plan(plans_[pc].precharge, {kPrecharge, Reason::kRequest, write}, pc,
         queue.misses(pc) & closable, from,
         [&](unsigned bank) { return queue.miss_order(bank) + 1; });
  });
  if (!pages_.closes_rows()) return;
  for (BankMask idle = idle_rows(pc) & among; idle != 0; idle &= idle - 1) {
    const unsigned bank = layout_.index(pc, lowest_bit(idle));
    plan(plans_[pc].precharge, {kPrecharge, Reason::kPage, false}, pc, idle & -idle,
         std::max(from, pages_.close_from(bank, banks_[bank].last_use)),
         [](unsigned) { return kWaits; });
  }
}

// Rows of the target are closed once their activated requests are served, then it is refreshed.
void Controller::plan_refresh(unsigned pc, Tick from) {
  const BankMask target = refresh_.target(pc);
  if (target == 0 || (activated_[pc] & target) != 0) return;
  const bool close = (open_[pc] & target) != 0;
  const DramCommand command = close ? refresh_.precharge_command() : refresh_.refresh_command();
  const Tick tick = legal_.earliest(command, pc, target, from);
  if (tick >= plans_[pc].refresh.tick) return;
  plans_[pc].refresh = {.tick = tick,
                        .kind = {command, Reason::kRefresh, false},
                        .pseudo_channel = static_cast<std::uint8_t>(pc),
                        .bank = static_cast<std::uint16_t>(layout_.index(pc, lowest_bit(target)))};
}

// New candidates of a bank whose other ones are known to the plans.
void Controller::plan_bank(unsigned bank, Tick from) {
  const BankLayout::Home home = layout_.homes[bank];
  const unsigned pc = home.pseudo_channel;
  const BankMask bit = BankMask{1} << home.bit;
  if (!plans_[pc].column.stale) plan_column(pc, bit, from);
  if (!plans_[pc].activate.stale) plan_activate(pc, bit, from);
  if (!plans_[pc].precharge.stale) plan_precharge(pc, bit, from);
}

void Controller::plan_stale_columns(Tick from) {
  for (unsigned pc = 0; pc < layout_.pseudo_channels; ++pc) {
    Plan& column = plans_[pc].column;
    if (!column.stale) continue;
    column = {};
    plan_column(pc, kAllBanks, from);
  }
}

void Controller::plan_stale_rows(Tick from) {
  for (unsigned pc = 0; pc < layout_.pseudo_channels; ++pc) {
    auto& [column, activate, precharge, refresh] = plans_[pc];
    if (activate.stale) {
      activate = {};
      plan_activate(pc, kAllBanks, from);
    }
    if (precharge.stale) {
      precharge = {};
      plan_precharge(pc, kAllBanks, from);
    }
    if (refresh.stale) {
      refresh = {};
      plan_refresh(pc, from);
    }
  }
}

// Of one bus for all commands.
void Controller::bus_was_used(Tick from) {
  for (unsigned pc = 0; pc < layout_.pseudo_channels; ++pc) {
    auto& [column, activate, precharge, refresh] = plans_[pc];
    for (Plan* plan : {&column, &activate, &precharge, &refresh}) {
      if (bus_is_late_for(*plan, pc, from)) plan->stale = true;
    }
  }
}

// A plan of another pseudo channel, or for other banks, holds if its bus is free in time.
bool Controller::bus_is_late_for(const Plan& plan, unsigned pc, Tick from) const {
  return plan.tick < legal_.view(plan.kind.command, pc, from).earliest_of_all();
}

const Controller::Plan& Controller::next_column() const {
  const Plan* best = &plans_[0].column;
  for (unsigned pc = 1; pc < layout_.pseudo_channels; ++pc) {
    if (plans_[pc].column.before(*best)) best = &plans_[pc].column;
  }
  return *best;
}

// Refreshes go first, then the oldest request.
const Controller::Plan& Controller::next_row() const {
  const Plan* best = &plans_[0].refresh;
  for (unsigned pc = 1; pc < layout_.pseudo_channels; ++pc) {
    if (plans_[pc].refresh.before(*best)) best = &plans_[pc].refresh;
  }
  for (unsigned pc = 0; pc < layout_.pseudo_channels; ++pc) {
    if (plans_[pc].activate.before(*best)) best = &plans_[pc].activate;
    if (plans_[pc].precharge.before(*best)) best = &plans_[pc].precharge;
  }
  return *best;
}

void Controller::all_plans_stale() {
  for (Plans& plans : plans_) plans.all_stale();
}

// A stream of writes to other banks would keep an activated read, and so the refresh, waiting.
bool Controller::holds_for_refresh(unsigned pc) const {
  return refresh_.overdue(pc) && (activated_[pc] & refresh_.target(pc)) != 0;
}

// Open rows that have served enough hits, where another row is wanted by a queue being served.
BankMask Controller::rows_given_up(unsigned pc) {
  if (tired_[pc] == 0) return 0;
  BankMask missed = 0;
  for_served_queues(pc, [&](const RequestQueue& queue, bool) { missed |= queue.misses(pc); });
  return tired_[pc] & missed;
}

// Rows that a waiting request must not close.
BankMask Controller::rows_in_use(unsigned pc) {
  BankMask in_use = activated_[pc] | refresh_.locked(pc);
  if (policy_.scheduling == Scheduling::kRowHitFirst) {
    for_served_queues(
        pc, [&](const RequestQueue& queue, bool) { in_use |= queue.hits(pc) & ~tired_[pc]; });
  }
  return in_use;
}

BankMask Controller::wanted(unsigned pc) const {
  const QueueSet& set = sets_[policy_.queues_per_pseudo_channel ? pc : 0];
  return set.queues[0].waiting(pc) | set.queues[1].waiting(pc);
}

// Open rows for which no request waits.
BankMask Controller::idle_rows(unsigned pc) {
  return open_[pc] & ~activated_[pc] & ~refresh_.locked(pc) & ~wanted(pc);
}

void Controller::choose_refreshes() {
  for (unsigned pc = 0; pc < layout_.pseudo_channels; ++pc) {
    const BankMask before = refresh_.target(pc);
    const QueueSet& set = sets_[policy_.queues_per_pseudo_channel ? pc : 0];
    const auto& [reads, writes] = set.queues;
    // Reads and writes together are streams that come by the same banks soon.
    const bool pressed = !set.fifo.empty() && (reads.size() == 0 || writes.size() == 0);
    refresh_.choose(pc, wanted(pc) | activated_[pc], pressed, last_);
    if (refresh_.target(pc) != before) all_plans_stale();
  }
}

}  // namespace cvp::hbm_cycle
