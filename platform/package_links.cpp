// SPDX-License-Identifier: Apache-2.0
//
// Links, devices and ports that are left open: what joins the dies of a package.
#include <algorithm>

#include <fmt/format.h>

#include "platform/package_parser.h"

namespace cvp {

std::optional<PortName> PackageParser::parse_port(const std::string& text, TomlReader& reader,
                                                  std::string_view key, std::string_view edge) {
  const auto dot = text.find('.');
  const std::string expected = fmt::format("expected \"die.port\" of a port for {}", edge);
  if (dot == std::string::npos) {
    reader.error(key, fmt::format("\"{}\" names no port; {}", text, expected));
    return {};
  }
  PortName port{text.substr(0, dot), text.substr(dot + 1)};
  const Die* die = package_.find_die(port.die);
  if (!die) {
    // When a die could not be read, a link to it is not the link's mistake.
    if (complete_) {
      reader.error(key, fmt::format("dangling: there is no die \"{}\"; {}", port.die, expected));
    }
    return {};
  }
  const Instance* instance = die->find(port.port);
  if (!instance && !complete_) return {};
  if (!instance || instance->type->edge.empty()) {
    std::set<std::string, std::less<>> words;
    for (const Instance& each : die->instances) {
      if (each.type->edge == edge || edge == "anything") words.insert(each.name);
    }
    reader.error(key, fmt::format("dangling: die \"{}\" has no port \"{}\"{}", port.die, port.port,
                                  suggestion(port.port, words)));
    return {};
  }
  if (edge != "anything" && instance->type->edge != edge) {
    reader.error(key,
                 fmt::format("{} is a port for {}, not for {}", text, instance->type->edge, edge));
    return {};
  }
  return port;
}

void PackageParser::read_link(const toml::table& table, std::size_t number) {
  TomlReader reader(table, source_.file, fmt::format("links[{}]", number), diagnostics_);
  Link link;
  link.origin = reader.origin();
  const std::string type = reader.text("type", true);
  link.type = find_model_type(type);
  if (!link.type || link.type->place != Place::kLink) {
    if (!type.empty()) {
      reader.error("type", fmt::format("\"{}\" is no type of link; expected \"ucie\"", type));
    }
    return;
  }
  const auto ends = reader.texts("ends", true);
  if (ends.size() != 2) {
    if (!ends.empty()) reader.error("ends", "expected two ports, [\"die.port\", \"die.port\"]");
    return;
  }
  bool whole = true;
  for (int i = 0; i < 2; ++i) {
    const auto port = parse_port(ends[static_cast<std::size_t>(i)], reader, "ends", type);
    if (port) link.ends[i] = *port;
    whole = whole && port;
  }
  link.name = reader.text("name", false);
  if (link.name.empty()) link.name = link_name(link);
  read_rest(table, {"type", "ends", "name"}, link.type, link.params, link.name);
  if (whole && link.ends[0].die == link.ends[1].die) {
    reader.error("ends",
                 fmt::format("both ends are on die \"{}\"; expected two dies", link.ends[0].die));
  } else if (whole) {
    package_.links.push_back(std::move(link));
  }
}

std::string PackageParser::link_name(const Link& link) const {
  const std::string plain = link.ends[0].die + "-" + link.ends[1].die;
  std::string name = plain;
  for (int n = 2; std::any_of(package_.links.begin(), package_.links.end(),
                              [&](const Link& other) { return other.name == name; });
       ++n) {
    name = fmt::format("{}-{}", plain, n);
  }
  return name;
}

// In links and devices parameters stand beside the fixed keys, as in a data sheet.
void PackageParser::read_rest(const toml::table& table,
                              std::initializer_list<std::string_view> fixed, const ModelType* type,
                              ParameterSet& params, const std::string& path) {
  params = ParameterSet(type->parameters);
  toml::table rest;
  for (const auto& [key, node] : table) {
    if (std::find(fixed.begin(), fixed.end(), key.str()) != fixed.end()) continue;
    std::vector<std::pair<std::string, const toml::node*>> entries;
    if (const auto* inner = node.as_table()) {
      flatten(*inner, std::string(key.str()), entries);
    } else {
      entries.emplace_back(key.str(), &node);
    }
    for (const auto& [name, value] : entries) {
      const Origin origin{source_.file, TomlReader::line_of(*value)};
      const auto text = scalar_text(*value);
      if (text) {
        set_parameter(params, name, *text, origin, path + "." + name);
      } else {
        diagnostics_.error(origin.file, origin.line, path + "." + name, "expected one value");
      }
    }
  }
}

void PackageParser::read_device(const toml::table& table, std::size_t number) {
  TomlReader reader(table, source_.file, fmt::format("devices[{}]", number), diagnostics_);
  Device device;
  device.origin = reader.origin();
  device.name = reader.text("name", true);
  if (!device.name.empty() && !valid_name(device.name)) {
    reader.error("name", "expected lower-case letters, digits and _, a letter first");
  }
  const std::string type = reader.text("type", true);
  device.type = find_model_type(type);
  if (!device.type || device.type->place != Place::kDevice) {
    if (!type.empty()) {
      reader.error("type", fmt::format("\"{}\" is no device; expected \"cxl_expander\"", type));
    }
    return;
  }
  const std::string port = reader.text("port", true);
  const auto parsed =
      port.empty() ? std::nullopt : parse_port(port, reader, "port", device.type->edge);
  read_rest(table, {"name", "type", "port"}, device.type, device.params, device.name);
  if (!parsed) return;
  device.port = *parsed;
  package_.devices.push_back(std::move(device));
}

void PackageParser::read_unconnected(TomlReader& reader) {
  for (const std::string& text : reader.texts("unconnected", false)) {
    const auto port = parse_port(text, reader, "unconnected", "anything");
    if (port) unconnected_.push_back({*port, reader.origin("unconnected")});
  }
}

}  // namespace cvp
