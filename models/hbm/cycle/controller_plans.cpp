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

// Whether there are more of them than are soon compared one by one.
bool are_many(BankMask banks) {
  for (int few = 3; few > 0 && banks != 0; --few) banks &= banks - 1;
  return banks != 0;
}

}  // namespace

using enum DramCommand;

// Compares a candidate of each of `banks` with the best one so far.
template <class OrderOf>
void Controller::plan(Plan& best, Purpose purpose, unsigned pc, BankMask banks, Tick from,
                      OrderOf order_of) const {
  if (banks == 0) return;
  const LegalTimes::View times = legal_.view(purpose.command, pc, from);
  const unsigned first = layout_.index(pc, 0);
  Tick tick = best.tick;
  std::uint64_t order = best.order;
  unsigned bank = kNoBank;
  while (banks != 0) {
    const unsigned lowest = lowest_bit(banks);
    BankMask group = banks & layout_.group_of[lowest];
    banks ^= group;
    const Tick legal_in_group = times.earliest_in_group(lowest);
    if (legal_in_group > tick) continue;
    for (; group != 0; group &= group - 1) {
      const unsigned bit = lowest_bit(group);
      const Tick legal = times.earliest(legal_in_group, bit);
      if (legal > tick) continue;
      const std::uint64_t other = order_of(first + bit);
      if (legal == tick && other >= order) continue;
      tick = legal;
      order = other;
      bank = first + bit;
    }
  }
  if (bank == kNoBank) return;
  best = {.tick = tick,
          .order = order,
          .purpose = purpose,
          .pseudo_channel = static_cast<std::uint8_t>(pc),
          .bank = static_cast<std::uint16_t>(bank)};
}

// The same for those of a queue's requests that `concerns` picks, in the order of acceptance:
// mostly the first few can go as soon as any could, and no others need be asked.
template <class Concerns>
void Controller::plan_oldest(Plan& best, Purpose purpose, unsigned pc, const RequestQueue& queue,
                             BankMask banks, Tick from, std::uint64_t younger, Concerns concerns) {
  const Tick floor = legal_.floor(purpose.command, pc, from);
  if (best.tick < floor) return;
  const LegalTimes::View times = legal_.view(purpose.command, pc, from);
  queue.oldest_first(pc, [&](const Request& request) {
    const unsigned bit = layout_.homes[request.bank].bit;
    const BankMask mask = BankMask{1} << bit;
    if ((banks & mask) == 0 || !concerns(request)) return true;
    banks &= ~mask;
    const Tick tick = times.earliest(times.earliest_in_group(bit), bit);
    const std::uint64_t order = request.order + younger;
    if (tick < best.tick || (tick == best.tick && order < best.order)) {
      best = {.tick = tick,
              .order = order,
              .purpose = purpose,
              .pseudo_channel = static_cast<std::uint8_t>(pc),
              .bank = request.bank};
    }
    return banks != 0 && tick > floor;
  });
}

void Controller::plan_column(unsigned pc, BankMask among, Tick from) {
  Plan& best = plans_.of(PlanKind::kColumn, pc);
  const auto order = [&](unsigned bank) { return banks_[bank].activated.order; };
  const BankMask writes = activated_writes_[pc], reads = activated_[pc] & ~writes;
  plan(best, {kRead, Reason::kActivated, false}, pc, reads & among, from, order);
  plan(best, {kWrite, Reason::kActivated, true}, pc, writes & among, from, order);
  if (holds_for_refresh(pc)) return;
  const BankMask free = among & ~refresh_.locked(pc) & ~rows_given_up(pc);
  for_served_queues(pc, [&](const RequestQueue& queue, bool write) {
    const Purpose purpose{write ? kWrite : kRead, Reason::kRequest, write};
    const BankMask hits = queue.hits(pc) & free;
    if (!are_many(hits)) {
      return plan(best, purpose, pc, hits, from,
                  [&](unsigned bank) { return queue.hit_order(bank) + kWaits; });
    }
    plan_oldest(best, purpose, pc, queue, hits, from, kWaits, [&](const Request& request) {
      return request.row == banks_[request.bank].row.row;
    });
  });
}

void Controller::plan_activate(unsigned pc, BankMask among, Tick from) {
  if (holds_for_refresh(pc)) return;
  const BankMask closed = among & ~open_[pc] & ~refresh_.locked(pc);
  for_served_queues(pc, [&](const RequestQueue& queue, bool write) {
    plan(plans_.of(PlanKind::kActivate, pc), {kActivate, Reason::kRequest, write}, pc,
         queue.waiting(pc) & closed, from,
         [&](unsigned bank) { return queue.oldest_order(bank) + 1; });
  });
}

// Which bank it will be is decided when the first one can be activated.
void Controller::plan_activate_anew(unsigned pc, Tick from) {
  plans_.renew(PlanKind::kActivate, pc);
  if (holds_for_refresh(pc)) return;
  const BankMask closed = ~open_[pc] & ~refresh_.locked(pc);
  for_served_queues(pc, [&](const RequestQueue& queue, bool write) {
    const BankMask banks = queue.waiting(pc) & closed;
    if (banks == 0) return;
    const Tick floor = legal_.floor(kActivate, pc, from);
    if (floor > from) return plans_.put_off(PlanKind::kActivate, pc, floor);
    plan_oldest(plans_.of(PlanKind::kActivate, pc), {kActivate, Reason::kRequest, write}, pc, queue,
                banks, from, 1, [](const Request&) { return true; });
  });
}

void Controller::plan_precharge(unsigned pc, BankMask among, Tick from) {
  const BankMask closable = among & ~rows_in_use(pc);
  for_served_queues(pc, [&](const RequestQueue& queue, bool write) {
    plan(plans_.of(PlanKind::kPrecharge, pc), {kPrecharge, Reason::kRequest, write}, pc,
         queue.misses(pc) & closable, from,
         [&](unsigned bank) { return queue.miss_order(bank) + 1; });
  });
  if (!pages_.closes_rows()) return;
  for (BankMask idle = idle_rows(pc) & among; idle != 0; idle &= idle - 1) {
    const unsigned bank = layout_.index(pc, lowest_bit(idle));
    plan(plans_.of(PlanKind::kPrecharge, pc), {kPrecharge, Reason::kPage, false}, pc, idle & -idle,
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
  if (tick >= plans_.of(PlanKind::kRefresh, pc).tick) return;
  plans_.of(PlanKind::kRefresh, pc) = {
      .tick = tick,
      .purpose = {command, Reason::kRefresh, false},
      .pseudo_channel = static_cast<std::uint8_t>(pc),
      .bank = static_cast<std::uint16_t>(layout_.index(pc, lowest_bit(target)))};
}

// New candidates of a bank whose other ones are known to the plans.
void Controller::plan_bank(unsigned bank, Tick from) {
  const BankLayout::Home home = layout_.homes[bank];
  const unsigned pc = home.pseudo_channel;
  const BankMask bit = BankMask{1} << home.bit;
  if ((open_[pc] & bit) == 0) {
    if (plans_.made(PlanKind::kActivate, pc)) plan_activate(pc, bit, from);
  } else {
    if (plans_.made(PlanKind::kColumn, pc)) plan_column(pc, bit, from);
    if (plans_.made(PlanKind::kPrecharge, pc)) plan_precharge(pc, bit, from);
  }
}

void Controller::plan_stale_columns(Tick from) {
  if (!plans_.any_stale()) return;
  for (unsigned pc = 0; pc < layout_.pseudo_channels; ++pc) {
    if (!plans_.stale(PlanKind::kColumn, pc)) continue;
    plans_.renew(PlanKind::kColumn, pc);
    plan_column(pc, kAllBanks, from);
  }
}

void Controller::plan_stale_rows(Tick from) {
  if (!plans_.any_stale()) return;
  for (unsigned pc = 0; pc < layout_.pseudo_channels; ++pc) {
    if (plans_.stale(PlanKind::kActivate, pc)) plan_activate_anew(pc, from);
    if (plans_.stale(PlanKind::kPrecharge, pc)) {
      plans_.renew(PlanKind::kPrecharge, pc);
      plan_precharge(pc, kAllBanks, from);
    }
    if (plans_.stale(PlanKind::kRefresh, pc)) {
      plans_.renew(PlanKind::kRefresh, pc);
      plan_refresh(pc, from);
    }
  }
}

// Of one bus for all commands.
void Controller::bus_was_used(Tick from) {
  for (unsigned pc = 0; pc < layout_.pseudo_channels; ++pc) {
    for (const PlanKind kind :
         {PlanKind::kColumn, PlanKind::kActivate, PlanKind::kPrecharge, PlanKind::kRefresh}) {
      stale_if_late(kind, pc, from);
    }
  }
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

// Open rows for which no request waits.
BankMask Controller::idle_rows(unsigned pc) {
  return open_[pc] & ~activated_[pc] & ~refresh_.locked(pc) & ~set_of(pc).waiting(pc);
}

void Controller::choose_refreshes() {
  for (unsigned pc = 0; pc < layout_.pseudo_channels; ++pc) {
    const BankMask before = refresh_.target(pc);
    const QueueSet& set = set_of(pc);
    const auto& [reads, writes] = set.queues;
    // Reads and writes together are streams that come by the same banks soon.
    const bool pressed = !set.fifo.empty() && (reads.size() == 0 || writes.size() == 0);
    refresh_.choose(pc, set.waiting(pc) | activated_[pc], pressed, last_);
    if (refresh_.target(pc) != before) plans_.all_stale();
  }
}

}  // namespace cvp::hbm_cycle
