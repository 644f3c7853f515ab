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
                            .flight_slots = traffic.flight_slots(),
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
        half_(ucie_slot_time(traffic.half_slots())),
        link_(link_params(traffic)),
        transactions_(traffic) {}

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
      CVP_CHECK(transactions_.wrong() == 0 || link_.undetected() > 0,
                "a transaction has been lost or changed on the link");
    }
    return {
        {flow(0), flow(1)}, transactions_.completed(), link_.undetected(), transactions_.wrong()};
  }

 private:
  // Of what has arrived on a stack, the part that comes with the second half of a flit, before the
  // next flit does.
  struct Late {
    UcieSlotTime time = kUcieNoTime;
    std::size_t first = 0, end = 0;
  };

  bool has_room(unsigned stack) const {
    return link_.end(0).transmitter().waiting_bytes(stack) < kWaitingBytes;
  }

  void issue() {
    while (transactions_.outstanding() < traffic_.outstanding &&
           (has_room(0) || has_room(traffic_.stacks - 1))) {
      const unsigned stack = transactions_.next_stack();
      send(0, transactions_.issue(), stack);
    }
  }

  // Takes what has come by now, at both ends.
  void take() {
    for (unsigned to = 0; to < 2; ++to) {
      for (unsigned stack = 0; stack < traffic_.stacks; ++stack) {
        auto& messages = link_.end(to).receiver().messages(stack);
        if (messages.empty()) continue;
        Late& late = late_[to][stack];
        if (late.time != kUcieNoTime) {
          CVP_CHECK(messages.size() == late.end, "a flit has come before all of the last one");
          continue;
        }
        const std::size_t early = half_ == 0 ? messages.size() : messages.early();
        take(to, stack, 0, early, 0);
        if (early == messages.size()) {
          messages.clear();
        } else {
          late = {link_.now() + half_, early, messages.size()};
          next_late_ = std::min(next_late_, late.time);
        }
      }
    }
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
        take(to, stack, late.first, late.end, half_);
        link_.end(to).receiver().messages(stack).clear();
        late = {};
      }
    }
  }

  // Messages of the flit that has come last, some of them so much later than its first half.
  void take(unsigned to, unsigned stack, std::size_t first, std::size_t end, UcieSlotTime later) {
    const UcieUnpacker& messages = link_.end(to).receiver().messages(stack);
    if (to == 0) {
      for (std::size_t i = first; i < end; ++i) transactions_.complete(messages[i], stack);
      return;
    }
    // The transmit FDI accepted their last bytes with the flit, the receive FDI gives them now.
    const double slots = ucie_slots(link_.meter(0).last_flight() + later);
    const Femtoseconds latency{static_cast<std::uint64_t>(slots * slot_fs_ + 0.5)};
    const double latency_ns = latency.nanoseconds();
    for (std::size_t i = first; i < end; ++i) {
      const UcieMessageView request = messages[i];
      if (transactions_.arrive(request, stack)) {
        latency_sum_ns_ += latency_ns;
        ++latencies_;
      }
      const auto answer = transactions_.answer(request, stack);
      if (answer) send(1, *answer, stack);
    }
  }

  void send(unsigned from, const UcieMessageView& message, unsigned stack) {
    data_bytes_[from] += message.data.size();
    link_.end(from).push(message, stack);
  }

  // On a stack since the start, headers included.
  std::uint64_t pushed_bytes(unsigned from, unsigned stack) const {
    const UcieTransmitter& transmitter = link_.end(from).transmitter();
    return transmitter.placed_bytes(stack) + transmitter.waiting_bytes(stack);
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
            .latency_ns =
                from == 0 && latencies_ > 0 ? latency_sum_ns_ / static_cast<double>(latencies_) : 0,
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
  std::array<std::array<Late, kUcieStacks>, 2> late_;
  UcieSlotTime next_late_ = kUcieNoTime;
  std::array<std::uint64_t, 2> data_bytes_{};
  double latency_sum_ns_ = 0;  // Of so many requests.
  std::uint64_t latencies_ = 0;
};

}  // namespace

UcieTrafficResult run_by_flits(const UcieTraffic& traffic) { return Load(traffic).run(); }

}  // namespace cvp
