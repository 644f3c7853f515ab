// SPDX-License-Identifier: Apache-2.0
//
// Reads one TOML table key by key and remembers what was asked for, so that whatever is left is
// reported as unknown together with what would have been right. Private to the package parser.
#pragma once

#include <initializer_list>
#include <set>
#include <string>
#include <string_view>

#include <toml++/toml.h>

#include "platform/package.h"

namespace cvp {

class TomlReader {
 public:
  /// `path` prefixes keys in messages, for example `links[1]`.
  TomlReader(const toml::table& table, std::string file, std::string path,
             Diagnostics& diagnostics);

  std::string path(std::string_view key) const;
  Origin origin() const { return {file_, line_of(table_)}; }
  Origin origin(std::string_view key) const;
  void error(std::string_view key, std::string what);
  const toml::table& table() const { return table_; }

  /// The node of a key, marked as known; null when absent. `required` makes that an error.
  const toml::node* take(std::string_view key, bool required = false,
                         std::string_view expected = {});
  std::string text(std::string_view key, bool required);
  std::optional<std::uint64_t> integer(std::string_view key, bool required);
  /// A size in bytes, as an integer or as "64 KiB".
  std::optional<std::uint64_t> bytes(std::string_view key, bool required);
  const toml::array* array(std::string_view key, bool required);
  /// A text or an array of texts.
  std::vector<std::string> texts(std::string_view key, bool required);

  /// Reports every key that nobody asked for.
  void finish();

  static int line_of(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

 private:
  const toml::table& table_;
  std::string file_, path_;
  Diagnostics& diagnostics_;
  std::set<std::string, std::less<>> known_;
};

/// A scalar or a list of integers or texts as the text that --set would take; else empty.
std::optional<std::string> scalar_text(const toml::node& node);
/// `; did you mean "lanes"?` when one of the words is close, else the list of all.
std::string suggestion(std::string_view wrong, const std::set<std::string, std::less<>>& words);
/// Flattens nested tables into dotted keys, so that mac_array = { fidelity = … } works too.
void flatten(const toml::table& table, const std::string& prefix,
             std::vector<std::pair<std::string, const toml::node*>>& out);
/// Parses a file; null after an error, which `diagnostics` then holds.
std::optional<toml::table> parse_toml(const std::string& file, Diagnostics& diagnostics,
                                      const ConfigError& missing);

}  // namespace cvp
