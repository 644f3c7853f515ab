// SPDX-License-Identifier: Apache-2.0
#include <deque>

#include "models/core/report.h"
#include "platform/bench/ucie_transactions.h"

namespace cvp {
namespace {

// The wire needs a flit at a time; what waits longer in an adapter would only be copied more.
constexpr std::size_t kWaitingBytes = 512;

UcieFlitLinkParams link_params(const UcieTraffic& traffic) {
  UcieFlitLinkParams params{.adapter = {.format = traffic.shape.format, .stacks = traffic.stacks},
                            .flight_slots = traffic.in_slots(traffic.shape.one_way_latency()),
                            .answer_slots = traffic.answer_slots,
                            .round_trip_slots = traffic.round_trip_slots,
                            .seed = traffic.seed};
  for (const unsigned from : {0u, 1u}) params.faults[from].bits = traffic.bits[from];
  return params;
}

/// Initiator and target at the two ends.
class Load {
 public:
  explicit Load(const UcieTraffic& traffic)
      : traffic_(traffic),
        slot_fs_(traffic.slot_fs()),
        half_(ucie_slot_time(traffic.in_slots(traffic.shape.half_time()))),
        link_(link_params(traffic)),
        transactions_(traffic) {}

  UcieTrafficResult run() {
    issue();
    while (link_.meter(0).flits() < traffic_.flits) {
      if (link_.arrive(late_.empty() ? kUcieNoTime : late_.front().time)) {
        answer();
        take();
      } else {
        CVP_CHECK(link_.undetected() > 0, "a link has lost what was on its way");
        transactions_.give_up();
      }
      issue();
      link_.depart();
      note_accepted();
      CVP_CHECK(transactions_.wrong() == 0 || link_.undetected() > 0,
                "a transaction has been lost or changed on the link");
    }
    return {
        {flow(0), flow(1)}, transactions_.completed(), link_.undetected(), transactions_.wrong()};
  }

 private:
  struct Stack {
    std::uint64_t pushed = 0;           // Bytes of requests.
    std::deque<std::uint64_t> waiting;  // Ends of requests that are in no flit yet.
    std::deque<UcieSlotTime> accepted;  // Of those that have not arrived,
    std::uint64_t first_accepted = 0;   // from this one on.
    std::deque<UcieMessage> asked;      // Requests that the target has still to answer.
  };
  // From the second half of a flit.
  struct Late {
    UcieSlotTime time = 0;
    unsigned to = 0, stack = 0;
    UcieMessage message;
  };

  bool has_room(unsigned from, unsigned stack) const {
    return link_.end(from).transmitter().waiting_bytes(stack) < kWaitingBytes;
  }

  void issue() {
    while (transactions_.outstanding() < traffic_.outstanding &&
           (has_room(0, 0) || has_room(0, traffic_.stacks - 1))) {
      const unsigned stack = transactions_.next_stack();
      const UcieMessage& request = transactions_.issue();
      stacks_[stack].pushed += send(0, request, stack);
      stacks_[stack].waiting.push_back(stacks_[stack].pushed);
    }
  }

  // Takes what has come by now, at both ends.
  void take() {
    for (; !late_.empty() && late_.front().time <= link_.now(); late_.pop_front()) {
      Late& late = late_.front();
      take(late.to, late.message, late.stack);
    }
    for (unsigned to = 0; to < 2; ++to) {
      UcieReceiver& receiver = link_.end(to).receiver();
      for (unsigned stack = 0; stack < traffic_.stacks; ++stack) {
        auto& messages = receiver.messages(stack);
        for (std::size_t i = 0; i < messages.size(); ++i) {
          if (half_ == 0 || i < receiver.early_messages()) {
            take(to, messages[i], stack);
          } else {
            late_.push_back({link_.now() + half_, to, stack, std::move(messages[i])});
          }
        }
        messages.clear();
      }
    }
  }

  void take(unsigned to, UcieMessage& message, unsigned stack) {
    if (to == 0) {
      transactions_.complete(message, stack);
      return link_.end(0).receiver().reuse(std::move(message.data), stack);
    }
    if (const auto number = transactions_.arrive(message, stack)) note_arrived(stack, *number);
    auto& asked = stacks_[stack].asked;
    if (!asked.empty() || !has_room(1, stack)) return asked.push_back(std::move(message));
    answer(message, stack);
  }

  void answer() {
    for (unsigned number = 0; number < traffic_.stacks; ++number) {
      auto& asked = stacks_[number].asked;
      for (; !asked.empty() && has_room(1, number); asked.pop_front()) {
        answer(asked.front(), number);
      }
    }
  }

  void answer(UcieMessage& request, unsigned stack) {
    const UcieMessage* answer = transactions_.answer(request, stack);
    if (answer != nullptr) send(1, *answer, stack);
    link_.end(1).receiver().reuse(std::move(request.data), stack);
  }

  std::uint64_t send(unsigned from, const UcieMessage& message, unsigned stack) {
    const std::uint64_t bytes = ucie_wire_bytes(message);
    placed_[from] += bytes;
    data_bytes_[from] += message.data_bytes();
    link_.end(from).push(message, stack);
    return bytes;
  }

  // The transmit FDI has accepted the requests whose last byte is in a flit now.
  void note_accepted() {
    for (unsigned number = 0; number < traffic_.stacks; ++number) {
      Stack& stack = stacks_[number];
      const std::uint64_t placed = link_.end(0).transmitter().placed_bytes(number);
      for (; !stack.waiting.empty() && stack.waiting.front() <= placed; stack.waiting.pop_front()) {
        stack.accepted.push_back(link_.now());
      }
    }
  }

  // The receive FDI has given the last byte of a request.
  void note_arrived(unsigned number, std::uint64_t request) {
    Stack& stack = stacks_[number];
    auto& accepted = stack.accepted;
    if (request < stack.first_accepted || request - stack.first_accepted >= accepted.size()) return;
    for (; stack.first_accepted < request; ++stack.first_accepted) accepted.pop_front();
    const double slots = ucie_slots(link_.now() - accepted.front());
    latency_.add({static_cast<std::uint64_t>(slots * slot_fs_ + 0.5)});
    accepted.pop_front();
    ++stack.first_accepted;
  }

  UcieFlow flow(unsigned from) const {
    const UcieFlowMeter& meter = link_.meter(from);
    const UcieTransmitCounters& sent = link_.end(from).transmitter().counters();
    const UcieReceiveCounters& received = link_.end(1 - from).receiver().counters();
    const auto busy = static_cast<double>(sent.flits + sent.replayed + sent.nops);
    return {.seconds = meter.slots() * slot_fs_ * 1e-15,
            .payload_bytes = static_cast<double>(meter.payload_bytes()),
            .data_share = placed_[from] > 0 ? static_cast<double>(data_bytes_[from]) /
                                                  static_cast<double>(placed_[from])
                                            : 0,
            .wire_utilisation = std::min(1.0, busy / ucie_slots(link_.now())),
            .latency_ns = from == 0 ? latency_.mean_ns() : 0,
            .flits = meter.flits(),
            .replayed = sent.replayed,
            .nops = sent.nops,
            .retries = sent.retries,
            .crc_errors = received.crc_errors};
  }

  const UcieTraffic& traffic_;
  const double slot_fs_;
  const UcieSlotTime half_;  // By which the second half of a flit comes later.
  UcieFlitLink link_;
  UcieTransactions transactions_;
  std::array<Stack, kUcieStacks> stacks_;
  std::deque<Late> late_;
  std::array<std::uint64_t, 2> placed_{}, data_bytes_{};
  UcieLatency latency_;  // Of requests.
};

}  // namespace

UcieTrafficResult run_by_flits(const UcieTraffic& traffic) { return Load(traffic).run(); }

}  // namespace cvp
