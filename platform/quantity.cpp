// SPDX-License-Identifier: Apache-2.0
#include "platform/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>

#include <fmt/format.h>

namespace cvp {
namespace {

struct Suffix {
  std::string_view name;
  double factor;  ///< Into the base unit: bytes, femtoseconds, hertz, transfers or bytes a second.
};

constexpr std::array kBytes{Suffix{"TiB", 0x1p40}, Suffix{"GiB", 0x1p30}, Suffix{"MiB", 0x1p20},
                            Suffix{"KiB", 0x1p10}, Suffix{"B", 1}};
constexpr std::array kTimes{Suffix{"s", 1e15}, Suffix{"ms", 1e12}, Suffix{"us", 1e9},
                            Suffix{"ns", 1e6}, Suffix{"ps", 1e3},  Suffix{"fs", 1}};
constexpr std::array kFrequencies{Suffix{"GHz", 1e9}, Suffix{"MHz", 1e6}, Suffix{"kHz", 1e3},
                                  Suffix{"Hz", 1}};
constexpr std::array kDataRates{Suffix{"GT/s", 1e9}, Suffix{"MT/s", 1e6}};
constexpr std::array kBandwidths{Suffix{"TB/s", 1e12}, Suffix{"GB/s", 1e9}, Suffix{"MB/s", 1e6},
                                 Suffix{"B/s", 1}};
constexpr std::array kPercents{Suffix{"%", 1}};
constexpr std::array kLengths{Suffix{"mm", 1e3}, Suffix{"um", 1}};

std::span<const Suffix> suffixes(Unit unit) {
  switch (unit) {
    case Unit::kBytes:
      return kBytes;
    case Unit::kTime:
      return kTimes;
    case Unit::kFrequency:
      return kFrequencies;
    case Unit::kDataRate:
      return kDataRates;
    case Unit::kBandwidth:
      return kBandwidths;
    case Unit::kPercent:
      return kPercents;
    case Unit::kLength:
      return kLengths;
    default:
      return {};
  }
}

std::optional<double> parse_real(std::string_view text) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return {};
  return value;
}

std::optional<std::uint64_t> parse_integer(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits),
               [](char c) { return c != '_'; });
  const bool hexadecimal = digits.starts_with("0x");
  const char* first = digits.data() + (hexadecimal ? 2 : 0);
  const char* last = digits.data() + digits.size();
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(first, last, value, hexadecimal ? 16 : 10);
  if (first == last || code != std::errc() || end != last) return {};
  return value;
}

std::optional<Value> parse_with_suffix(Unit unit, std::string_view text) {
  const auto split = text.find_first_not_of("0123456789.eE+-");
  if (split == std::string_view::npos || split == 0) return {};
  const auto name_at = text.find_first_not_of(' ', split);
  if (name_at == std::string_view::npos) return {};
  const std::string_view name = text.substr(name_at);
  for (const Suffix& suffix : suffixes(unit)) {
    if (suffix.name != name) continue;
    const auto number = parse_real(text.substr(0, split));
    if (!number || *number < 0 || *number * suffix.factor >= 0x1p63) return {};
    const double real = *number * suffix.factor;
    return Value{unit, static_cast<std::uint64_t>(std::llround(real)), real, std::string(text), {}};
  }
  return {};
}

std::optional<Value> parse_list(std::string_view text) {
  Value value{Unit::kCounts, 0, 0, std::string(text)};
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto number = parse_integer(text.substr(0, comma));
    if (!number) return {};
    value.list.push_back(*number);
    value.real = std::max(value.real, static_cast<double>(*number));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
    if (text.empty()) return {};
  }
  return value;
}

}  // namespace

std::string_view expected_form(Unit unit) {
  switch (unit) {
    case Unit::kCount:
      return "an integer, 0 or more";
    case Unit::kNumber:
      return "a number, 0 or more";
    case Unit::kFlag:
      return "true or false";
    case Unit::kChoice:
      return "one of a list of words";
    case Unit::kText:
      return "a text";
    case Unit::kCounts:
      return "integers, such as [3, 17] or \"3,17\"";
    case Unit::kBytes:
      return "a size with its unit such as \"64 KiB\" (B, KiB, MiB, GiB, TiB)";
    case Unit::kTime:
      return "a time with its unit such as \"2 ns\" (fs, ps, ns, us, ms, s)";
    case Unit::kFrequency:
      return "a frequency with its unit such as \"1.5 GHz\" (Hz, kHz, MHz, GHz)";
    case Unit::kDataRate:
      return "a data rate with its unit such as \"32 GT/s\" (MT/s, GT/s)";
    case Unit::kBandwidth:
      return "a bandwidth with its unit such as \"25.6 GB/s\" (MB/s, GB/s, TB/s)";
    case Unit::kLength:
      return "a length with its unit such as \"2 mm\" (um, mm)";
    case Unit::kPercent:
      return "a share such as \"50 %\"";
  }
  return "";
}

std::optional<Value> parse_quantity(Unit unit, std::string_view text,
                                    const std::vector<std::string>& choices) {
  const std::string copy(text);
  switch (unit) {
    case Unit::kCount: {
      const auto integer = parse_integer(text);
      if (!integer) return {};
      return Value{unit, *integer, static_cast<double>(*integer), copy};
    }
    case Unit::kNumber: {
      const auto real = parse_real(text);
      if (!real || *real < 0 || *real >= 0x1p63) return {};
      return Value{unit, static_cast<std::uint64_t>(*real), *real, copy};
    }
    case Unit::kFlag:
      if (text != "true" && text != "false") return {};
      return Value{unit, text == "true", text == "true" ? 1.0 : 0.0, copy};
    case Unit::kChoice: {
      const auto found = std::find(choices.begin(), choices.end(), text);
      if (found == choices.end()) return {};
      const auto index = static_cast<std::uint64_t>(found - choices.begin());
      return Value{unit, index, static_cast<double>(index), copy};
    }
    case Unit::kText:
      return Value{unit, 0, 0, copy};
    case Unit::kCounts:
      return parse_list(text);
    default:
      return parse_with_suffix(unit, text);
  }
}

std::string format_quantity(Unit unit, std::uint64_t integer) {
  if (unit == Unit::kFlag) return integer ? "true" : "false";
  for (const Suffix& suffix : suffixes(unit)) {
    const double scaled = static_cast<double>(integer) / suffix.factor;
    if (scaled < 1 && suffix.factor > 1) continue;
    return fmt::format("{:.6g} {}", scaled, suffix.name);
  }
  return std::to_string(integer);
}

}  // namespace cvp
