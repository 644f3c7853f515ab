// SPDX-License-Identifier: Apache-2.0
//
// Where requests wait in a channel: a FIFO without bounds, then the controller's queue for reads or
// for writes, which knows its entries by bank and by lane. No SystemC.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "models/hbm/hbm_age_set.h"
#include "models/hbm/hbm_timing.h"

namespace cvp {

/// Bursts to columns of one row that arrived together.
struct HbmRequest {
  std::uint32_t row = 0;
  std::uint16_t bank = 0;  ///< Counted through the channel.
  std::uint8_t bursts = 0;
  bool write = false;
  bool together = false;  ///< The bursts were answered by one forecast, of the end of the last.
  Tick forecast = 0;      ///< When it was expected to end; else the mean of each burst's.
  std::uint64_t age = 0;  ///< Counted up with each acceptance.

  template <class Archive>
  void serialize(Archive& archive) {
    archive(row, bank, bursts, write, together, forecast, age);
  }
};

class HbmRequestFifo {
 public:
  bool empty() const { return head_ == tail_; }
  const HbmRequest& front() const { return ring_[head_ & (ring_.size() - 1)]; }
  void pop() { ++head_; }
  /// Appends a request, or adds its burst to `before`, one for the same row that came shortly
  /// before and still waits. Returns its place, for the next one to be given as `before`.
  std::uint64_t push(const HbmRequest& request, std::uint64_t before) {
    const std::uint64_t count = bursts_;
    bursts_ += request.bursts;
    if (before >= head_ && before < tail_) {
      HbmRequest& run = ring_[before & (ring_.size() - 1)];
      if (run.row == request.row && run.bank == request.bank && run.write == request.write &&
          !run.together && !request.together && run.bursts < kRun && count - run.age < kSpan) {
        ++run.bursts;
        run.forecast += (request.forecast - run.forecast) / run.bursts;
        return before;
      }
    }
    if (tail_ - head_ == ring_.size()) grow();
    HbmRequest& last = ring_[tail_ & (ring_.size() - 1)];
    last = request;
    last.age = count;
    return tail_++;
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(ring_, head_, tail_, bursts_);
  }

 private:
  // Not more than a queue holds: the runs in it are for as many banks as their bursts would be.
  static constexpr unsigned kRun = 4;
  static constexpr std::uint64_t kSpan = 32;

  void grow() {
    std::vector<HbmRequest> larger(2 * ring_.size());
    for (std::uint64_t i = head_; i != tail_; ++i) {
      larger[i & (larger.size() - 1)] = ring_[i & (ring_.size() - 1)];
    }
    ring_ = std::move(larger);
  }

  std::vector<HbmRequest> ring_ = std::vector<HbmRequest>(64);  // A power of two.
  std::uint64_t head_ = 0, tail_ = 0, bursts_ = 0;              // Counted without end.
};

/// Entries take their places in the ring of ages; one that is passed by that many younger ones
/// holds up the queue.
class HbmRequestQueue {
 public:
  HbmRequestQueue(unsigned capacity, std::size_t banks, std::size_t lanes, unsigned stacks)
      : capacity_(capacity), banks_(banks), lanes_(lanes), stacks_(stacks) {}

  unsigned used() const { return used_; }  ///< Bursts.
  bool full() const { return used_ >= capacity_ || tail_ - head_ == HbmAgeSet::kPlaces; }

  HbmRequest& operator[](unsigned place) { return requests_[place]; }
  const HbmRequest& operator[](unsigned place) const { return requests_[place]; }
  const HbmAgeSet& of_bank(unsigned bank) const { return banks_[bank]; }
  const HbmAgeSet& of_lane(unsigned lane) const { return lanes_[lane]; }
  const HbmAgeSet& of_stack(unsigned stack) const { return stacks_[stack]; }
  unsigned oldest(const HbmAgeSet& set) const { return set.oldest(head_ % HbmAgeSet::kPlaces); }

  template <class Accept>
  unsigned first(const HbmAgeSet& set, Accept accept) const {
    return set.first(head_ % HbmAgeSet::kPlaces, accept);
  }

  unsigned add(const HbmRequest& request, unsigned lane, unsigned stack) {
    const unsigned place = tail_++ % HbmAgeSet::kPlaces;
    requests_[place] = request;
    used_ += request.bursts;
    all_.add(place);
    banks_[request.bank].add(place);
    lanes_[lane].add(place);
    stacks_[stack].add(place);
    return place;
  }
  /// That many bursts of a request have been served.
  void serve(unsigned place, unsigned bursts) {
    requests_[place].bursts = static_cast<std::uint8_t>(requests_[place].bursts - bursts);
    used_ -= bursts;
  }
  void remove(unsigned place, unsigned lane, unsigned stack) {
    used_ -= requests_[place].bursts;
    all_.remove(place);
    banks_[requests_[place].bank].remove(place);
    lanes_[lane].remove(place);
    stacks_[stack].remove(place);
    while (head_ != tail_ && !all_.has(head_ % HbmAgeSet::kPlaces)) ++head_;
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(requests_, all_, banks_, lanes_, stacks_, used_, head_, tail_);
  }

 private:
  const unsigned capacity_;
  std::array<HbmRequest, HbmAgeSet::kPlaces> requests_;
  HbmAgeSet all_;
  std::vector<HbmAgeSet> banks_, lanes_, stacks_;
  unsigned used_ = 0;
  std::uint32_t head_ = 0, tail_ = 0;  // Counted without end.
};

}  // namespace cvp
