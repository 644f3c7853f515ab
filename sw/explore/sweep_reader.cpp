// SPDX-License-Identifier: Apache-2.0
#include "sw/explore/sweep_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cvp {

int line_of(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

std::optional<std::string> value_text(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* integer = node.as_integer()) return std::to_string(integer->get());
  if (const auto* real = node.as_floating_point()) return fmt::format("{}", real->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  return {};
}

SweepReader::SweepReader(const toml::table& table, const std::string& file, std::string path,
                         std::vector<ConfigError>& errors)
    : table_(table), file_(file), path_(std::move(path)), errors_(errors) {}

std::string SweepReader::path(std::string_view key) const {
  if (path_.empty()) return std::string(key);
  return key.empty() ? path_ : fmt::format("{}.{}", path_, key);
}

int SweepReader::line(std::string_view key) const {
  const toml::node* node = table_.get(key);
  return line_of(node ? *node : table_);
}

void SweepReader::error(std::string_view key, std::string what) {
  errors_.push_back({file_, line(key), path(key), std::move(what)});
}

const toml::node* SweepReader::take(std::string_view key, bool required,
                                    std::string_view expected) {
  known_.emplace(key);
  const toml::node* node = table_.get(key);
  if (!node && required) error(key, fmt::format("is missing; expected {}", expected));
  return node;
}

std::string SweepReader::text(std::string_view key, bool required, std::string_view expected) {
  const toml::node* node = take(key, required, expected);
  if (!node) return {};
  const auto* value = node->as_string();
  if (value && !value->get().empty()) return value->get();
  error(key, fmt::format("expected {} in quotes", expected));
  return {};
}

SweepSetting SweepReader::text_setting(std::string_view key, const char* option, bool required,
                                       std::string_view expected) {
  return {option, text(key, required, expected), line(key), path(key)};
}

std::optional<SweepSetting> SweepReader::count_setting(std::string_view key, const char* option) {
  const toml::node* node = take(key, false, "");
  if (!node) return {};
  const auto* value = node->as_integer();
  if (value && value->get() > 0) {
    return SweepSetting{option, std::to_string(value->get()), line(key), path(key)};
  }
  error(key, "expected an integer, 1 or more");
  return {};
}

bool SweepReader::flag(std::string_view key, bool fallback) {
  const toml::node* node = take(key, false, "");
  if (!node) return fallback;
  if (const auto* value = node->as_boolean()) return value->get();
  error(key, "expected true or false");
  return fallback;
}

const toml::array* SweepReader::list(std::string_view key, std::string_view expected) {
  const toml::node* node = take(key, true, expected);
  if (!node) return nullptr;
  const toml::array* list = node->as_array();
  if (!list || list->empty()) error(key, fmt::format("expected {}", expected));
  return list;
}

const toml::table* SweepReader::table(std::string_view key) {
  const toml::node* node = take(key, true, fmt::format("a table [{}]", path(key)));
  if (!node) return nullptr;
  if (!node->is_table()) error(key, fmt::format("expected a table [{}]", path(key)));
  return node->as_table();
}

SweepChoice SweepReader::choice() {
  SweepChoice choice;
  choice.package = text("package", false, "a package file or the name of an installed package");
  choice.package_line = line("package");
  choice.images = count_setting("images", "--images");
  choice.batch = count_setting("batch", "--batch");
  settings(choice);
  return choice;
}

void SweepReader::settings(SweepChoice& choice) {
  static constexpr const char* kExpected =
      "expected a table such as { \"npu0.hbm0.generation\" = \"hbm3e\" }";
  const toml::node* node = take("set", false, "");
  if (!node) return;
  const toml::table* all = node->as_table();
  if (!all) {
    error("set", kExpected);
    return;
  }
  for (const auto& [key, value] : *all) {
    const std::string name(key.str());
    const auto text = value_text(value);
    const std::string where = fmt::format("{}.{}", path("set"), name);
    if (text && name.find('.') != std::string::npos) {
      choice.settings.push_back({name, *text, line_of(value), path("set")});
    } else if (text) {
      errors_.push_back({file_, line_of(value), where,
                         "expected a parameter with its owner, for example npu0.hbm0.generation"});
    } else {
      errors_.push_back({file_, line_of(value), where,
                         "expected a text, a number, true or false (put the whole key in quotes)"});
    }
  }
}

void SweepReader::finish() {
  for (const auto& [key, node] : table_) {
    if (known_.contains(key.str())) continue;
    errors_.push_back({file_, line_of(node), path(key.str()),
                       fmt::format("unknown key; expected one of: {}", fmt::join(known_, ", "))});
  }
}

}  // namespace cvp
