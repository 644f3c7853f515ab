// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "platform/bench/ucie_traffic.h"

namespace cvp {
namespace {

/// One direction: a stream, and what has arrived with each of its flits.
class Flow {
 public:
  Flow(const UcieTraffic& traffic, unsigned direction, bool timed)
      : stream_(2 * traffic.seed + direction),
        timed_(timed),
        protocol_(traffic.protocol()),
        payload_(traffic.payload_bytes()),
        limit_(direction == 0 ? traffic.flits : ~std::uint64_t{0}) {
    stream_.configure(traffic.shape, {}, traffic.stream_errors(direction));
  }

  Femtoseconds send(Femtoseconds ready, std::uint32_t bytes, std::uint32_t data) {
    ready_ = std::max(ready_, ready);
    const auto times = timed_ ? stream_.send(ucie_in_time(stream_, ready_), bytes, protocol_)
                              : stream_.send_untimed(ready_, bytes, protocol_);
    placed_ += bytes;
    data_ += data;
    close_flits(times.delivered, bytes);
    sent_ = times.delivered;
    latency_.add(times.arrived - times.accepted);
    return times.arrived;
  }

  /// The damage on the way here, noticed at the other end, which asks for a replay.
  bool ask_for_replays(Flow& other) {
    if (stream_.naks().empty()) return false;
    for (const UcieNak& nak : stream_.naks()) {
      other.stream_.send_nak(nak.due);
    }
    stream_.naks().clear();
    return true;
  }

  std::uint64_t closed() const { return last_.flits; }

  UcieFlow result() const {
    return {.seconds = (last_.time - first_.time).seconds(),
            .payload_bytes = static_cast<double>(last_.bytes - first_.bytes),
            .data_share = static_cast<double>(data_) / static_cast<double>(placed_),
            .wire_utilisation =
                sent_.value > 0 ? std::min(1.0, stream_.busy().seconds() / sent_.seconds()) : 0,
            .latency_ns = latency_.mean_ns(),
            .flits = last_.flits,
            .replayed = stream_.replayed(),
            .nops = stream_.nops(),
            .retries = stream_.retries(),
            .crc_errors = stream_.damaged()};
  }

 private:
  struct Mark {
    std::uint64_t flits = 0, bytes = 0;  // So many flits hold so many bytes,
    Femtoseconds time;                   // and the last of them has been sent.
  };

  // A flit that can take no more, because it is full or another has begun, is closed. `sent` is the
  // time of the last one, of which this message has placed `bytes`.
  void close_flits(Femtoseconds sent, std::uint32_t bytes) {
    const std::uint64_t open = timed_ && stream_.fill() > 0 ? 1 : 0;
    const std::uint64_t closed = std::min(stream_.flits() - open, limit_);
    if (closed > 0 && first_.flits == 0) first_ = mark(1, sent, bytes);
    if (closed > last_.flits) last_ = mark(closed, sent, bytes);
  }

  Mark mark(std::uint64_t flits, Femtoseconds sent, std::uint32_t bytes) const {
    const std::uint64_t later = stream_.flits() - flits;
    if (!timed_ || later == 0) return {flits, placed_, sent};
    const std::uint64_t in_last = stream_.fill() > 0 ? stream_.fill() : payload_;
    const std::uint64_t after = (later - 1) * payload_ + in_last;
    // If all of this message is in later flits, the one before has closed this one.
    const Femtoseconds time = after < bytes ? sent - stream_.slot_time(later) : sent_;
    return {flits, placed_ - std::min<std::uint64_t>(after, bytes), time};
  }

  UcieStream stream_;
  bool timed_;
  UcieProtocol protocol_;
  std::uint64_t payload_;
  std::uint64_t limit_;
  std::uint64_t placed_ = 0, data_ = 0;
  Femtoseconds ready_, sent_;
  Mark first_, last_;
  UcieLatency latency_;
};

}  // namespace

UcieTrafficResult run_by_arithmetic(const UcieTraffic& traffic, bool timed) {
  if (timed && traffic.stacks > 1) return run_stacks_by_arithmetic(traffic);
  Flow there(traffic, 0, timed), back(traffic, 1, timed);
  std::vector<Femtoseconds> done(traffic.outstanding);  // Of the last ones, in turn.
  const std::array request = {traffic.wire_bytes(false, false), traffic.wire_bytes(true, false)};
  const std::array response = {traffic.wire_bytes(false, true), traffic.wire_bytes(true, true)};
  const Femtoseconds answering = traffic.answer_time();
  std::uint64_t transactions = 0;
  for (; there.closed() < traffic.flits; ++transactions) {
    Femtoseconds& place = done[transactions % traffic.outstanding];
    const bool read = traffic.is_read(transactions);
    const Femtoseconds arrived = there.send(place, request[read], read ? 0 : traffic.size);
    there.ask_for_replays(back);
    place = back.send(arrived, response[read], read ? traffic.size : 0) + answering;
    while (there.ask_for_replays(back) || back.ask_for_replays(there)) {
    }
  }
  return {{there.result(), back.result()}, transactions};
}

}  // namespace cvp
