// SPDX-License-Identifier: Apache-2.0
//
// Two stacks push each other back until their flits start, and what is answered first goes first;
// so here time goes on from event to event: a flit that ends a message starts, a message arrives,
// a nak is due. No event is for a flit that only goes on.
#include <algorithm>
#include <deque>

#include "platform/bench/ucie_traffic.h"

namespace cvp {
namespace {

/// One direction, with what is on its way.
class Direction {
 public:
  Direction(const UcieTraffic& traffic, unsigned direction)
      : traffic_(traffic),
        protocol_(traffic.protocol()),
        answering_(direction == 0 ? Femtoseconds{} : traffic.answer_time()),
        flight_(traffic.shape.one_way_latency() + answering_),
        stream_(2 * traffic.seed + direction) {
    stream_.configure(traffic.shape, {}, traffic.stream_errors(direction));
  }

  void push(Femtoseconds now, std::uint32_t bytes, std::uint32_t data, unsigned stack) {
    if (now > kUcieRounding) stream_.run(now - kUcieRounding - Femtoseconds{1});
    stream_.push(ucie_in_time(stream_, now), bytes, protocol_, stack);
    placed_ += bytes;
    data_ += data;
  }

  /// What can start by now has.
  void run(Femtoseconds now) {
    if (stream_.next_nak() <= now) stream_.flush_naks(now);
    stream_.run(now);
    for (unsigned stack = 0; stack < traffic_.stacks; ++stack) {
      while (const auto times = stream_.take_started(stack)) {
        arrivals_[stack].push_back({times->arrived + answering_, times->arrived - times->accepted});
      }
    }
    while (marks_.size() > 1 && marks_[1].time <= now) marks_.pop_front();
    if (started() == marks_.back().flits) return;
    marks_.push_back({started(), placed_ - stream_.waiting_bytes(), arrival_of_flits()});
    if (first_.flits == 0) first_ = marks_.back();
  }

  /// A message of a stack has arrived.
  bool arrives(Femtoseconds now, unsigned stack) {
    std::deque<Arrival>& arrivals = arrivals_[stack];
    if (arrivals.empty() || arrivals.front().time > now + kUcieRounding) return false;
    latency_.add(arrivals.front().latency);
    arrivals.pop_front();
    return true;
  }

  /// When something happens next.
  Femtoseconds next_event() const {
    Femtoseconds next = std::min(stream_.next_start(), stream_.next_nak());
    for (const auto& arrivals : arrivals_) {
      if (!arrivals.empty()) next = std::min(next, arrivals.front().time);
    }
    return next;
  }
  /// That have started.
  std::uint64_t started() const { return stream_.flits() - stream_.waiting_flits(); }
  /// When flit `number`, from 1 on, starts at the earliest; Femtoseconds::max(): it has, or nobody
  /// knows yet.
  Femtoseconds start_of(std::uint64_t number) const {
    if (number <= started() || number > stream_.flits()) return Femtoseconds::max();
    return stream_.slots().start_after(number - started() - 1);
  }
  /// Of all flits that have started.
  Femtoseconds arrival_of_flits() const {
    return stream_.delivered() + flight_ - stream_.slot_time(1);
  }

  /// The damage on the way here, noticed at the other end, which asks for a replay.
  void ask_for_replays(Direction& other) {
    for (const UcieNak& nak : stream_.naks()) other.stream_.send_nak(nak.due);
    stream_.naks().clear();
  }

  /// Of what has arrived by `end`.
  UcieFlow result(Femtoseconds end) const {
    const auto later =
        std::upper_bound(marks_.begin() + 1, marks_.end(), end,
                         [](Femtoseconds time, const Mark& mark) { return time < mark.time; });
    const Mark& last = *std::prev(later);
    const Mark& first = last.flits > first_.flits ? first_ : last;  // Fewer than two have arrived.
    const Femtoseconds busy = stream_.busy() - stream_.slot_time(stream_.waiting_flits());
    return {.seconds = (last.time - first.time).seconds(),
            .payload_bytes = static_cast<double>(last.bytes - first.bytes),
            .data_share = static_cast<double>(data_) / static_cast<double>(placed_),
            .wire_utilisation = std::min(1.0, busy.seconds() / end.seconds()),
            .latency_ns = latency_.mean_ns(),
            .flits = last.flits,
            .replayed = stream_.replayed(),
            .nops = stream_.nops(),
            .retries = stream_.retries(),
            .crc_errors = stream_.damaged()};
  }

 private:
  struct Arrival {
    Femtoseconds time, latency;
  };
  // So many flits hold so many bytes, and have all arrived then.
  struct Mark {
    std::uint64_t flits = 0, bytes = 0;
    Femtoseconds time;
  };

  const UcieTraffic& traffic_;
  const UcieProtocol protocol_;
  const Femtoseconds answering_;  // By which the way back takes longer.
  const Femtoseconds flight_;
  UcieStream stream_;
  std::array<std::deque<Arrival>, kUcieStacks> arrivals_;  // To come, in order.
  std::uint64_t placed_ = 0, data_ = 0;
  Mark first_;
  std::deque<Mark> marks_{Mark{}};  // Of what is on its way, and one of what has come.
  UcieLatency latency_;
};

/// Both, with initiator and target at their ends.
class Load {
 public:
  explicit Load(const UcieTraffic& traffic)
      : traffic_(traffic), there_(traffic, 0), back_(traffic, 1) {}

  UcieTrafficResult run() {
    Femtoseconds end = Femtoseconds::max();  // Known when the last flit has started.
    for (Femtoseconds now; now < end; now = next_event(end)) {
      take(now);
      issue(now);
      there_.run(now);
      back_.run(now);
      there_.ask_for_replays(back_);
      back_.ask_for_replays(there_);
      if (end == Femtoseconds::max() && there_.started() >= traffic_.flits) {
        end = there_.arrival_of_flits();
      }
    }
    return {{there_.result(end), back_.result(end)}, completed_};
  }

 private:
  Femtoseconds next_event(Femtoseconds end) const {
    return std::min(
        {there_.next_event(), back_.next_event(), there_.start_of(traffic_.flits), end});
  }

  // Takes what has come, at both ends.
  void take(Femtoseconds now) {
    for (unsigned stack = 0; stack < traffic_.stacks; ++stack) {
      while (back_.arrives(now, stack)) ++completed_;
      while (there_.arrives(now, stack)) {
        const bool read = traffic_.is_read(answered_[stack]++ * traffic_.stacks + stack);
        back_.push(now, traffic_.wire_bytes(read, true), read ? traffic_.size : 0, stack);
      }
    }
  }

  void issue(Femtoseconds now) {
    for (; issued_ - completed_ < traffic_.outstanding; ++issued_) {
      const bool read = traffic_.is_read(issued_);
      const auto stack = static_cast<unsigned>(issued_ % traffic_.stacks);
      there_.push(now, traffic_.wire_bytes(read, false), read ? 0 : traffic_.size, stack);
    }
  }

  const UcieTraffic& traffic_;
  Direction there_, back_;
  std::array<std::uint64_t, kUcieStacks> answered_{};  // Of each stack.
  std::uint64_t issued_ = 0, completed_ = 0;
};

}  // namespace

UcieTrafficResult run_stacks_by_arithmetic(const UcieTraffic& traffic) {
  return Load(traffic).run();
}

}  // namespace cvp
