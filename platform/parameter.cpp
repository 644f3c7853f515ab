// SPDX-License-Identifier: Apache-2.0
#include "platform/parameter.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cvp {

const Parameter* find_parameter(const ParameterTable& table, std::string_view key) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [key](const Parameter& row) { return row.key == key; });
  return found == table.end() ? nullptr : &*found;
}

std::string format_range(const Parameter& parameter) {
  if (parameter.unit == Unit::kChoice) {
    return fmt::format("{}{}{}", fmt::join(parameter.choices, " | "),
                       parameter.or_file.empty() ? "" : " | *", parameter.or_file);
  }
  if (parameter.unit == Unit::kFlag) return "true | false";
  if (parameter.from.empty() && parameter.to.empty()) return "";
  if (parameter.to.empty()) return parameter.from + " or more";
  if (parameter.from.empty()) return "at most " + parameter.to;
  return parameter.from + " .. " + parameter.to;
}

std::optional<Value> check_value(const Parameter& parameter, std::string_view text,
                                 std::string& what) {
  if (!parameter.or_file.empty() && text.ends_with(parameter.or_file)) {
    return Value{.unit = parameter.unit, .text = std::string(text)};
  }
  const auto expected = [&] {
    const std::string range = format_range(parameter);
    if (parameter.unit == Unit::kChoice) return "one of " + range;
    return range.empty() ? std::string(expected_form(parameter.unit))
                         : fmt::format("{}, {}", expected_form(parameter.unit), range);
  };
  const auto value = parse_quantity(parameter.unit, text, parameter.choices);
  if (!value) {
    what = fmt::format("\"{}\" does not fit; expected {}", text, expected());
    return {};
  }
  const auto bound = [&](const std::string& limit) {
    return parse_quantity(parameter.unit, limit)->real;
  };
  if ((!parameter.from.empty() && value->real < bound(parameter.from)) ||
      (!parameter.to.empty() && value->real > bound(parameter.to))) {
    what = fmt::format("{} is out of range; expected {}", text, expected());
    return {};
  }
  return value;
}

ParameterSet::ParameterSet(const ParameterTable& table) : table_(&table) {
  for (const Parameter& row : table) {
    if (row.optional) {
      entries_[row.key] = {{.unit = row.unit, .text = row.fallback}, {}, false};
      continue;
    }
    std::string what;
    auto value = check_value(row, row.fallback, what);
    CVP_CHECK(value.has_value(), "default of parameter ", row.key, ": ", what);
    entries_[row.key] = {std::move(*value), {}, false};
  }
}

void ParameterSet::set(const std::string& key, Value value, Origin origin) {
  CVP_CHECK(entries_.contains(key), key);
  entries_[key] = {std::move(value), std::move(origin), true};
}

const Value& ParameterSet::operator[](std::string_view key) const {
  const auto found = entries_.find(key);
  CVP_CHECK(found != entries_.end(), "no parameter ", key);
  return found->second.value;
}

bool ParameterSet::is_default(std::string_view key) const {
  return !entries_.find(key)->second.set;
}

Origin ParameterSet::origin(std::string_view key) const {
  return entries_.find(key)->second.origin;
}

void ParameterSet::store_into(void* params) const {
  for (const Parameter& row : *table_) {
    if (row.optional && is_default(row.key)) continue;
    if (row.store) row.store(params, (*this)[row.key]);
  }
}

std::vector<std::pair<std::string, std::string>> ParameterSet::without_effect() const {
  std::vector<std::pair<std::string, std::string>> idle;
  if (!table_) return idle;
  for (const Parameter& row : *table_) {
    if (row.only_with.empty() || is_default(row.key)) continue;
    const auto split = row.only_with.find('=');
    const std::string other = row.only_with.substr(0, split);
    const std::string words = " " + row.only_with.substr(split + 1) + " ";
    const std::string& now = (*this)[other].text;
    if (words.find(" " + now + " ") != std::string::npos) continue;
    idle.emplace_back(row.key, fmt::format("had no effect: {} is {}", other, now));
  }
  return idle;
}

}  // namespace cvp
