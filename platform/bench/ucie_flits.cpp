// SPDX-License-Identifier: Apache-2.0
#include <deque>

#include "models/core/report.h"
#include "platform/bench/ucie_traffic.h"

namespace cvp {
namespace {

UcieFlitLinkParams link_params(const UcieTraffic& traffic) {
  UcieFlitLinkParams params{.adapter = {.format = traffic.shape.format},
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
      : traffic_(traffic), link_(link_params(traffic)), data_(traffic.size, 0xA5) {}

  UcieTrafficResult run() {
    while (link_.meter(0).flits() < traffic_.flits) {
      issue();
      link_.step();
      note_accepted();
      answer();
      complete();
      if (link_.undetected() > 0) give_up_lost();
    }
    return {{flow(0), flow(1)}, completed_, link_.undetected(), wrong_};
  }

 private:
  void issue() {
    // The wire needs one flit at a time; what waits longer would only be copied more.
    const auto& transmitter = link_.end(0).transmitter();
    while (issued_ - completed_ < traffic_.outstanding && transmitter.waiting_bytes() < 512) {
      send(0, traffic_.message(issued_, traffic_.is_read(issued_), false));
      ++issued_;
    }
  }

  void answer() {
    auto& requests = link_.end(1).receiver().messages();
    const std::size_t early = link_.end(1).receiver().early_messages();
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const UcieMessage& request = requests[i];
      note_arrived(answered_ + static_cast<std::uint16_t>(request.tag - answered_), i < early);
      check(request, answered_);
      send(1, traffic_.message(answered_++, request.kind == UcieMessageKind::kRead, true));
    }
    requests.clear();
  }

  void complete() {
    auto& responses = link_.end(0).receiver().messages();
    for (const UcieMessage& response : responses) {
      check(response, completed_);
      completed_ = std::min(completed_ + 1, issued_);
    }
    responses.clear();
  }

  void send(unsigned from, UcieMessage message) {
    placed_[from] += ucie_wire_bytes(message);
    if (from == 0) waiting_.push_back(placed_[from]);
    data_bytes_[from] += message.data_bytes();
    const bool has_data = message.data_bytes() > 0;
    if (has_data) message.data.swap(data_);
    link_.end(from).push(message);
    if (has_data) message.data.swap(data_);
  }

  // The transmit FDI has accepted the requests whose last byte is in a flit now.
  void note_accepted() {
    const std::uint64_t placed = link_.end(0).transmitter().counters().payload_bytes;
    for (; !waiting_.empty() && waiting_.front() <= placed; waiting_.pop_front()) {
      accepted_slots_.push_back(link_.slot() - 1);
    }
  }

  // The receive FDI has given the last byte of a request; of the flit's first half if `early`.
  // A slot begins when a flit starts: the flight is known better than in whole slots.
  void note_arrived(std::uint64_t number, bool early) {
    if (number < first_accepted_ || number - first_accepted_ >= accepted_slots_.size()) return;
    const std::uint64_t accepted = accepted_slots_[number - first_accepted_];
    accepted_slots_.erase(
        accepted_slots_.begin(),
        accepted_slots_.begin() + static_cast<std::ptrdiff_t>(number - first_accepted_ + 1));
    first_accepted_ = number + 1;
    const UcieLinkShape& shape = traffic_.shape;
    const std::uint64_t more = link_.slot() - 1 - accepted - traffic_.flight_slots;
    const Femtoseconds flight =
        early ? shape.one_way_latency() : shape.fixed_latency() + shape.flit_format().time(1);
    latency_.add(flight + shape.flit_format().time(more));
  }

  // Damage that no CRC finds changes messages, and the row of them.
  void check(const UcieMessage& message, std::uint64_t& expected) {
    const auto ahead = static_cast<std::uint16_t>(message.tag - expected);
    if (ahead == 0 && (message.data.empty() || message.data == data_)) return;
    CVP_CHECK(link_.undetected() > 0, "transaction ", expected,
              " has been lost or damaged on the link");
    ++wrong_;
    if (expected + ahead < issued_) expected += ahead;
  }

  // Nothing moves any more: what is outstanding will never be answered.
  void give_up_lost() {
    if (!link_.idle()) return;
    wrong_ += issued_ - completed_;
    answered_ = completed_ = issued_;
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
  UcieFlitLink link_;
  std::vector<std::uint8_t> data_;  // Of every transaction.
  std::uint64_t issued_ = 0, answered_ = 0, completed_ = 0;
  std::uint64_t wrong_ = 0;
  std::array<std::uint64_t, 2> placed_{}, data_bytes_{};
  std::deque<std::uint64_t> waiting_;         // Where requests end in all that was placed.
  std::deque<std::uint64_t> accepted_slots_;  // Of requests from this number on.
  std::uint64_t first_accepted_ = 0;
  UcieLatency latency_;  // Of requests.
};

}  // namespace

UcieTrafficResult run_by_flits(const UcieTraffic& traffic) { return Load(traffic).run(); }

}  // namespace cvp
