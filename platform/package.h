// SPDX-License-Identifier: Apache-2.0
//
// A package as parsed and checked: dies with their instances, links, devices, the address map of
// each die. Everything else (modules, device tree, diagram) is made from it. No SystemC.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/core/address_range.h"
#include "models/noc/address_map.h"
#include "platform/model_type.h"

namespace cvp {

inline constexpr unsigned kFirstMessageSource = 96;

struct Wire {
  std::string key;       ///< Output, for example `irq`.
  std::string instance;  ///< Instance at the other end.
  std::string input;     ///< Empty: the whole instance.
  unsigned index = 0;
  Origin origin;
};

/// One window of a die's address map, relative to the die.
struct MapWindow {
  std::string key;  ///< `map`, `regs`, `mem`, …
  AddrRange range;
  Origin origin;
};

struct Instance {
  std::string name;
  const ModelType* type = nullptr;
  ParameterSet params;
  std::map<std::string, std::string> initiators;  ///< Key to bus.
  std::vector<MapWindow> windows;
  std::vector<Wire> wires;
  Origin origin;
  /// False for a port at the die's edge that the package leaves open, and for an IMSIC of harts
  /// without AIA: it is not built.
  bool connected = true;

  const MapWindow* window(std::string_view key) const;
  const Wire* wire(std::string_view key) const;
};

struct Die {
  std::string name;
  std::string kind;  ///< The die file's own name.
  unsigned index = 0;
  std::vector<Instance> instances;
  Origin origin;

  Addr base() const { return Addr{index} << kDieShift; }
  const Instance* find(std::string_view instance) const;
  Instance* find(std::string_view instance);
  /// All instances of a type, in the order of the file.
  std::vector<const Instance*> of_type(std::string_view type) const;
  /// The first instance of a type, or null.
  const Instance* first(std::string_view type) const;
  /// Whether its harts have the Advanced Interrupt Architecture.
  bool has_aia() const;
  /// Number of a port among the die's ports of its type: its place in the file.
  unsigned port_number(std::string_view port) const;
};

struct PortName {
  std::string die, port;
  std::string text() const { return die + "." + port; }
};

struct Link {
  std::string name;  ///< `host-npu0` unless the file says otherwise.
  PortName ends[2];
  const ModelType* type = nullptr;
  ParameterSet params;
  Origin origin;
};

struct Device {
  std::string name;
  PortName port;
  const ModelType* type = nullptr;
  ParameterSet params;
  Origin origin;
};

struct Package {
  std::string name;
  std::string file;
  std::vector<Die> dies;  ///< By index.
  std::vector<Link> links;
  std::vector<Device> devices;

  const Die* find_die(std::string_view name) const;
  const Die& host() const { return dies.front(); }
  /// The other end of a die-to-die port, or null.
  const PortName* peer(std::string_view die, std::string_view port) const;
  const Link* link_at(std::string_view die, std::string_view port) const;
  const Device* device_at(std::string_view die, std::string_view port) const;
  /// Where `--boot direct` puts an expander's memory, and our first stage too.
  AddrRange direct_range(const Device& expander) const;
  /// Message number that the interrupts of an NPU, an HBM stack or a UCIe port carry: NPUs in order
  /// of die index, then of the file, the stacks behind them alike, and the ports behind those.
  unsigned message_number(const Die& die, const Instance& sender) const;
};

/// A `--set KEY=VALUE` of the command line.
struct Override {
  std::string key, value;
};
/// Splits `KEY=VALUE`; a missing `=` is an error.
std::optional<Override> parse_override(const std::string& text, Diagnostics& diagnostics);

struct PackageSource {
  std::string file;
  std::vector<std::string> overrides;  ///< `KEY=VALUE`, in order.
  /// Where die files are searched when they are not beside the package file.
  std::vector<std::filesystem::path> search;
};

/// Reads, checks and completes a package. Empty when `diagnostics` holds errors; it then holds all.
std::optional<Package> load_package(const PackageSource& source, Diagnostics& diagnostics);

}  // namespace cvp
