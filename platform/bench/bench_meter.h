// SPDX-License-Identifier: Apache-2.0
//
// What a benchmark measures: how many requests end after the warm-up, over which time, and the
// latencies of the reads among them. No SystemC.
#pragma once

#include <cstdint>
#include <vector>

#include "platform/bench/latency_histogram.h"

namespace cvp {

struct BenchTimes {
  /// That ended after the warm-up. The transaction with which it ends belongs to it as a whole.
  std::uint64_t requests = 0;
  Tick counted = 0;  ///< From the last completion of the warm-up to the end.
  LatencyHistogram reads;
  bool complete = false;  ///< All requests have ended.
};

class BenchMeter {
 public:
  /// One transaction.
  struct Completion {
    Tick end, latency;
    std::uint32_t requests;
    bool write;
  };

  /// Of `requests`, those after the first `warm_up` that end are counted.
  BenchMeter(std::uint64_t requests, std::uint64_t warm_up);

  /// The end of a transaction is known, though it may lie ahead.
  void expect(const Completion& completion) {
    if (warm_) [[likely]] {
      count(completion);
    } else {
      keep(completion);
    }
  }
  /// So many requests, which have been expected, end in `tick`. Ticks come in order.
  void end(Tick tick, std::uint64_t requests) {
    ended_ += requests;
    last_ended_ = tick;
    if (!warm_ && ended_ >= warm_up_) [[unlikely]]
      begin_to_count(tick, requests);
  }
  std::uint64_t ended() const { return ended_; }
  /// All have ended, the last ones in `tick`.
  BenchTimes finish(Tick tick) &&;

 private:
  void count(const Completion& completion) {
    if (!completion.write) times_.reads.add(completion.latency, completion.requests);
  }
  void keep(const Completion& completion);
  void begin_to_count(Tick tick, std::uint64_t requests);

  const std::uint64_t requests_, warm_up_;
  std::uint64_t ended_ = 0;
  bool warm_;  // The warm-up is over; when its last request had ended.
  Tick warm_tick_ = 0;
  std::vector<Completion> early_;  // Expected in the warm-up.
  std::size_t most_early_ = 4096;
  Tick last_ended_ = -1;
  BenchTimes times_;
};

}  // namespace cvp
