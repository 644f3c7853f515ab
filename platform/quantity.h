// SPDX-License-Identifier: Apache-2.0
//
// Quantities as text: "2 ns", "32 GT/s", "4 GiB". A quantity with a dimension always carries its
// unit; a naked number is a count. No SystemC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cvp {

enum class Unit : std::uint8_t {
  kCount,   ///< An integer, decimal or 0x hexadecimal.
  kNumber,  ///< A real number without dimension.
  kFlag,    ///< true or false.
  kChoice,  ///< One word of a list.
  kText,
  kCounts,     ///< Integers separated by commas, or none.
  kBytes,      ///< "64 KiB", "1 MiB", "4 GiB", "1 TiB"; also "512 B".
  kTime,       ///< "50 ps", "2 ns", "10 us", "1 ms", "2 s".
  kFrequency,  ///< "10 MHz", "1.5 GHz".
  kDataRate,   ///< Transfers a second on a lane: "32 GT/s".
  kBandwidth,  ///< "25.6 GB/s".
  kPercent,    ///< "50 %".
  kLength,     ///< "2 mm", "500 um".
};

/// A checked value. `integer` holds counts, bytes, femtoseconds, hertz, transfers a second, the
/// index of a choice, 0 or 1 for a flag, bytes a second, percent, and micrometres.
struct Value {
  Unit unit = Unit::kCount;
  std::uint64_t integer = 0;
  double real = 0;                       ///< The same as a real number, in the same unit.
  std::string text = {};                 ///< As the user would write it.
  std::vector<std::uint64_t> list = {};  ///< Of kCounts.

  bool operator==(const Value&) const = default;
};

/// What a user may write for `unit`, for error messages: `a size such as "64 KiB"`.
std::string_view expected_form(Unit unit);

/// Parses `text`; empty when it is not a quantity of that unit. `choices` only for kChoice.
std::optional<Value> parse_quantity(Unit unit, std::string_view text,
                                    const std::vector<std::string>& choices = {});

/// The canonical text of a value, for example "1.5 GHz".
std::string format_quantity(Unit unit, std::uint64_t integer);

}  // namespace cvp
