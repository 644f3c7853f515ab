// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

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
        transactions_(traffic) {
    for (Stack& stack : stacks_) stack.requests.resize(std::bit_ceil(traffic.outstanding));
  }

  UcieTrafficResult run() {
    issue();
    while (link_.meter(0).flits() < traffic_.flits) {
      if (link_.arrive(next_late_)) {
        take_late();
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
  struct Request {
    std::uint64_t end = 0;      // Of its last byte, in all bytes that were pushed on its stack.
    UcieSlotTime accepted = 0;  // When that was in a flit.
  };
  struct Stack {
    std::vector<Request> requests;  // A ring of those outstanding.
    std::uint64_t pushed = 0;       // Of all requests so far,
    std::uint64_t accepted = 0;     // and of them those whose last byte has been in a flit.

    Request& request(std::uint64_t n) { return requests[n & (requests.size() - 1)]; }
  };
  // From the second half of a flit, which has come before the next flit does.
  struct Late {
    UcieSlotTime time = kUcieNoTime;
    std::size_t first = 0;  // Those before came with the first half.
    UcieMessages messages;
  };

  bool has_room(unsigned stack) const {
    return link_.end(0).transmitter().waiting_bytes(stack) < kWaitingBytes;
  }

  void issue() {
    while (transactions_.outstanding() < traffic_.outstanding &&
           (has_room(0) || has_room(traffic_.stacks - 1))) {
      const unsigned stack = transactions_.next_stack();
      send(0, transactions_.issue(), stack);
      Stack& issuing = stacks_[stack];
      issuing.request(issuing.pushed++).end = pushed_bytes(0, stack);
    }
  }

  // Takes what has come by now, at both ends.
  void take() {
    for (unsigned to = 0; to < 2; ++to) {
      UcieReceiver& receiver = link_.end(to).receiver();
      for (unsigned stack = 0; stack < traffic_.stacks; ++stack) {
        auto& messages = receiver.messages(stack);
        if (messages.empty()) continue;
        const std::size_t early = half_ == 0 ? messages.size() : receiver.early_messages();
        for (std::size_t i = 0; i < early; ++i) take(to, messages[i], stack);
        if (early < messages.size()) put_off(late_[to][stack], early, messages);
        messages.clear();
      }
    }
  }

  void put_off(Late& late, std::size_t first, UcieMessages& messages) {
    CVP_CHECK(late.time == kUcieNoTime, "a flit has come before all of the last one");
    late.time = link_.now() + half_;
    late.first = first;
    std::swap(late.messages, messages);
    next_late_ = std::min(next_late_, late.time);
  }

  void take_late() {
    if (next_late_ > link_.now()) return;
    next_late_ = kUcieNoTime;
    for (unsigned to = 0; to < 2; ++to) {
      for (unsigned stack = 0; stack < traffic_.stacks; ++stack) {
        Late& late = late_[to][stack];
        if (late.time > link_.now()) {
          next_late_ = std::min(next_late_, late.time);
          continue;
        }
        for (std::size_t i = late.first; i < late.messages.size(); ++i) {
          take(to, late.messages[i], stack);
        }
        late.messages.clear();
        late.time = kUcieNoTime;
      }
    }
  }

  void take(unsigned to, const UcieMessage& message, unsigned stack) {
    if (to == 0) return transactions_.complete(message, stack);
    const std::uint64_t request = transactions_.arrive(message, stack);
    if (request != UcieTransactions::kNone) note_arrived(stack, request);
    const auto answer = transactions_.answer(message, stack);
    if (answer) send(1, *answer, stack);
  }

  void send(unsigned from, const UcieOutgoing& message, unsigned stack) {
    data_bytes_[from] += message.data.size();
    link_.end(from).push(message, stack);
  }

  // On a stack since the start, headers included.
  std::uint64_t pushed_bytes(unsigned from, unsigned stack) const {
    const UcieTransmitter& transmitter = link_.end(from).transmitter();
    return transmitter.placed_bytes(stack) + transmitter.waiting_bytes(stack);
  }

  // The transmit FDI has accepted the requests whose last byte is in a flit now.
  void note_accepted() {
    for (unsigned number = 0; number < traffic_.stacks; ++number) {
      Stack& stack = stacks_[number];
      const std::uint64_t placed = link_.end(0).transmitter().placed_bytes(number);
      while (stack.accepted < stack.pushed && stack.request(stack.accepted).end <= placed) {
        stack.request(stack.accepted++).accepted = link_.now();
      }
    }
  }

  // The receive FDI has given the last byte of a request.
  void note_arrived(unsigned number, std::uint64_t request) {
    Stack& stack = stacks_[number];
    if (request >= stack.accepted) return;
    const double slots = ucie_slots(link_.now() - stack.request(request).accepted);
    latency_.add({static_cast<std::uint64_t>(slots * slot_fs_ + 0.5)});
  }

  UcieFlow flow(unsigned from) const {
    const UcieFlowMeter& meter = link_.meter(from);
    const UcieTransmitCounters& sent = link_.end(from).transmitter().counters();
    const UcieReceiveCounters& received = link_.end(1 - from).receiver().counters();
    const auto busy = static_cast<double>(sent.flits + sent.replayed + sent.nops);
    std::uint64_t pushed = 0;
    for (unsigned stack = 0; stack < traffic_.stacks; ++stack) pushed += pushed_bytes(from, stack);
    return {.seconds = meter.slots() * slot_fs_ * 1e-15,
            .payload_bytes = static_cast<double>(meter.payload_bytes()),
            .data_share = pushed > 0
                              ? static_cast<double>(data_bytes_[from]) / static_cast<double>(pushed)
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
  std::array<std::array<Late, kUcieStacks>, 2> late_;
  UcieSlotTime next_late_ = kUcieNoTime;
  std::array<std::uint64_t, 2> data_bytes_{};
  UcieLatency latency_;  // Of requests.
};

}  // namespace

UcieTrafficResult run_by_flits(const UcieTraffic& traffic) { return Load(traffic).run(); }

}  // namespace cvp
