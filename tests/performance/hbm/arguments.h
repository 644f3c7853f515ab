// SPDX-License-Identifier: Apache-2.0
//
// Numbers on a command line.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cvp::hbm_experiment {

/// A decimal number and nothing else, from `least` to `most`.
inline std::optional<std::uint64_t> number_from(std::string_view text, std::uint64_t least,
                                                std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return {};
  if (value < least || value > most) return {};
  return value;
}

}  // namespace cvp::hbm_experiment
