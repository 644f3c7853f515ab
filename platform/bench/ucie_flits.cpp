// SPDX-License-Identifier: Apache-2.0
#include <deque>

#include "models/core/report.h"
#include "platform/bench/ucie_traffic.h"

namespace cvp {
namespace {

UcieFlitLinkParams link_params(const UcieTraffic& traffic) {
  UcieFlitLinkParams params{.adapter = {.format = traffic.shape.format, .stacks = traffic.stacks},
                            .flight_slots = traffic.flight_slots,
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
        slot_time_(traffic.shape.flit_format().time(1)),
        flight_(traffic.shape.fixed_latency() + slot_time_),
        early_flight_(traffic.shape.one_way_latency()),
        link_(link_params(traffic)),
        data_(traffic.size, 0xA5) {}

  UcieTrafficResult run() {
    while (link_.meter(0).flits() < traffic_.flits) {
      issue();
      link_.step();
      note_accepted();
      answer();
      complete();
      if (link_.undetected() > 0) give_up_lost();
    }
    return {{flow(0), flow(1)}, completed(), link_.undetected(), wrong_};
  }

 private:
  struct Stack {
    std::uint64_t issued = 0, answered = 0, completed = 0;  // Of its transactions.
    std::uint64_t pushed = 0;                               // Bytes of requests.
    std::deque<std::uint64_t> waiting;         // Ends of requests that are in no flit yet.
    std::deque<std::uint64_t> accepted_slots;  // Of those that have not arrived,
    std::uint64_t first_accepted = 0;          // from this one on.
  };

  void issue() {
    // The wire needs one flit at a time; what waits longer would only be copied more.
    const auto& transmitter = link_.end(0).transmitter();
    const auto wanted = [&] {
      return transmitter.waiting_bytes(0) < 512 ||
             transmitter.waiting_bytes(traffic_.stacks - 1) < 512;
    };
    while (issued_ - completed() < traffic_.outstanding && wanted()) {
      const auto stack = static_cast<unsigned>(issued_ % traffic_.stacks);
      const UcieMessage request = traffic_.message(issued_, traffic_.is_read(issued_), false);
      stacks_[stack].pushed += ucie_wire_bytes(request);
      stacks_[stack].waiting.push_back(stacks_[stack].pushed);
      send(0, request, stack);
      ++stacks_[stack].issued;
      ++issued_;
    }
  }

  void answer() {
    UcieReceiver& receiver = link_.end(1).receiver();
    const std::size_t early = receiver.early_messages();
    for (unsigned number = 0; number < traffic_.stacks; ++number) {
      Stack& stack = stacks_[number];
      auto& requests = receiver.messages(number);
      for (std::size_t i = 0; i < requests.size(); ++i) {
        const UcieMessage& request = requests[i];
        note_arrived(stack, stack.answered + ahead(request, number, stack.answered), i < early);
        check(request, number, stack.answered);
        const bool read = request.kind == UcieMessageKind::kRead;
        send(1, traffic_.message(transaction(number, stack.answered++), read, true), number);
      }
      requests.clear();
    }
  }

  void complete() {
    for (unsigned number = 0; number < traffic_.stacks; ++number) {
      Stack& stack = stacks_[number];
      auto& responses = link_.end(0).receiver().messages(number);
      for (const UcieMessage& response : responses) {
        check(response, number, stack.completed);
        stack.completed = std::min(stack.completed + 1, stack.issued);
      }
      responses.clear();
    }
  }

  void send(unsigned from, UcieMessage message, unsigned stack) {
    placed_[from] += ucie_wire_bytes(message);
    data_bytes_[from] += message.data_bytes();
    const bool has_data = message.data_bytes() > 0;
    if (has_data) message.data.swap(data_);
    link_.end(from).push(message, stack);
    if (has_data) message.data.swap(data_);
  }

  // Transactions of a stack are counted by themselves.
  std::uint64_t transaction(unsigned stack, std::uint64_t n) const {
    return n * traffic_.stacks + stack;
  }
  std::uint64_t completed() const { return stacks_[0].completed + stacks_[1].completed; }
  // How far the message is ahead of the n-th of its stack.
  std::uint64_t ahead(const UcieMessage& message, unsigned stack, std::uint64_t n) const {
    return static_cast<std::uint16_t>(message.tag - transaction(stack, n)) / traffic_.stacks;
  }

  // The transmit FDI has accepted the requests whose last byte is in a flit now.
  void note_accepted() {
    for (unsigned number = 0; number < traffic_.stacks; ++number) {
      Stack& stack = stacks_[number];
      const std::uint64_t placed = link_.end(0).transmitter().placed_bytes(number);
      for (; !stack.waiting.empty() && stack.waiting.front() <= placed; stack.waiting.pop_front()) {
        stack.accepted_slots.push_back(link_.slot() - 1);
      }
    }
  }

  // The receive FDI has given the last byte of a request; of the flit's first half if `early`.
  // A slot begins when a flit starts: the flight is known better than in whole slots.
  void note_arrived(Stack& stack, std::uint64_t number, bool early) {
    auto& slots = stack.accepted_slots;
    if (number < stack.first_accepted || number - stack.first_accepted >= slots.size()) return;
    for (; stack.first_accepted < number; ++stack.first_accepted) slots.pop_front();
    const std::uint64_t more = link_.slot() - 1 - slots.front() - traffic_.flight_slots;
    slots.pop_front();
    ++stack.first_accepted;
    latency_.add((early ? early_flight_ : flight_) + more * slot_time_);
  }

  // Damage that no CRC finds changes messages, and the row of them.
  void check(const UcieMessage& message, unsigned number, std::uint64_t& expected) {
    const bool next = message.tag == static_cast<std::uint16_t>(transaction(number, expected));
    if (next && (message.data.empty() || message.data == data_)) return;
    CVP_CHECK(link_.undetected() > 0, "transaction ", transaction(number, expected),
              " has been lost or damaged on the link");
    ++wrong_;
    const std::uint64_t there = expected + ahead(message, number, expected);
    if (there < stacks_[number].issued) expected = there;
  }

  // Nothing moves any more: what is outstanding will never be answered.
  void give_up_lost() {
    if (!link_.idle()) return;
    wrong_ += issued_ - completed();
    for (Stack& stack : stacks_) stack.answered = stack.completed = stack.issued;
  }

  UcieFlow flow(unsigned from) const {
    const UcieFlowMeter& meter = link_.meter(from);
    const UcieTransmitCounters& sent = link_.end(from).transmitter().counters();
    const UcieReceiveCounters& received = link_.end(1 - from).receiver().counters();
    const auto seconds = [&](std::uint64_t slots) {
      return traffic_.shape.flit_format().time(slots).seconds();
    };
    const auto busy = static_cast<double>(sent.flits + sent.replayed + sent.nops);
    return {.seconds = seconds(meter.slots()),
            .payload_bytes = static_cast<double>(meter.payload_bytes()),
            .data_share = placed_[from] > 0 ? static_cast<double>(data_bytes_[from]) /
                                                  static_cast<double>(placed_[from])
                                            : 0,
            .wire_utilisation = busy / static_cast<double>(link_.slot()),
            .latency_ns = from == 0 ? latency_.mean_ns() : 0,
            .flits = meter.flits(),
            .replayed = sent.replayed,
            .nops = sent.nops,
            .retries = sent.retries,
            .crc_errors = received.crc_errors};
  }

  const UcieTraffic& traffic_;
  const Femtoseconds slot_time_, flight_, early_flight_;
  UcieFlitLink link_;
  std::vector<std::uint8_t> data_;  // Of every transaction.
  std::array<Stack, kUcieStacks> stacks_;
  std::uint64_t issued_ = 0;
  std::uint64_t wrong_ = 0;
  std::array<std::uint64_t, 2> placed_{}, data_bytes_{};
  UcieLatency latency_;  // Of requests.
};

}  // namespace

UcieTrafficResult run_by_flits(const UcieTraffic& traffic) { return Load(traffic).run(); }

}  // namespace cvp
