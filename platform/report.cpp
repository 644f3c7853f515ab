// SPDX-License-Identifier: Apache-2.0
//
// Everything is made from the statistics, the console log and the trace; style and drawing are
// inside the page. Sections that a run has no data for are left out.
#include "platform/report.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "platform/diagram.h"
#include "platform/reach_log.h"
#include "platform/report_style.h"
#include "platform/report_table.h"
#include "platform/report_timeline.h"

namespace cvp {
namespace {

using Json = nlohmann::ordered_json;

// ------------------------------------------------------------------------------------ numbers

std::string si(double value, std::string_view unit) {
  static constexpr std::pair<double, const char*> kScales[] = {
      {1e12, "T"}, {1e9, "G"},  {1e6, "M"},  {1e3, "k"},  {1, ""},
      {1e-3, "m"}, {1e-6, "µ"}, {1e-9, "n"}, {1e-12, "p"}};
  if (value == 0) return fmt::format("0 {}", unit);
  for (const auto& [scale, prefix] : kScales) {
    if (std::abs(value) >= scale) return fmt::format("{:.3g} {}{}", value / scale, prefix, unit);
  }
  return fmt::format("{:.3g} {}", value, unit);
}

std::string grouped(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (auto at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), "\u202f");
  }
  return text;
}

std::string percent(double share) { return fmt::format("{:.1f} %", share * 100); }

// ------------------------------------------------------------------------------------- tables

std::string bar(double share) {
  return fmt::format("<span class='bar'><i style='width:{:.1f}%'></i></span> {}",
                     std::clamp(share, 0.0, 1.0) * 100, percent(share));
}
Markup bar_cell(double share) { return {"<span>" + bar(share) + "</span>"}; }

std::string section(const std::string& id, const std::string& title, const std::string& body,
                    const std::string& note = "") {
  if (body.empty()) return "";
  return fmt::format("<section id='{}'><h2>{}</h2>{}{}</section>\n", id, title,
                     note.empty() ? "" : "<p class='note'>" + note + "</p>", body);
}

// ----------------------------------------------------------------------------------- sections

std::string card(const std::string& value, const std::string& label, const char* css = "") {
  return fmt::format("<div class='card {}'><b>{}</b><span>{}</span></div>", css,
                     escape_markup(value), escape_markup(label));
}

std::string energy_label(const Json& stats) {
  if (!stats.contains("inference") || stats["inference"].is_null()) return "energy";
  return "energy, of it inference " + si(stats["inference"]["energy_j"].get<double>(), "J");
}

std::string cards(const Json& stats) {
  std::string out = "<div class='cards'>";
  if (stats.contains("inference") && !stats["inference"].is_null()) {
    const Json& job = stats["inference"];
    out += card(percent(job["accuracy"].get<double>()),
                fmt::format("accuracy, {} of {}", job["correct"].get<unsigned>(),
                            job["images"].get<std::uint64_t>()));
    std::uint64_t differences = 0, values = 0;
    for (const Json& layer : job["layers"]) {
      differences += layer["differences"].get<std::uint64_t>();
      values += layer["values"].get<std::uint64_t>();
    }
    out +=
        card(grouped(differences), fmt::format("differences in {} layer values", grouped(values)),
             differences == 0 ? "good" : "bad");
    out += card(si(job["images_per_s"].get<double>(), "img/s"), "simulated throughput");
    out += card(percent(job["mac_utilisation"].get<double>()), "MAC utilisation");
    if (job["tiles_compared"].get<std::uint64_t>() > 0) {
      out += card(
          grouped(job["tiles_compared"].get<std::uint64_t>()),
          fmt::format("tiles RTL = model, {} differ", job["tiles_different"].get<std::uint64_t>()),
          job["tiles_different"].get<std::uint64_t>() == 0 ? "good" : "bad");
    }
    out += card(job["traffic_equals_plan"].get<bool>() ? "equal" : "NOT equal",
                "bytes moved and the compiler's plan",
                job["traffic_equals_plan"].get<bool>() ? "good" : "bad");
  }
  out += card(si(stats["sim_time_s"].get<double>(), "s"), "simulated time");
  out += card(si(stats["energy_j"].get<double>(), "J"), energy_label(stats));
  out += card(fmt::format("{:.1f} s", stats["host"]["wall_time_s"].get<double>()),
              fmt::format("host time, {:.1f} MIPS", stats["host"]["mips"].get<double>()));
  return out + "</div>";
}

LinkLoad load_of(const Json& stats, const TraceRecorder* trace, const std::string& name) {
  for (const Json& link : stats["links"]) {
    if (link["name"] != name) continue;
    LinkLoad load;
    load.down = link["state"] != "ACTIVE" && link["state"] != "UP";
    load.load = link["utilisation"].get<double>();
    load.text = load.down ? link["state"].get<std::string>() : si(link["bytes"].get<double>(), "B");
    if (!trace || load.down) return load;
    // Colour says how busy the busiest moment was; an average over a boot says little.
    double peak = 0;
    for (const Json& direction : link["directions"]) {
      const std::string from = direction["from"].get<std::string>();
      peak = std::max({peak, peak_load(*trace, "." + from + ".tx", simulation_time()),
                       peak_load(*trace, "." + from + ".expander.tx", simulation_time())});
    }
    load.load = std::max(load.load, peak);
    load.text += fmt::format(" · peak {:.0f} %", load.load * 100);
    return load;
  }
  return {};
}

std::string boot_log(const Simulation& simulation) {
  std::string out;
  for (const Console::Line& line : simulation.console().log()) {
    out += fmt::format("<span class='t'>{:>10.3f} ms</span> {}\n", line.time.seconds() * 1e3,
                       escape_markup(line.text));
  }
  return out.empty() ? "" : "<pre class='log'>" + out + "</pre>";
}

std::string reach(const Json& tables) {
  std::string out;
  for (const Json& table : tables) {
    double largest = 0;
    for (const Json& row : table["rows"]) {
      for (const Json& value : row["values"]) {
        if (value.is_number()) largest = std::max(largest, value.get<double>());
      }
    }
    std::vector<std::string> heads = {"from \\ to"};
    for (const Json& column : table["columns"]) heads.push_back(column.get<std::string>());
    Table grid(heads);
    for (const Json& row : table["rows"]) {
      std::vector<TableCell> cells = {row["name"].get<std::string>()};
      for (const Json& value : row["values"]) {
        if (!value.is_number()) {
          cells.emplace_back("–");
          continue;
        }
        const double share = std::log1p(value.get<double>()) / std::log1p(std::max(largest, 1e-9));
        cells.emplace_back(
            Markup{fmt::format("<span class='heat' style='--h:{:.0f}%'>{:.3g}</span>", share * 55,
                               value.get<double>())});
      }
      grid.row(cells);
    }
    out += "<figure><figcaption>" + escape_markup(table["title"].get<std::string>()) +
           "</figcaption>" + grid.end() + "</figure>";
  }
  return out.empty() ? "" : "<div class='figures'>" + out + "</div>";
}

std::string timeline(const Json& stats, const TraceRecorder* trace) {
  if (!trace) return "";
  const Femtoseconds end = simulation_time();
  std::string out;
  if (const std::string all = timeline_svg(*trace, {}, end); !all.empty()) {
    out += "<h3>Whole run</h3>" + all;
  }
  if (stats.contains("inference") && !stats["inference"].is_null()) {
    // The job: from the first to the last command of a matrix queue.
    Femtoseconds first = Femtoseconds::max(), last;
    for (const TraceRecorder::Span& span : trace->spans()) {
      if (!trace->tracks()[span.track].ends_with(".mm")) continue;
      first = std::min(first, span.start);
      last = std::max(last, span.end);
    }
    if (first < last) out += "<h3>Inference</h3>" + timeline_svg(*trace, first, last);
  }
  if (!out.empty()) {
    out +=
        "<p class='legend'><i class='k1'></i>matrix <i class='k2'></i>vector <i "
        "class='k3'></i>load "
        "and store <i class='k4'></i>links <i class='k5'></i>harts</p>";
  }
  return out;
}

std::string inference_tables(const Json& stats) {
  if (!stats.contains("inference") || stats["inference"].is_null()) return "";
  const Json& job = stats["inference"];
  Table layers({"Layer output", "Images", "Values compared", "Differences"});
  for (const Json& layer : job["layers"]) {
    const auto differences = layer["differences"].get<std::uint64_t>();
    layers.row({layer["tensor"].get<std::string>(), grouped(layer["images"].get<std::uint64_t>()),
                grouped(layer["values"].get<std::uint64_t>()), grouped(differences)},
               differences > 0 ? "bad" : "");
  }
  Table traffic({"Link or memory", "Planned bytes", "Counted bytes", ""});
  for (const Json& row : job["traffic"]) {
    const bool equal = row["planned_bytes"] == row["counted_bytes"];
    traffic.row({row["what"].get<std::string>(), grouped(row["planned_bytes"].get<std::uint64_t>()),
                 grouped(row["counted_bytes"].get<std::uint64_t>()), equal ? "equal" : "differs"},
                equal ? "" : "bad");
  }
  return layers.end() + "<h3>Tensor bytes against the compiler's plan</h3>" + traffic.end();
}

std::string npu_table(const Json& stats) {
  if (stats["npus"].empty()) return "";
  static constexpr const char* kClasses[] = {"active",      "weight_shift", "weight_stall",
                                             "input_stall", "raw_stall",    "non_matrix"};
  Table table({"NPU", "Cycles", "Where they go", "MACs", "Of peak", "Energy"});
  for (const Json& npu : stats["npus"]) {
    const double cycles = std::max(1.0, npu["cycles"].get<double>());
    std::string stack = "<span class='stack'>";
    for (std::size_t n = 0; n < std::size(kClasses); ++n) {
      const double share = npu["counters"][kClasses[n]].get<double>() / cycles;
      stack += fmt::format("<i class='c{}' style='width:{:.2f}%' title='{}: {:.1f} %'></i>", n,
                           share * 100, kClasses[n], share * 100);
    }
    table.row({npu["name"].get<std::string>(), grouped(npu["cycles"].get<std::uint64_t>()),
               Markup{stack + "</span>"}, grouped(npu["macs"].get<std::uint64_t>()),
               bar_cell(npu["utilisation"].get<double>()), si(npu["energy_j"].get<double>(), "J")});
  }
  std::string legend = "<p class='legend'>";
  for (std::size_t n = 0; n < std::size(kClasses); ++n) {
    std::string name = kClasses[n];
    std::replace(name.begin(), name.end(), '_', ' ');
    legend += fmt::format("<i class='c{}'></i>{} ", n, name);
  }
  return table.end() + legend + "</p>";
}

std::string link_table(const Json& stats) {
  if (stats["links"].empty()) return "";
  Table table({"Link", "State", "Direction", "Bytes", "On the wire", "Utilisation", "Energy"});
  for (const Json& link : stats["links"]) {
    for (const Json& way : link["directions"]) {
      table.row({link["name"].get<std::string>(), link["state"].get<std::string>(),
                 way["from"].get<std::string>() + " → " + way["to"].get<std::string>(),
                 grouped(way["bytes"].get<std::uint64_t>()),
                 grouped(way["wire_bytes"].get<std::uint64_t>()),
                 bar_cell(way["utilisation"].get<double>()),
                 si(way["energy_j"].get<double>(), "J")});
    }
  }
  return table.end();
}

// Two bars for each doubling of the latency; the highest is as high as the cell.
Markup histogram_cell(const Json& bars) {
  double most = 1;
  for (const Json& bar : bars) most = std::max(most, bar["messages"].get<double>());
  std::string out = "<span class='histogram'>";
  for (const Json& bar : bars) {
    const auto count = bar["messages"].get<std::uint64_t>();
    const double height = count == 0 ? 0 : std::max(4.0, 100 * static_cast<double>(count) / most);
    out += fmt::format("<i style='height:{:.0f}%' title='from {:.4g} ns: {}'></i>", height,
                       bar["from_ns"].get<double>(), count);
  }
  return {out + "</span>"};
}

std::string latency_table(const Json& stats) {
  Table table({"Direction", "Messages", "Least", "Half below", "99 % below", "Most", "Distribution",
               "CRC errors", "Retries", "Waited for credits"});
  bool any = false;
  for (const Json& link : stats["links"]) {
    for (const Json& way : link["directions"]) {
      if (!way.contains("latency_ns") || way["latency_ns"]["messages"] == 0) continue;
      const Json& latency = way["latency_ns"];
      const auto ns = [&](const char* key) {
        return fmt::format("{:.4g} ns", latency[key].get<double>());
      };
      table.row({way["from"].get<std::string>() + " → " + way["to"].get<std::string>(),
                 grouped(latency["messages"].get<std::uint64_t>()), ns("min"), ns("p50"), ns("p99"),
                 ns("max"), histogram_cell(latency["histogram"]),
                 grouped(way["crc_errors"].get<std::uint64_t>()),
                 grouped(way["retries"].get<std::uint64_t>()),
                 si(way["credit_stall_s"].get<double>(), "s")});
      any = true;
    }
  }
  return any ? "<h3>Latency of messages</h3>" + table.end() : "";
}

std::string memory_table(const Json& stats) {
  Table table({"Memory", "Kind", "Read", "Written", "By harts through grants", "GB/s", "Of peak",
               "Energy"});
  for (const Json& memory : stats["memories"]) {
    table.row({memory["name"].get<std::string>(), memory["kind"].get<std::string>(),
               grouped(memory["bytes_read"].get<std::uint64_t>()),
               grouped(memory["bytes_written"].get<std::uint64_t>()),
               memory["hart_granted_bytes"].is_null()
                   ? std::string("not counted")
                   : grouped(memory["hart_granted_bytes"].get<std::uint64_t>()),
               fmt::format("{:.3g}", memory["bandwidth_gb_s"].get<double>()),
               bar_cell(memory["efficiency"].get<double>()),
               si(memory["energy_j"].get<double>(), "J")});
  }
  return table.end();
}

std::string hart_table(const Json& stats) {
  Table table(
      {"Hart", "Instructions", "Traps", "Interrupts", "wfi", "Bus accesses", "Latest interrupt"});
  for (const Json& hart : stats["harts"]) {
    table.row({hart["name"].get<std::string>(), grouped(hart["instructions"].get<std::uint64_t>()),
               grouped(hart["traps"].get<std::uint64_t>()),
               grouped(hart["interrupts"].get<std::uint64_t>()),
               grouped(hart["wfi"].get<std::uint64_t>()),
               grouped(hart["bus_accesses"].get<std::uint64_t>()),
               fmt::format("{:.1f} ns", hart["max_interrupt_lateness_ns"].get<double>())});
  }
  return table.end();
}

std::string verdict(const Json& stats) {
  const std::string end = stats["end"].get<std::string>();
  if (end != "guest") return "ended by " + end;
  return fmt::format("guest ended with code {}", stats["guest_exit"].get<std::uint64_t>());
}

}  // namespace

std::string make_report(const Simulation& simulation, const Json& stats,
                        const TraceRecorder* trace) {
  const std::string name = escape_markup(simulation.package().name);
  const auto load = [&](const std::string& link) { return load_of(stats, trace, link); };
  std::string page = fmt::format(
      "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
      "<meta name='viewport' content='width=device-width, initial-scale=1'>"
      "<meta name='color-scheme' content='light dark'><title>{0}: chiplet-vp report</title>"
      "<style>{1}{2}</style></head><body><main>\n<header><h1>{0}</h1><p>chiplet-vp report · {3}</p>"
      "</header>\n",
      name, report_css(), diagram_css(), escape_markup(verdict(stats)));
  page += cards(stats);
  page += section("package", "Package", diagram_svg(simulation.package(), false, load),
                  trace ? "Links are coloured by their busiest moment, green to red; the bytes are "
                          "those of the whole run."
                        : "Links are coloured by their average load, green to red.");
  page += section("log", "Boot log", boot_log(simulation));
  page += section("timeline", "Time line", timeline(stats, trace));
  page += section("inference", "Every layer, every byte", inference_tables(stats));
  page += section("reach", "Reach matrix", reach(stats["reach"]));
  page += section("npus", "NPUs", npu_table(stats));
  page += section("links", "Links", link_table(stats) + latency_table(stats));
  page += section("memories", "Memories", memory_table(stats));
  page += section("harts", "Harts", hart_table(stats));
  return page + "</main></body></html>\n";
}

}  // namespace cvp
