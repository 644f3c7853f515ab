// SPDX-License-Identifier: Apache-2.0
//
// One table of a sweep file, read key by key; what nobody asked for is an error. Private to sweep.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include <toml++/toml.h>

#include "models/core/report.h"
#include "sw/explore/sweep.h"

namespace cvp {

class SweepReader {
 public:
  /// `path` prefixes keys in messages, for example `axis[1]`.
  SweepReader(const toml::table& table, const std::string& file, std::string path,
              std::vector<ConfigError>& errors);

  /// The node of a key, marked as known; null when absent, which is an error if `required`.
  const toml::node* take(std::string_view key, bool required, std::string_view expected);
  std::string text(std::string_view key, bool required, std::string_view expected);
  /// The setting of `option`, which is text() or a number, 1 or more.
  SweepSetting text_setting(std::string_view key, const char* option, bool required,
                            std::string_view expected);
  std::optional<SweepSetting> count_setting(std::string_view key, const char* option);
  bool flag(std::string_view key, bool fallback);
  const toml::array* list(std::string_view key, std::string_view expected);
  const toml::table* table(std::string_view key);
  /// package, images, batch, set: what the base and a value have in common.
  SweepChoice choice();
  /// Reports every key that nobody asked for.
  void finish();

  std::string path(std::string_view key) const;
  int line(std::string_view key) const;
  void error(std::string_view key, std::string what);

 private:
  void settings(SweepChoice& choice);

  const toml::table& table_;
  const std::string& file_;
  std::string path_;
  std::vector<ConfigError>& errors_;
  std::set<std::string, std::less<>> known_;
};

int line_of(const toml::node& node);
/// A text, number or flag as --set would take it; else empty.
std::optional<std::string> value_text(const toml::node& node);

}  // namespace cvp
