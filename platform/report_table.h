// SPDX-License-Identifier: Apache-2.0
//
// Tables of the report.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "platform/diagram.h"

namespace cvp {

/// Text that is markup already. Whatever else goes into a table is escaped.
struct Markup {
  std::string text;
};

class TableCell {
 public:
  TableCell(const char* text) : markup_(escape_markup(text)) {}
  TableCell(const std::string& text) : markup_(escape_markup(text)) {}
  TableCell(Markup markup) : markup_(std::move(markup.text)) {}
  const std::string& markup() const { return markup_; }

 private:
  std::string markup_;
};

class Table {
 public:
  explicit Table(const std::vector<std::string>& heads) {
    out_ = "<div class='scroll'><table><thead><tr>";
    for (const std::string& head : heads) out_ += "<th>" + escape_markup(head) + "</th>";
    out_ += "</tr></thead><tbody>\n";
  }
  void row(const std::vector<TableCell>& cells, const std::string& css = "") {
    out_ += "<tr class='" + css + "'>";
    for (const TableCell& cell : cells) out_ += "<td>" + cell.markup() + "</td>";
    out_ += "</tr>\n";
  }
  std::string end() { return out_ + "</tbody></table></div>\n"; }

 private:
  std::string out_;
};

}  // namespace cvp
