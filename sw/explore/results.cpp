// SPDX-License-Identifier: Apache-2.0
#include "sw/explore/results.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include <fmt/format.h>

namespace cvp {
namespace {

using Json = nlohmann::ordered_json;

// Tensor bytes of the inference, sorted into memories, HBM stacks and directions of links.
void add_traffic(const Json& stats, PointMetrics& metrics) {
  std::map<std::string, std::string> kinds;
  for (const Json& memory : stats.at("memories")) {
    kinds[memory.at("name").get<std::string>()] = memory.at("kind").get<std::string>();
  }
  double memory_bytes = 0, hbm_bytes = 0;
  const double time_ns = metrics.time_s * 1e9;
  const auto gb_s = [&](double bytes) { return time_ns > 0 ? bytes / time_ns : 0; };
  for (const Json& row : stats.at("inference").at("traffic")) {
    const auto what = row.at("what").get<std::string>();
    const double bytes = row.at("counted_bytes").get<double>();
    const auto kind = kinds.find(what.substr(0, what.find(' ')));
    if (what.find(" > ") != std::string::npos) {
      if (gb_s(bytes) <= metrics.link_gb_s) continue;
      metrics.link_gb_s = gb_s(bytes);
      metrics.link = what;
    } else if (kind != kinds.end()) {
      memory_bytes += bytes;
      if (kind->second == "hbm") hbm_bytes += bytes;
    }
  }
  const auto stacks = std::count_if(kinds.begin(), kinds.end(),
                                    [](const auto& entry) { return entry.second == "hbm"; });
  metrics.memory_gb_s = gb_s(memory_bytes);
  metrics.hbm_gb_s = stacks > 0 ? gb_s(hbm_bytes) / static_cast<double>(stacks) : 0;
}

PointMetrics metrics_of(const Json& stats) {
  const Json& inference = stats.at("inference");
  PointMetrics metrics;
  metrics.images = inference.at("images").get<std::uint64_t>();
  metrics.npu_dies = inference.at("dies").get<std::uint64_t>();
  metrics.time_s = inference.at("time_s").get<double>();
  metrics.images_per_s = inference.at("images_per_s").get<double>();
  metrics.energy_j = inference.at("energy_j").get<double>();
  metrics.mac_utilisation = inference.at("mac_utilisation").get<double>();
  metrics.accuracy = inference.at("accuracy").get<double>();
  metrics.as_planned = inference.at("traffic_equals_plan").get<bool>();
  metrics.exact = !inference.at("layers").empty() && inference.at("failed_runs") == 0 &&
                  inference.at("tiles_different") == 0;
  for (const Json& layer : inference.at("layers")) {
    metrics.exact = metrics.exact && layer.at("differences") == 0;
  }
  add_traffic(stats, metrics);
  return metrics;
}

// One column of the table and of the CSV file.
struct Column {
  const char *head, *unit;  ///< Of the table.
  double scale;             ///< From the SI unit to the table's.
  int digits;
  const char* key;  ///< Of the CSV and JSON files.
  double (*value)(const PointMetrics&);
};

const Column kColumns[] = {
    {"time", "ms", 1e3, 4, "time_s", [](const PointMetrics& m) { return m.time_s; }},
    {"images", "1/s", 1, 0, "images_per_s", [](const PointMetrics& m) { return m.images_per_s; }},
    {"memories", "GB/s", 1, 3, "memory_gb_s", [](const PointMetrics& m) { return m.memory_gb_s; }},
    {"per HBM", "GB/s", 1, 3, "hbm_gb_s", [](const PointMetrics& m) { return m.hbm_gb_s; }},
    {"top link", "GB/s", 1, 3, "link_gb_s", [](const PointMetrics& m) { return m.link_gb_s; }},
    {"energy", "mJ", 1e3, 4, "energy_j", [](const PointMetrics& m) { return m.energy_j; }},
    {"per image", "mJ", 1e3, 6, "energy_per_image_j",
     [](const PointMetrics& m) { return m.energy_per_image_j(); }},
    {"MAC use", "%", 100, 1, "mac_utilisation",
     [](const PointMetrics& m) { return m.mac_utilisation; }},
};

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

// Display width: code points, not bytes.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string format_rows(const std::vector<std::vector<std::string>>& rows, std::size_t heads) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t n = 0; n < row.size(); ++n) widths[n] = std::max(widths[n], width(row[n]));
  }
  std::string out;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t n = 0; n < widths.size(); ++n) {
      const std::string pad(widths[n] - width(rows[r][n]), ' ');
      line += (n == 0 ? "" : "  ") + pad + rows[r][n];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
    if (r + 1 != heads) continue;
    std::size_t total = 2 * (widths.size() - 1);
    for (const std::size_t each : widths) total += each;
    out += std::string(total, '-') + "\n";
  }
  return out;
}

}  // namespace

std::optional<PointMetrics> read_metrics(const std::filesystem::path& stats, std::string& problem) {
  std::ifstream stream(stats);
  if (!stream) {
    problem = "no " + stats.filename().string();
    return {};
  }
  try {
    const Json json = Json::parse(stream);
    if (json.at("schema") != 1) {
      problem = stats.filename().string() + " has another schema than 1";
    } else if (!json.contains("inference") || json.at("inference").is_null()) {
      problem = "the run was not completed";
    } else {
      return metrics_of(json);
    }
  } catch (const nlohmann::json::exception& error) {
    problem = fmt::format("{}: {}", stats.filename().string(), error.what());
  }
  return {};
}

bool SweepResults::ok() const {
  return std::all_of(points.begin(), points.end(), [](const PointResult& point) {
    return point.problem.empty() && point.exit_code == 0;
  });
}

void mark_pareto(std::vector<PointResult>& points) {
  const auto dominates = [](const PointMetrics& a, const PointMetrics& b) {
    return a.time_s <= b.time_s && a.energy_j <= b.energy_j &&
           (a.time_s < b.time_s || a.energy_j < b.energy_j);
  };
  for (PointResult& point : points) {
    point.pareto = point.metrics && std::none_of(points.begin(), points.end(), [&](const auto& q) {
                     return q.metrics && dominates(*q.metrics, *point.metrics);
                   });
  }
}

std::string to_table(const SweepResults& results) {
  std::vector<std::string> heads = results.axes, units(results.axes.size());
  for (const Column& column : kColumns) {
    heads.push_back(column.head);
    units.push_back(column.unit);
  }
  heads.insert(heads.end(), {"exact", "pareto"});
  units.insert(units.end(), {"", ""});
  std::vector<std::vector<std::string>> rows = {heads, units};
  for (const PointResult& point : results.points) {
    std::vector<std::string> row = point.labels;
    for (const Column& column : kColumns) {
      row.push_back(
          point.metrics
              ? fmt::format("{:.{}f}", column.scale * column.value(*point.metrics), column.digits)
              : "-");
    }
    row.push_back(!point.metrics ? "FAILED" : point.metrics->exact ? "yes" : "NO");
    row.push_back(point.pareto ? "*" : "");
    rows.push_back(std::move(row));
  }
  return format_rows(rows, 2);
}

std::string to_csv(const SweepResults& results) {
  std::string out = "point";
  for (const std::string& axis : results.axes) out += "," + csv_field(axis);
  out += ",images";
  for (const Column& column : kColumns) out += std::string(",") + column.key;
  out += ",exact,pareto,exit_code\n";
  for (const PointResult& point : results.points) {
    out += point.name;
    for (const std::string& label : point.labels) out += "," + csv_field(label);
    const auto& m = point.metrics;
    out += m ? fmt::format(",{}", m->images) : ",";
    for (const Column& column : kColumns) {
      out += m ? fmt::format(",{}", column.value(*m)) : ",";
    }
    out += fmt::format(",{},{},{}\n", m ? (m->exact ? "yes" : "no") : "",
                       point.pareto ? "yes" : "no", point.exit_code);
  }
  return out;
}

nlohmann::ordered_json to_json(const SweepResults& results) {
  Json points = Json::array(), host = Json::array();
  for (const PointResult& point : results.points) {
    Json entry = {{"point", point.name}, {"axes", Json::object()}};
    for (std::size_t n = 0; n < results.axes.size(); ++n) {
      entry["axes"][results.axes[n]] = point.labels[n];
    }
    entry["exit_code"] = point.exit_code;
    if (!point.problem.empty()) entry["problem"] = point.problem;
    if (point.metrics) {
      entry["images"] = point.metrics->images;
      entry["npu_dies"] = point.metrics->npu_dies;
      for (const Column& column : kColumns) entry[column.key] = column.value(*point.metrics);
      entry["link"] = point.metrics->link;
      entry["accuracy"] = point.metrics->accuracy;
      entry["exact"] = point.metrics->exact;
      entry["traffic_equals_plan"] = point.metrics->as_planned;
    }
    entry["pareto"] = point.pareto;
    points.push_back(std::move(entry));
    host.push_back(
        {{"point", point.name}, {"wall_time_s", point.wall_s}, {"resumed", point.resumed}});
  }
  return {{"schema", 1},
          {"sweep", results.sweep},
          {"axes", results.axes},
          {"points", std::move(points)},
          {"host", {{"points", std::move(host)}}}};
}

}  // namespace cvp
