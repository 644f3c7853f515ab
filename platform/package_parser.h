// SPDX-License-Identifier: Apache-2.0
//
// One run of reading a package: private to load_package.
#pragma once

#include <set>

#include "platform/toml_reader.h"

namespace cvp {

/// A port that the package leaves open on purpose.
struct OpenPort {
  PortName port;
  Origin origin;
};

/// Lower-case letters, digits and _, a letter first.
bool valid_name(std::string_view name);

class PackageParser {
 public:
  PackageParser(const PackageSource& source, Diagnostics& diagnostics);
  std::optional<Package> parse();

 private:
  struct BusName {
    std::string bus, path;
    Origin origin;
  };

  void read_die(const toml::table& table, std::size_t number);
  bool read_die_file(const std::string& file, Die& die);
  std::string find_die_file(const std::string& name) const;
  void read_instance(const std::string& name, const toml::table& table, const std::string& file,
                     const std::string& path, Die& die);
  void read_window(TomlReader& reader, const TargetPort& port, Instance& instance);
  void read_wire(TomlReader& reader, const WirePort& port, Instance& instance);
  void check_buses(const Die& die);
  void read_link(const toml::table& table, std::size_t number);
  std::string link_name(const Link& link) const;
  void read_device(const toml::table& table, std::size_t number);
  void read_unconnected(TomlReader& reader);
  void read_rest(const toml::table& table, std::initializer_list<std::string_view> fixed,
                 const ModelType* type, ParameterSet& params, const std::string& path);
  std::optional<PortName> parse_port(const std::string& text, TomlReader& reader,
                                     std::string_view key, std::string_view edge);

  void read_parameters(const toml::table& table, const std::string& file, const std::string& path,
                       ParameterSet& params);
  void set_on_die(Die& die, const std::string& key, const std::string& text, const Origin& origin,
                  const std::string& path);
  void set_parameter(ParameterSet& params, const std::string& key, const std::string& text,
                     const Origin& origin, const std::string& path);
  void apply_overrides();
  void apply_override(const Override& override_);
  void report_idle_parameters();

  const PackageSource& source_;
  Diagnostics& diagnostics_;
  Package package_;
  std::vector<OpenPort> unconnected_;
  std::vector<BusName> buses_;
  std::set<std::string> files_;  ///< Die files read so far.
  bool complete_ = true;         ///< Every die was read.
};

/// What needs the final values of one die: sizes of windows (filled in here), overlaps, wires.
void check_die(Die& die, Diagnostics& diagnostics);
/// What needs all dies: indices, ports that are used twice or not at all (those left open on
/// purpose are marked), parameters of connected parts that do not go together.
void check_package(Package& package, const std::vector<OpenPort>& unconnected,
                   Diagnostics& diagnostics);

}  // namespace cvp
