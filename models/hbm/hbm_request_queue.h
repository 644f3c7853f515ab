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
  Tick arrival = 0;
  Tick forecast = 0;      ///< When the last burst was expected to end.
  std::uint64_t age = 0;  ///< Counted up with each acceptance.

  template <class Archive>
  void serialize(Archive& archive) {
    archive(row, bank, bursts, write, arrival, forecast, age);
  }
};

class HbmRequestFifo {
 public:
  bool empty() const { return head_ == tail_; }
  const HbmRequest& front() const { return ring_[head_ & (ring_.size() - 1)]; }
  void pop() { ++head_; }
  void push(const HbmRequest& request) {
    if (tail_ - head_ == ring_.size()) grow();
    ring_[tail_++ & (ring_.size() - 1)] = request;
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(ring_, head_, tail_);
  }

 private:
  void grow() {
    std::vector<HbmRequest> larger(2 * ring_.size());
    for (std::uint64_t i = head_; i != tail_; ++i) {
      larger[i & (larger.size() - 1)] = ring_[i & (ring_.size() - 1)];
    }
    ring_ = std::move(larger);
  }

  std::vector<HbmRequest> ring_ = std::vector<HbmRequest>(64);  // A power of two.
  std::uint64_t head_ = 0, tail_ = 0;                           // Counted without end.
};

/// Entries take their places in the ring of ages; one that is passed by that many younger ones
/// holds up the queue.
class HbmRequestQueue {
 public:
  HbmRequestQueue(unsigned capacity, std::size_t banks, std::size_t lanes)
      : capacity_(capacity), banks_(banks), lanes_(lanes) {}

  unsigned used() const { return used_; }  ///< Bursts.
  bool full() const { return used_ >= capacity_ || tail_ - head_ == HbmAgeSet::kPlaces; }

  HbmRequest& operator[](unsigned place) { return requests_[place]; }
  const HbmRequest& operator[](unsigned place) const { return requests_[place]; }
  const HbmAgeSet& of_bank(unsigned bank) const { return banks_[bank]; }
  const HbmAgeSet& of_lane(unsigned lane) const { return lanes_[lane]; }
  unsigned oldest(const HbmAgeSet& set) const { return set.oldest(head_ % HbmAgeSet::kPlaces); }

  unsigned add(const HbmRequest& request, unsigned lane) {
    const unsigned place = tail_++ % HbmAgeSet::kPlaces;
    requests_[place] = request;
    used_ += request.bursts;
    all_.add(place);
    banks_[request.bank].add(place);
    lanes_[lane].add(place);
    return place;
  }
  /// That many bursts of a request have been served.
  void serve(unsigned place, unsigned bursts) {
    requests_[place].bursts = static_cast<std::uint8_t>(requests_[place].bursts - bursts);
    used_ -= bursts;
  }
  void remove(unsigned place, unsigned lane) {
    used_ -= requests_[place].bursts;
    all_.remove(place);
    banks_[requests_[place].bank].remove(place);
    lanes_[lane].remove(place);
    while (head_ != tail_ && !all_.has(head_ % HbmAgeSet::kPlaces)) ++head_;
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(requests_, all_, banks_, lanes_, used_, head_, tail_);
  }

 private:
  const unsigned capacity_;
  std::array<HbmRequest, HbmAgeSet::kPlaces> requests_;
  HbmAgeSet all_;
  std::vector<HbmAgeSet> banks_, lanes_;
  unsigned used_ = 0;
  std::uint32_t head_ = 0, tail_ = 0;  // Counted without end.
};

}  // namespace cvp
