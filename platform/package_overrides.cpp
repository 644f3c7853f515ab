// SPDX-License-Identifier: Apache-2.0
//
// `--set KEY=VALUE`, with the same checks as in a file. KEY is `die.instance.parameter`,
// `link.parameter` or `device.parameter`; `*` in the first part stands for any text, so that
// `npu*.hbm0.generation=hbm3e` reaches every NPU die.
#include <fnmatch.h>

#include <fmt/format.h>

#include "platform/package_parser.h"
#include "platform/toml_reader.h"

namespace cvp {
namespace {

// A list as the package file has it, `["clock", "data:3"]`, says the same as `clock,data:3`.
std::string plain_value(const std::string& text) {
  if (!text.starts_with('[')) return text;
  try {
    const toml::table table = toml::parse("list = " + text);
    const toml::node* list = table.get("list");
    return table.size() == 1 && list->is_array() ? scalar_text(*list).value_or(text) : text;
  } catch (const toml::parse_error&) {
    return text;  // Whose value it is says what it expects.
  }
}

bool matches(const std::string& pattern, const std::string& name) {
  return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

}  // namespace

std::optional<Override> parse_override(const std::string& text, Diagnostics& diagnostics) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || text.find('.') > equals) {
    diagnostics.error("", 0, "--set " + text,
                      "expected KEY=VALUE, for example npu1.hbm0.generation=hbm3e");
    return {};
  }
  return Override{text.substr(0, equals), plain_value(text.substr(equals + 1))};
}

void PackageParser::apply_overrides() {
  for (const std::string& text : source_.overrides) {
    if (const auto parsed = parse_override(text, diagnostics_)) apply_override(*parsed);
  }
}

void PackageParser::apply_override(const Override& override_) {
  const auto dot = override_.key.find('.');
  const std::string owner = override_.key.substr(0, dot);
  const std::string rest = override_.key.substr(dot + 1);
  const std::string path = "--set " + override_.key;
  const bool pattern = owner.find_first_of("*?[") != std::string::npos;
  bool found = false, taken = false;
  const auto wanted = [&](const std::string& name, const ParameterTable& table) {
    if (!matches(owner, name)) return false;
    found = true;
    // A pattern reaches those that have the parameter; a plain name must have it.
    if (pattern && !find_parameter(table, rest)) return false;
    return taken = true;
  };
  for (Die& die : package_.dies) {
    if (!matches(owner, die.name)) continue;
    found = true;
    const Instance* instance = die.find(rest.substr(0, rest.find('.')));
    bool has = instance != nullptr;
    for (const Instance& each : die.instances) {
      has = has || find_parameter(each.type->parameters, rest) != nullptr;
    }
    if (pattern && !has) continue;
    taken = true;
    set_on_die(die, rest, override_.value, {}, path);
  }
  for (Link& link : package_.links) {
    if (wanted(link.name, link.type->parameters)) {
      set_parameter(link.params, rest, override_.value, {}, path);
    }
  }
  for (Device& device : package_.devices) {
    if (wanted(device.name, device.type->parameters)) {
      set_parameter(device.params, rest, override_.value, {}, path);
    }
  }
  if (taken || !complete_) return;
  std::set<std::string, std::less<>> names;
  for (const Die& die : package_.dies) names.insert(die.name);
  for (const Link& link : package_.links) names.insert(link.name);
  for (const Device& device : package_.devices) names.insert(device.name);
  diagnostics_.error(
      "", 0, path,
      found ? fmt::format("nothing that \"{}\" names has a parameter \"{}\"", owner, rest)
            : fmt::format("there is no die, link or device \"{}\"{}", owner,
                          suggestion(owner, names)));
}

void PackageParser::report_idle_parameters() {
  const auto report = [&](const std::string& path, const ParameterSet& params) {
    for (const auto& [key, reason] : params.without_effect()) {
      const Origin origin = params.origin(key);
      diagnostics_.note(origin.file, origin.line, path + "." + key, reason);
    }
  };
  for (const Die& die : package_.dies) {
    for (const Instance& instance : die.instances) {
      const std::string path = die.name + "." + instance.name;
      report(path, instance.params);
      if (instance.connected) continue;
      for (const Parameter& row : instance.params.table()) {
        if (instance.params.is_default(row.key)) continue;
        const Origin origin = instance.params.origin(row.key);
        if (origin.file.empty() || origin.file == package_.file) {
          diagnostics_.note(origin.file, origin.line, path + "." + row.key,
                            instance.type->edge.empty()
                                ? "had no effect: aia of the harts is false"
                                : "had no effect: the port is not connected");
        }
      }
    }
  }
  for (const Link& link : package_.links) report(link.name, link.params);
  for (const Device& device : package_.devices) report(device.name, device.params);
}

}  // namespace cvp
