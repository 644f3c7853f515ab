// SPDX-License-Identifier: Apache-2.0
#include "models/rtc/rtc_date.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <string_view>

namespace cvp {
namespace {

constexpr int kFirstYear = 1970, kLastYear = 2261;

/// `text` against a pattern in which each 0 stands for a digit: the numbers, separators dropped.
template <std::size_t N>
std::optional<std::array<int, N>> digits(std::string_view text, std::string_view pattern) {
  if (text.size() != pattern.size()) return {};
  std::array<int, N> numbers{};
  std::size_t number = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (pattern[i] == '0' ? !digit : text[i] != pattern[i]) return {};
    if (pattern[i] == '0') {
      numbers[number] = numbers[number] * 10 + (text[i] - '0');
    } else {
      ++number;
    }
  }
  return numbers;
}

}  // namespace

std::optional<std::uint64_t> parse_date(const std::string& text) {
  using namespace std::chrono;
  std::string_view rest = text;
  const auto date = digits<3>(rest.substr(0, 10), "0000-00-00");
  if (!date || (*date)[0] < kFirstYear || (*date)[0] > kLastYear) return {};
  const year_month_day day{year{(*date)[0]}, month{static_cast<unsigned>((*date)[1])},
                           std::chrono::day{static_cast<unsigned>((*date)[2])}};
  if (!day.ok()) return {};
  const auto midnight = duration_cast<seconds>(sys_days{day}.time_since_epoch());
  auto seconds_of_day = seconds{0};
  rest.remove_prefix(10);
  if (!rest.empty()) {
    if (rest.back() == 'Z') rest.remove_suffix(1);
    const auto clock = digits<3>(rest.substr(0, 1) == "T" ? rest.substr(1) : "", "00:00:00");
    if (!clock || (*clock)[0] > 23 || (*clock)[1] > 59 || (*clock)[2] > 59) return {};
    seconds_of_day = hours{(*clock)[0]} + minutes{(*clock)[1]} + seconds{(*clock)[2]};
  }
  return static_cast<std::uint64_t>((midnight + seconds_of_day).count());
}

std::string format_date(std::uint64_t seconds) {
  using namespace std::chrono;
  const sys_seconds time{std::chrono::seconds{static_cast<std::int64_t>(seconds)}};
  const auto midnight = floor<days>(time);
  const year_month_day day{midnight};
  const hh_mm_ss clock{time - midnight};
  std::array<char, 64> text;
  const int length = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(day.year()),
      static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace cvp
