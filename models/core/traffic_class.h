// SPDX-License-Identifier: Apache-2.0
//
// What a transaction is for. No SystemC.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cvp {

/// What a transaction is for; memories and links count bytes by it.
enum class TrafficClass : std::uint8_t { kOther, kHart, kTensor, kControl, kMessage };
inline constexpr std::size_t kTrafficClasses = 5;
const char* to_string(TrafficClass traffic_class);

}  // namespace cvp
