// SPDX-License-Identifier: Apache-2.0
//
// Counters that several models share the form of. No SystemC.
#pragma once

#include <array>
#include <numeric>

#include "models/core/traffic_class.h"

namespace cvp {

/// Bytes moved, by what they were for.
struct TrafficBytes {
  std::array<std::uint64_t, kTrafficClasses> by_class{};

  void add(TrafficClass traffic_class, std::uint64_t bytes) {
    by_class[static_cast<std::size_t>(traffic_class)] += bytes;
  }
  std::uint64_t of(TrafficClass traffic_class) const {
    return by_class[static_cast<std::size_t>(traffic_class)];
  }
  std::uint64_t total() const {
    return std::accumulate(by_class.begin(), by_class.end(), std::uint64_t{0});
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(by_class);
  }
};

}  // namespace cvp
