// SPDX-License-Identifier: Apache-2.0
#include "platform/describe.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cvp {
namespace {

struct MapRow {
  AddrRange range;
  std::string name, doc;
};

void describe_set(const std::string& path, const ModelType& type, const ParameterSet& params,
                  std::string& out) {
  out += fmt::format("\n{} ({}): {}\n", path, type.type, type.doc);
  if (params.table().empty()) out += "  no parameters\n";
  for (const Parameter& row : params.table()) {
    const std::string range = format_range(row);
    const std::string only =
        row.only_with.empty() ? "" : fmt::format(" (only with {})", row.only_with);
    out += fmt::format("  {}{:<24} {:<12} {:<34} {}{}\n", params.is_default(row.key) ? ' ' : '*',
                       row.key, params[row.key].text.empty() ? "-" : params[row.key].text,
                       range.empty() ? "" : "[" + range + "]", row.doc, only);
  }
}

}  // namespace

std::string describe_address_map(const Package& package) {
  std::string out = "Address map (global addresses, end exclusive)\n";
  for (const Die& die : package.dies) {
    std::vector<MapRow> rows;
    for (const Instance& instance : die.instances) {
      for (const MapWindow& window : instance.windows) {
        const std::string role = window.key == "map" ? "" : "." + window.key;
        rows.push_back({{die.base() + window.range.base, window.range.size},
                        die.name + "." + instance.name + role,
                        instance.connected ? instance.type->doc : "not connected, not built"});
      }
    }
    std::sort(rows.begin(), rows.end(),
              [](const MapRow& a, const MapRow& b) { return a.range.base < b.range.base; });
    out += "\n";
    for (const MapRow& row : rows) {
      out += fmt::format("  {:#015x} .. {:#015x}  {:>10}  {:<20} {}\n", row.range.base,
                         row.range.end(), format_quantity(Unit::kBytes, row.range.size), row.name,
                         row.doc);
    }
  }
  return out;
}

std::string describe_parameters(const Package& package) {
  std::string out = "Parameters (* set by the package, a die file or --set)\n";
  for (const Die& die : package.dies) {
    for (const Instance& instance : die.instances) {
      if (instance.params.table().empty()) continue;
      describe_set(die.name + "." + instance.name, *instance.type, instance.params, out);
    }
  }
  for (const Link& link : package.links) describe_set(link.name, *link.type, link.params, out);
  for (const Device& device : package.devices) {
    describe_set(device.name, *device.type, device.params, out);
  }
  return out;
}

std::string describe_models() {
  std::string out = "Models that package and die files can name\n";
  for (const ModelType& type : model_types()) {
    describe_set(type.type, type, ParameterSet(type.parameters), out);
    std::vector<std::string> keys;
    for (const TargetPort& port : type.targets) keys.push_back(port.key + " = { bus, base }");
    for (const std::string& key : type.initiators) keys.push_back(key + " = bus");
    for (const WirePort& wire : type.wires) keys.push_back(wire.key + " = wire");
    if (!keys.empty()) out += fmt::format("   wired by: {}\n", fmt::join(keys, ", "));
  }
  return out;
}

}  // namespace cvp
