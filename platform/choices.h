// SPDX-License-Identifier: Apache-2.0
//
// Options that take one word of a list, and errors of models told in the words of the options.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

#include "platform/diagnostics.h"

namespace cvp {

/// Takes the words of `choices`, a map from words.
template <class Choices>
CLI::Validator one_of(const Choices& choices) {
  std::string words;
  for (const auto& [word, value] : choices) words += (words.empty() ? "" : ", ") + word;
  return CLI::Validator(
      [choices, words](std::string& text) {
        return choices.contains(text) ? std::string()
                                      : "\"" + text + "\"; expected one of " + words;
      },
      words);
}

/// Takes anything but the empty text, which would count as not given.
inline CLI::Validator no_empty_text() {
  return CLI::Validator(
      [](std::string& text) { return std::string(text.empty() ? "expected a value" : ""); }, "");
}

/// Takes digits only: a sign would turn a number into a huge one, and so would more than 64 bits.
inline CLI::Validator whole_number(const std::string& expected = "a whole number") {
  return CLI::Validator(
      [expected](std::string& text) {
        std::uint64_t value = 0;
        const char* const end = text.data() + text.size();
        const auto [stopped, code] = std::from_chars(text.data(), end, value);
        if (stopped == end && code == std::errc()) return std::string();
        return "\"" + text + "\"; expected " + expected +
               (code == std::errc::result_out_of_range ? " of up to 64 bits" : "");
      },
      "UINT");
}

/// `some_name: …` becomes an error of the option --some-name.
inline ConfigError option_error(const std::string& error) {
  const auto colon = error.find(": ");
  std::string option = error.substr(0, colon);
  std::replace(option.begin(), option.end(), '_', '-');
  return {"", 0, "--" + option, error.substr(colon + 2)};
}

}  // namespace cvp
