// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "models/core/statistics.h"

namespace cvp {

/// Bytes of each class, under its name.
inline nlohmann::ordered_json traffic(const TrafficBytes& bytes) {
  auto out = nlohmann::ordered_json::object();
  for (std::size_t n = 0; n < kTrafficClasses; ++n) {
    out[to_string(static_cast<TrafficClass>(n))] = bytes.by_class[n];
  }
  return out;
}

}  // namespace cvp
