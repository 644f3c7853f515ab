// SPDX-License-Identifier: Apache-2.0
#include "platform/reach_log.h"

#include <charconv>
#include <sstream>

namespace cvp {
namespace {

using Json = nlohmann::ordered_json;

// Columns are at least two blanks apart; names may hold one blank.
std::vector<std::string> split_columns(const std::string& line) {
  std::vector<std::string> cells;
  for (std::size_t at = line.find_first_not_of(' '); at != std::string::npos;) {
    const auto end = std::min(line.find("  ", at), line.size());
    cells.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(' ', end);
  }
  return cells;
}

Json cell(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return nullptr;
  return value;
}

}  // namespace

Json reach_tables(const std::vector<Console::Line>& log) {
  Json tables = Json::array();
  for (std::size_t n = 1; n < log.size(); ++n) {
    const auto heads = split_columns(log[n].text);
    if (heads.size() < 2 || !heads[0].starts_with("from \\ to")) continue;
    const auto title = split_columns(log[n - 1].text);
    Json table = {{"title", title.empty() ? "" : title[0]},
                  {"columns", std::vector<std::string>(heads.begin() + 1, heads.end())},
                  {"rows", Json::array()}};
    for (std::size_t r = n + 1; r < log.size(); ++r) {
      const auto cells = split_columns(log[r].text);
      if (cells.size() != heads.size()) break;
      Json values = Json::array();
      for (std::size_t c = 1; c < cells.size(); ++c) values.push_back(cell(cells[c]));
      table["rows"].push_back({{"name", cells[0]}, {"values", values}});
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace cvp
