// SPDX-License-Identifier: Apache-2.0
//
// Dates as users write them: 2024-06-17, or 2024-06-17T16:01:21 with an optional Z; always UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace cvp {

/// Seconds since 1970-01-01T00:00:00Z. Empty if it is no date of the years 1970 to 2261, which fit
/// into 63 bits of nanoseconds.
std::optional<std::uint64_t> parse_date(const std::string& text);
/// The other way: 2024-06-17T16:01:21Z.
std::string format_date(std::uint64_t seconds);

}  // namespace cvp
