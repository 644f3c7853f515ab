// SPDX-License-Identifier: Apache-2.0
//
// Layout: the host on top; below it the dies that have a link to it; below them the next ones, and
// so on. Inside a row, dies stand under the average of their neighbours of the row above, so that a
// ring of four becomes a square. Links between neighbours of a row run straight, all others too:
// with the few dies of a package that is easier to read than routed lines.
#include "platform/diagram.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "platform/link_ends.h"

namespace cvp {
namespace {

constexpr double kWidth = 216, kHeight = 116, kStepX = 372, kStepY = 214, kMargin = 28;

struct Box {
  double x = 0, y = 0;  // Of the middle.
  double width = kWidth, height = kHeight;
};

using Layout = std::map<std::string, Box>;

std::vector<std::string> neighbours(const Package& package, const std::string& die) {
  std::vector<std::string> names;
  for (const Link& link : package.links) {
    if (link.ends[0].die == die) names.push_back(link.ends[1].die);
    if (link.ends[1].die == die) names.push_back(link.ends[0].die);
  }
  return names;
}

// Rows of dies by distance from the host; dies without any link come last.
std::vector<std::vector<std::string>> rows_of(const Package& package) {
  std::vector<std::vector<std::string>> rows = {{package.host().name}};
  std::set<std::string> seen = {package.host().name};
  while (true) {
    std::vector<std::string> next;
    for (const Die& die : package.dies) {
      if (seen.contains(die.name)) continue;
      const auto near = neighbours(package, die.name);
      const bool below = std::any_of(near.begin(), near.end(), [&](const std::string& name) {
        return std::find(rows.back().begin(), rows.back().end(), name) != rows.back().end();
      });
      if (below) next.push_back(die.name);
    }
    if (next.empty()) break;
    seen.insert(next.begin(), next.end());
    rows.push_back(std::move(next));
  }
  std::vector<std::string> rest;
  for (const Die& die : package.dies) {
    if (!seen.contains(die.name)) rest.push_back(die.name);
  }
  if (!rest.empty()) rows.push_back(std::move(rest));
  return rows;
}

// Moves everything so that nothing but the margin is left of the first box, and right of the last.
void fit(Layout& layout, double& width) {
  double left = 1e9, right = -1e9;
  for (const auto& [name, box] : layout) {
    left = std::min(left, box.x - box.width / 2);
    right = std::max(right, box.x + box.width / 2);
  }
  for (auto& [name, box] : layout) box.x += kMargin - left;
  width = right - left + 2 * kMargin;
}

Layout make_layout(const Package& package, double& width, double& height) {
  auto rows = rows_of(package);
  std::size_t widest = 0;
  for (const auto& row : rows) widest = std::max(widest, row.size());
  const double devices = package.devices.empty() ? 0 : kStepX;
  width = std::max(static_cast<double>(widest - 1) * kStepX + kWidth, kWidth + 2 * devices) +
          2 * kMargin;
  height = static_cast<double>(rows.size() - 1) * kStepY + kHeight + 2 * kMargin;
  Layout layout;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    auto& row = rows[r];
    const auto pull = [&](const std::string& die) {
      double sum = 0, count = 0;
      for (const std::string& name : neighbours(package, die)) {
        if (layout.contains(name)) sum += layout[name].x, count += 1;
      }
      return count > 0 ? sum / count : width / 2;
    };
    std::stable_sort(row.begin(), row.end(),
                     [&](const auto& a, const auto& b) { return pull(a) < pull(b); });
    for (std::size_t i = 0; i < row.size(); ++i) {
      const double offset = static_cast<double>(i) - static_cast<double>(row.size() - 1) / 2;
      layout[row[i]] = {width / 2 + offset * kStepX,
                        kMargin + kHeight / 2 + static_cast<double>(r) * kStepY};
    }
  }
  double side = 1;
  for (const Device& device : package.devices) {
    const Box& host = layout[device.port.die];
    layout[device.name] = {host.x + side * kStepX, host.y, kWidth * 0.8, kHeight * 0.8};
    side = -side;
  }
  fit(layout, width);
  return layout;
}

// Where the line from the middle of `from` to that of `to` leaves the box.
std::pair<double, double> edge(const Box& from, const Box& to) {
  const double dx = to.x - from.x, dy = to.y - from.y;
  const double scale = std::min(dx == 0 ? 1e9 : from.width / 2 / std::abs(dx),
                                dy == 0 ? 1e9 : from.height / 2 / std::abs(dy));
  return {from.x + dx * scale, from.y + dy * scale};
}

// Green over amber to red, readable on both backgrounds.
std::string colour_of(const LinkLoad& load) {
  if (load.down) return "#8a8f98";
  if (load.load < 0) return "var(--line)";
  const double share = std::clamp(load.load, 0.0, 1.0);
  return fmt::format("hsl({:.0f} 70% 45%)", 150 - 150 * share);
}

// The line goes to `out`, its label to `labels`: those are drawn last, over the boxes.
void draw_link(const Box& a, const Box& b, const std::string& name, const std::string& what,
               const LinkLoad& load, std::string& out, std::string& labels) {
  const auto [x1, y1] = edge(a, b);
  const auto [x2, y2] = edge(b, a);
  const double thickness = load.load < 0 ? 4 : 4 + 6 * std::sqrt(std::clamp(load.load, 0.0, 1.0));
  const double mx = (x1 + x2) / 2, my = (y1 + y2) / 2;
  out += fmt::format(
      "<g class='link'><title>{}: {}{}{}</title><line x1='{:.0f}' y1='{:.0f}' x2='{:.0f}' "
      "y2='{:.0f}' stroke='{}' stroke-width='{:.1f}'{}/></g>\n",
      escape_markup(name), escape_markup(what), load.text.empty() ? "" : ", ",
      escape_markup(load.text), x1, y1, x2, y2, colour_of(load), thickness,
      load.down ? " stroke-dasharray='6 6'" : "");
  // On a nearly horizontal line the label stands above and below it, else on it.
  const bool flat = std::abs(y2 - y1) < 20;
  const double up = flat ? -10 : -3, low = flat ? 20 : 13;
  labels += fmt::format("<text class='halo' x='{:.0f}' y='{:.0f}'>{}</text>", mx, my + up,
                        escape_markup(what));
  if (!load.text.empty()) {
    labels += fmt::format("<text class='halo strong' x='{:.0f}' y='{:.0f}'>{}</text>", mx, my + low,
                          escape_markup(load.text));
  }
}

// The blocks of a die that say what it is for.
std::vector<std::pair<std::string, std::string>> blocks_of(const Die& die) {
  std::vector<std::pair<std::string, std::string>> blocks;
  for (const Instance& instance : die.instances) {
    const auto& p = instance.params;
    const std::string& type = instance.type->type;
    if (type == "cpu_cluster") {
      blocks.emplace_back(fmt::format("{} × RV64GC", p["harts"].integer), p["clock"].text);
    } else if (type == "npu_cluster") {
      blocks.emplace_back(fmt::format("NPU {}×{}", p["rows"].integer, p["columns"].integer),
                          p["clock"].text);
    } else if (type == "hbm_stack") {
      blocks.emplace_back(p["generation"].text,
                          format_quantity(Unit::kBytes, instance.window("mem")->range.size));
    } else if (type == "ram" && instance.window("map")->range.size >= (1 << 24)) {
      blocks.emplace_back("DRAM", p["size"].text);
    }
  }
  return blocks;
}

std::string draw_box(const Box& box, const std::string& css, const std::string& title,
                     const std::string& subtitle,
                     const std::vector<std::pair<std::string, std::string>>& blocks) {
  const double left = box.x - box.width / 2, top = box.y - box.height / 2;
  std::string out = fmt::format(
      "<g class='box {}'><rect x='{:.0f}' y='{:.0f}' width='{:.0f}' height='{:.0f}' rx='10'/>"
      "<text class='title' x='{:.0f}' y='{:.0f}'>{}</text><text class='sub' x='{:.0f}' "
      "y='{:.0f}'>{}</text>",
      css, left, top, box.width, box.height, left + 14, top + 24, escape_markup(title),
      left + box.width - 14, top + 24, escape_markup(subtitle));
  if (!blocks.empty()) {
    const double width = (box.width - 20 - 8 * static_cast<double>(blocks.size() - 1)) /
                         static_cast<double>(blocks.size());
    double x = left + 10;
    for (const auto& [name, value] : blocks) {
      out += fmt::format(
          "<rect class='block' x='{:.0f}' y='{:.0f}' width='{:.0f}' height='{:.0f}' rx='5'/>"
          "<text class='name' x='{:.0f}' y='{:.0f}'>{}</text><text class='value' x='{:.0f}' "
          "y='{:.0f}'>{}</text>",
          x, top + 38, width, box.height - 50, x + width / 2, top + box.height / 2 + 10,
          escape_markup(name), x + width / 2, top + box.height / 2 + 27, escape_markup(value));
      x += width + 8;
    }
  }
  return out + "</g>\n";
}

// What its ends agree on.
std::string link_label(const Package& package, const Link& link) {
  const auto shape = ucie_shape(package, link);
  if (!shape) return "ends differ";
  return fmt::format("{}×{} · {}", shape->modules > 1 ? std::to_string(shape->modules) + " " : "",
                     shape->lanes,
                     format_quantity(Unit::kDataRate, shape->rate.transfers_per_second));
}

}  // namespace

std::string escape_markup(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string_view diagram_css() {
  return R"(
.diagram { --line: #7b8794; --die: #ffffff; --die-edge: #c5ccd6; --host: #eef4ff; --block: #f3f5f8;
  --ink: #1c2430; --soft: #5b6675; --back: #fbfcfd; font: 12px system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { .diagram { --line: #8c98a8; --die: #1d242e; --die-edge: #3a4554;
  --host: #1b2a44; --block: #29323f; --ink: #e6ebf2; --soft: #9aa6b5; --back: #12161c; } }
.diagram .box > rect:first-child { fill: var(--die); stroke: var(--die-edge); stroke-width: 1.5; }
.diagram .host > rect:first-child { fill: var(--host); }
.diagram .block { fill: var(--block); stroke: var(--die-edge); }
.diagram text { fill: var(--ink); text-anchor: middle; }
.diagram text.title { font-weight: 650; font-size: 14px; text-anchor: start; }
.diagram text.sub { fill: var(--soft); text-anchor: end; }
.diagram text.name { font-weight: 600; }
.diagram text.value { fill: var(--soft); }
.diagram line { stroke-linecap: round; }
.diagram .halo { paint-order: stroke; stroke: var(--back); stroke-width: 5px; stroke-linejoin: round; }
.diagram .strong { font-weight: 650; }
)";
}

std::string diagram_svg(const Package& package, bool standalone, const LinkLoads& loads) {
  double width = 0, height = 0;
  Layout layout = make_layout(package, width, height);
  std::string out = fmt::format(
      "<svg class='diagram' {}viewBox='0 0 {:.0f} {:.0f}' width='{:.0f}' role='img' "
      "aria-label='Package {}'>\n",
      standalone ? "xmlns='http://www.w3.org/2000/svg' " : "", width, height, width,
      escape_markup(package.name));
  if (standalone) {
    out += fmt::format("<style>{}</style><rect width='100%' height='100%' fill='var(--back)'/>\n",
                       diagram_css());
  }
  const auto load = [&](const std::string& name) { return loads ? loads(name) : LinkLoad{}; };
  std::string labels;
  for (const Link& link : package.links) {
    draw_link(layout[link.ends[0].die], layout[link.ends[1].die], link.name,
              link_label(package, link), load(link.name), out, labels);
  }
  for (const Device& device : package.devices) {
    draw_link(layout[device.port.die], layout[device.name], device.name,
              fmt::format("CXL ×{}", device.params["lanes"].integer), load(device.name), out,
              labels);
  }
  for (const Die& die : package.dies) {
    out += draw_box(layout[die.name], die.index == 0 ? "host" : "die", die.name,
                    fmt::format("die {}", die.index), blocks_of(die));
  }
  for (const Device& device : package.devices) {
    out += draw_box(layout[device.name], "device", device.name, "",
                    {{"CXL memory", device.params["capacity"].text}});
  }
  return out + labels + "</svg>\n";
}

std::string diagram_text(const Package& package) {
  std::string out = fmt::format("package {}\n", package.name);
  for (const Die& die : package.dies) {
    out += fmt::format("  [{}] {:<8}", die.index, die.name);
    for (const auto& [name, value] : blocks_of(die)) out += fmt::format("  {} ({})", name, value);
    out += "\n";
    for (const Instance& instance : die.instances) {
      if (instance.type->edge.empty()) continue;
      out += fmt::format("        {:<6} ", instance.name);
      if (const Link* link = package.link_at(die.name, instance.name)) {
        out += fmt::format("── {} ── {}\n", link_label(package, *link),
                           package.peer(die.name, instance.name)->text());
      } else if (const Device* device = package.device_at(die.name, instance.name)) {
        out += fmt::format("── CXL ×{} ── {} ({})\n", device->params["lanes"].integer, device->name,
                           device->params["capacity"].text);
      } else {
        out += "open\n";
      }
    }
  }
  return out;
}

}  // namespace cvp
