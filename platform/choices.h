// SPDX-License-Identifier: Apache-2.0
//
// Options that take one word of a list, and errors of models told in the words of the options.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
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

/// Takes digits only: a sign would turn a number into a huge one.
inline CLI::Validator whole_number() {
  return CLI::Validator(
      [](std::string& text) {
        const bool whole = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
        return whole ? std::string() : "\"" + text + "\"; expected a whole number";
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
