// SPDX-License-Identifier: Apache-2.0
//
// Reads package and die files. Every mistake is collected; nothing stops at the first one. The
// order is: read dies, links and devices; then --set; then the checks that need the final values
// (package_check.cpp), because an override may move or resize what a file describes.
#include "platform/package_parser.h"

#include <algorithm>

#include <fmt/format.h>

#include "platform/toml_reader.h"

namespace cvp {
namespace {

constexpr std::uint64_t kSchema = 1;

void check_schema(TomlReader& reader) {
  const auto schema = reader.integer("schema", true);
  if (schema && *schema != kSchema) {
    reader.error("schema", fmt::format("is {}; this program reads schema {}", *schema, kSchema));
  }
}

/// `cpu` or `plic.source[10]`.
bool parse_wire_end(const std::string& text, Wire& wire) {
  const auto dot = text.find('.');
  wire.instance = text.substr(0, dot);
  if (dot == std::string::npos) return valid_name(wire.instance);
  const auto bracket = text.find('[', dot);
  wire.input = text.substr(dot + 1, bracket == std::string::npos ? bracket : bracket - dot - 1);
  if (bracket == std::string::npos) return valid_name(wire.instance) && valid_name(wire.input);
  if (text.back() != ']') return false;
  const auto index =
      parse_quantity(Unit::kCount, text.substr(bracket + 1, text.size() - bracket - 2));
  if (!index || index->integer > 0xffff) return false;
  wire.index = static_cast<unsigned>(index->integer);
  return valid_name(wire.instance) && valid_name(wire.input);
}

}  // namespace

bool valid_name(std::string_view name) {
  return !name.empty() && std::isalpha(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::islower(c) || std::isdigit(c) || c == '_';
         });
}

PackageParser::PackageParser(const PackageSource& source, Diagnostics& diagnostics)
    : source_(source), diagnostics_(diagnostics) {}

void PackageParser::set_parameter(ParameterSet& params, const std::string& key,
                                  const std::string& text, const Origin& origin,
                                  const std::string& path) {
  const Parameter* row = find_parameter(params.table(), key);
  if (!row) {
    std::set<std::string, std::less<>> words;
    for (const Parameter& each : params.table()) words.insert(each.key);
    diagnostics_.error(origin.file, origin.line, path,
                       "unknown parameter" + suggestion(key, words));
    return;
  }
  std::string what;
  if (auto value = check_value(*row, text, what)) {
    if (!row->or_file.empty() && value->text.ends_with(row->or_file)) {
      value->text = (std::filesystem::path(origin.file).parent_path() / value->text).string();
    }
    params.set(key, std::move(*value), origin);
  } else {
    diagnostics_.error(origin.file, origin.line, path, what);
    params.mark_faulty();
  }
}

void PackageParser::read_parameters(const toml::table& table, const std::string& file,
                                    const std::string& path, ParameterSet& params) {
  std::vector<std::pair<std::string, const toml::node*>> entries;
  flatten(table, "", entries);
  for (const auto& [key, node] : entries) {
    const Origin origin{file, TomlReader::line_of(*node)};
    if (const auto text = scalar_text(*node)) {
      set_parameter(params, key, *text, origin, path + "." + key);
    } else {
      diagnostics_.error(file, origin.line, path + "." + key, "expected one value");
    }
  }
}

void PackageParser::read_window(TomlReader& reader, const TargetPort& port, Instance& instance) {
  const toml::node* node = reader.take(port.key, true, "{ bus = \"noc\", base = 0x… }");
  if (!node) return;
  const auto* table = node->as_table();
  if (!table) return reader.error(port.key, "expected { bus = \"noc\", base = 0x… }");
  TomlReader inner(*table, reader.origin().file, reader.path(port.key), diagnostics_);
  MapWindow window{port.key, {}, reader.origin(port.key)};
  buses_.push_back({inner.text("bus", true), inner.path("bus"), window.origin});
  if (const auto base = inner.integer("base", true)) window.range.base = *base;
  if (!port.size) {
    if (const auto size = inner.bytes("size", true)) window.range.size = *size;
  } else if (inner.table().contains("size")) {
    inner.take("size");
    inner.error("size", fmt::format("does not belong here: {} says it", port.size_from));
  }
  inner.finish();
  instance.windows.push_back(std::move(window));
}

void PackageParser::read_wire(TomlReader& reader, const WirePort& port, Instance& instance) {
  const std::string example =
      port.input.empty() ? fmt::format("the name of a {}", port.to_type)
                         : fmt::format("an input such as \"{}.{}[10]\"", port.to_type, port.input);
  const std::string text = reader.text(port.key, true);
  if (text.empty()) return;
  Wire wire{port.key, {}, {}, 0, reader.origin(port.key)};
  if (!parse_wire_end(text, wire) || wire.input != port.input) {
    return reader.error(
        port.key, fmt::format("\"{}\" is no place for this wire; expected {}", text, example));
  }
  instance.wires.push_back(std::move(wire));
}

void PackageParser::read_instance(const std::string& name, const toml::table& table,
                                  const std::string& file, const std::string& path, Die& die) {
  TomlReader reader(table, file, path + name, diagnostics_);
  Instance instance;
  instance.name = name;
  instance.origin = reader.origin();
  if (!valid_name(name)) reader.error("", "expected a name of lower-case letters, digits and _");
  const std::string type = reader.text("type", true);
  instance.type = find_model_type(type);
  if (!instance.type || instance.type->place != Place::kDie) {
    std::set<std::string, std::less<>> words;
    for (const ModelType& each : model_types()) {
      if (each.place == Place::kDie) words.insert(each.type);
    }
    if (!type.empty()) {
      reader.error("type", fmt::format("\"{}\" is no model{}", type, suggestion(type, words)));
    }
    complete_ = false;
    return;
  }
  instance.params = ParameterSet(instance.type->parameters);
  if (const toml::node* params = reader.take("params")) {
    if (const auto* inner = params->as_table()) {
      read_parameters(*inner, file, reader.path(""), instance.params);
    } else {
      reader.error("params", "expected { key = value, … }");
    }
  }
  for (const TargetPort& port : instance.type->targets) read_window(reader, port, instance);
  for (const std::string& key : instance.type->initiators) {
    instance.initiators[key] = reader.text(key, true);
    buses_.push_back({instance.initiators[key], reader.path(key), reader.origin(key)});
  }
  for (const WirePort& port : instance.type->wires) read_wire(reader, port, instance);
  reader.finish();
  die.instances.push_back(std::move(instance));
}

void PackageParser::check_buses(const Die& die) {
  for (const BusName& bus : buses_) {
    const Instance* found = die.find(bus.bus);
    if (bus.bus.empty() || (found && found->type->type == "crossbar")) continue;
    diagnostics_.error(bus.origin.file, bus.origin.line, bus.path,
                       fmt::format("there is no crossbar \"{}\" on this die", bus.bus));
  }
  buses_.clear();
}

bool PackageParser::read_die_file(const std::string& file, Die& die) {
  const auto table = parse_toml(
      file, diagnostics_,
      {die.origin.file, die.origin.line, die.name,
       fmt::format("cannot read the die file \"{}\"; expected a TOML file there", file)});
  if (!table) return false;
  const std::size_t errors_before = diagnostics_.errors().size();
  TomlReader reader(*table, file, "", diagnostics_);
  check_schema(reader);
  die.kind = reader.text("die", true);
  // A table's own order is alphabetical; the file's order is what a reader of the file sees.
  std::vector<std::pair<std::string, const toml::table*>> tables;
  for (const auto& [key, node] : *table) {
    if (!node.is_table()) continue;
    reader.take(key.str());
    tables.emplace_back(key.str(), node.as_table());
  }
  std::stable_sort(tables.begin(), tables.end(), [](const auto& a, const auto& b) {
    return TomlReader::line_of(*a.second) < TomlReader::line_of(*b.second);
  });
  for (const auto& [name, inner] : tables) read_instance(name, *inner, file, die.name + ".", die);
  reader.finish();
  check_buses(die);
  // The same die file, read for another die, would only repeat its errors.
  if (!files_.insert(file).second) diagnostics_.drop_errors_after(errors_before);
  return true;
}

std::string PackageParser::find_die_file(const std::string& name) const {
  namespace fs = std::filesystem;
  std::error_code ignored;
  std::vector<fs::path> places = {fs::path(source_.file).parent_path(),
                                  fs::path(source_.file).parent_path() / ".."};
  places.insert(places.end(), source_.search.begin(), source_.search.end());
  for (const fs::path& place : places) {
    const fs::path candidate = place / name;
    if (fs::exists(candidate, ignored)) return candidate.lexically_normal().string();
  }
  return (places.front() / name).lexically_normal().string();
}

void PackageParser::read_die(const toml::table& table, std::size_t number) {
  TomlReader reader(table, source_.file, fmt::format("dies[{}]", number), diagnostics_);
  Die die;
  die.origin = reader.origin();
  die.name = reader.text("name", true);
  if (!die.name.empty() && !valid_name(die.name)) {
    reader.error("name", "expected lower-case letters, digits and _, a letter first");
  }
  if (package_.find_die(die.name)) {
    reader.error("name", fmt::format("\"{}\" is taken by another die", die.name));
    die.name.clear();
  }
  const auto index = reader.integer("index", true);
  die.index = static_cast<unsigned>(std::min<std::uint64_t>(index.value_or(0), kMaxDies));
  if (index && *index >= kMaxDies) {
    reader.error("index", fmt::format("is {}; expected 0 to {}", *index, kMaxDies - 1));
  }
  const std::string file = reader.text("file", true);
  const toml::node* params = reader.take("params");
  reader.finish();
  if (file.empty() || die.name.empty()) {
    complete_ = false;
    return;
  }
  const std::string path = find_die_file(file);
  if (!read_die_file(path, die)) {
    complete_ = false;
    return;
  }
  if (params && !params->is_table()) reader.error("params", "expected { key = value, … }");
  if (params && params->is_table()) {
    std::vector<std::pair<std::string, const toml::node*>> entries;
    flatten(*params->as_table(), "", entries);
    for (const auto& [key, node] : entries) {
      const Origin origin{source_.file, TomlReader::line_of(*node)};
      const auto text = scalar_text(*node);
      if (text) {
        set_on_die(die, key, *text, origin, die.name + "." + key);
      } else {
        diagnostics_.error(origin.file, origin.line, die.name + "." + key, "expected one value");
      }
    }
  }
  package_.dies.push_back(std::move(die));
}

// `cpu.harts` names instance and parameter. The instance's name may be left out when only one
// instance of the die has such a parameter: `mac_array.fidelity`.
void PackageParser::set_on_die(Die& die, const std::string& key, const std::string& text,
                               const Origin& origin, const std::string& path) {
  const auto dot = key.find('.');
  if (dot != std::string::npos) {
    if (Instance* instance = die.find(key.substr(0, dot))) {
      return set_parameter(instance->params, key.substr(dot + 1), text, origin, path);
    }
  }
  Instance* only = nullptr;
  std::set<std::string, std::less<>> words;
  for (Instance& instance : die.instances) {
    for (const Parameter& row : instance.type->parameters) {
      words.insert(instance.name + "." + row.key);
    }
    if (!find_parameter(instance.type->parameters, key)) continue;
    if (only) {
      diagnostics_.error(origin.file, origin.line, path,
                         fmt::format("is not unique: {} and {} have it; expected the instance's "
                                     "name before it",
                                     only->name, instance.name));
      return;
    }
    only = &instance;
  }
  if (only) return set_parameter(only->params, key, text, origin, path);
  diagnostics_.error(
      origin.file, origin.line, path,
      fmt::format("unknown parameter of die \"{}\"{}", die.name, suggestion(key, words)));
}

std::optional<Package> PackageParser::parse() {
  package_.file = source_.file;
  const auto table =
      parse_toml(source_.file, diagnostics_,
                 {source_.file, 0, "",
                  "cannot read the package file; expected a TOML file there, for example "
                  "platform/packages/duo.toml"});
  if (!table) return {};
  TomlReader reader(*table, source_.file, "", diagnostics_);
  check_schema(reader);
  package_.name = reader.text("package", true);
  const auto each = [&](std::string_view key, bool required, auto&& read) {
    const toml::array* list = reader.array(key, required);
    if (!list) return;
    std::size_t number = 0;
    for (const toml::node& node : *list) {
      if (const auto* entry = node.as_table()) {
        read(*entry, number);
      } else {
        reader.error(key, "expected tables { … } in the list");
      }
      ++number;
    }
  };
  each("dies", true, [&](const toml::table& t, std::size_t n) { read_die(t, n); });
  each("links", false, [&](const toml::table& t, std::size_t n) { read_link(t, n); });
  each("devices", false, [&](const toml::table& t, std::size_t n) { read_device(t, n); });
  read_unconnected(reader);
  reader.finish();
  std::stable_sort(package_.dies.begin(), package_.dies.end(),
                   [](const Die& a, const Die& b) { return a.index < b.index; });
  apply_overrides();
  for (Die& die : package_.dies) check_die(die, diagnostics_);
  if (complete_) check_package(package_, unconnected_, diagnostics_);
  if (!diagnostics_.ok()) return {};
  report_idle_parameters();
  return std::move(package_);
}

std::optional<Package> load_package(const PackageSource& source, Diagnostics& diagnostics) {
  return PackageParser(source, diagnostics).parse();
}

}  // namespace cvp
