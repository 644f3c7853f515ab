// SPDX-License-Identifier: Apache-2.0
#include "platform/toml_reader.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/core/input_file.h"

namespace cvp {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1] ? 1 : 0)});
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace

TomlReader::TomlReader(const toml::table& table, std::string file, std::string path,
                       Diagnostics& diagnostics)
    : table_(table), file_(std::move(file)), path_(std::move(path)), diagnostics_(diagnostics) {}

std::string TomlReader::path(std::string_view key) const {
  if (path_.empty()) return std::string(key);
  return key.empty() ? path_ : fmt::format("{}.{}", path_, key);
}

Origin TomlReader::origin(std::string_view key) const {
  const toml::node* node = table_.get(key);
  return {file_, line_of(node ? *node : table_)};
}

void TomlReader::error(std::string_view key, std::string what) {
  diagnostics_.error(file_, origin(key).line, path(key), std::move(what));
}

const toml::node* TomlReader::take(std::string_view key, bool required, std::string_view expected) {
  known_.emplace(key);
  const toml::node* node = table_.get(key);
  if (!node && required) error(key, fmt::format("is missing; expected {}", expected));
  return node;
}

std::string TomlReader::text(std::string_view key, bool required) {
  const toml::node* node = take(key, required, "a text");
  if (!node) return {};
  if (const auto* value = node->as_string()) return value->get();
  error(key, "expected a text in quotes");
  return {};
}

std::optional<std::uint64_t> TomlReader::integer(std::string_view key, bool required) {
  const toml::node* node = take(key, required, "an integer");
  if (!node) return {};
  const auto* value = node->as_integer();
  if (value && value->get() >= 0) return static_cast<std::uint64_t>(value->get());
  error(key, "expected an integer, 0 or more");
  return {};
}

std::optional<std::uint64_t> TomlReader::bytes(std::string_view key, bool required) {
  const toml::node* node = take(key, required, expected_form(Unit::kBytes));
  if (!node) return {};
  if (node->is_integer()) return integer(key, required);
  const auto* value = node->as_string();
  const auto parsed = value ? parse_quantity(Unit::kBytes, value->get()) : std::nullopt;
  if (parsed) return parsed->integer;
  error(key, fmt::format("expected {} or an integer", expected_form(Unit::kBytes)));
  return {};
}

const toml::array* TomlReader::array(std::string_view key, bool required) {
  const toml::node* node = take(key, required, "a list in [ ]");
  if (!node) return nullptr;
  if (!node->is_array()) error(key, "expected a list in [ ]");
  return node->as_array();
}

std::vector<std::string> TomlReader::texts(std::string_view key, bool required) {
  const toml::node* node = take(key, required, "a text or a list of texts");
  if (!node) return {};
  if (const auto* value = node->as_string()) return {value->get()};
  std::vector<std::string> all;
  if (const auto* list = node->as_array()) {
    for (const toml::node& entry : *list) {
      if (const auto* value = entry.as_string()) {
        all.push_back(value->get());
      } else {
        error(key, "expected texts in quotes inside the list");
      }
    }
    return all;
  }
  error(key, "expected a text or a list of texts");
  return {};
}

void TomlReader::finish() {
  for (const auto& [key, node] : table_) {
    if (known_.contains(key.str())) continue;
    diagnostics_.error(file_, line_of(node), path(key.str()),
                       "unknown key" + suggestion(key.str(), known_));
  }
}

std::optional<std::string> scalar_text(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* integer = node.as_integer()) return std::to_string(integer->get());
  if (const auto* real = node.as_floating_point()) return fmt::format("{}", real->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  if (const auto* list = node.as_array()) {
    std::vector<std::string> entries;
    for (const toml::node& entry : *list) {
      if (!entry.is_integer() && !entry.is_string()) return {};
      entries.push_back(*scalar_text(entry));
    }
    return fmt::format("{}", fmt::join(entries, ","));
  }
  return {};
}

std::string suggestion(std::string_view wrong, const std::set<std::string, std::less<>>& words) {
  const std::string* best = nullptr;
  std::size_t best_distance = wrong.size() / 3 + 2;
  for (const std::string& word : words) {
    const std::size_t distance = edit_distance(wrong, word);
    if (distance < best_distance) best_distance = distance, best = &word;
  }
  if (best) return fmt::format("; did you mean \"{}\"?", *best);
  if (words.empty()) return "; expected none here";
  return fmt::format("; expected one of: {}", fmt::join(words, ", "));
}

void flatten(const toml::table& table, const std::string& prefix,
             std::vector<std::pair<std::string, const toml::node*>>& out) {
  for (const auto& [key, node] : table) {
    const std::string path =
        prefix.empty() ? std::string(key.str()) : prefix + "." + std::string(key.str());
    if (const auto* inner = node.as_table()) {
      flatten(*inner, path, out);
    } else {
      out.emplace_back(path, &node);
    }
  }
}

std::optional<toml::table> parse_toml(const std::string& file, Diagnostics& diagnostics,
                                      const ConfigError& missing) {
  const InputFile input = read_input_file(file, missing.what);
  if (!input.problem.empty()) {
    diagnostics.error(missing.file, missing.line, missing.key, input.problem);
    return {};
  }
  try {
    return toml::parse(input.bytes, std::string_view(file));
  } catch (const toml::parse_error& error) {
    diagnostics.error(file, static_cast<int>(error.source().begin.line), "",
                      fmt::format("not valid TOML: {}", error.description()));
  }
  return {};
}

}  // namespace cvp
