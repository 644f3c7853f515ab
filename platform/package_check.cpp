// SPDX-License-Identifier: Apache-2.0
//
// Checks that need the final values, after `--set`.
#include <algorithm>

#include <fmt/format.h>

#include "models/aplic/aplic_regs.h"  // generated
#include "platform/link_ends.h"
#include "platform/package_parser.h"

namespace cvp {
namespace {

constexpr std::uint64_t kDieSpan = std::uint64_t{1} << kDieShift;

struct Claimed {
  const Instance* instance;
  const MapWindow* window;
  std::string name() const {
    return window->key == "map" ? instance->name : instance->name + "." + window->key;
  }
};

std::string text(const AddrRange& range) {
  return fmt::format("[{}, {})", hex(range.base), hex(range.end()));
}

void size_windows(Die& die, Diagnostics& diagnostics) {
  for (Instance& instance : die.instances) {
    for (MapWindow& window : instance.windows) {
      const auto port =
          std::find_if(instance.type->targets.begin(), instance.type->targets.end(),
                       [&](const TargetPort& each) { return each.key == window.key; });
      if (port->size) window.range.size = port->size(instance.params);
      const std::string key = fmt::format("{}.{}.{}", die.name, instance.name, window.key);
      const auto error = [&](std::string what) {
        diagnostics.error(window.origin.file, window.origin.line, key, std::move(what));
      };
      const bool impossible =
          instance.type->check && !instance.type->check(instance.params).empty();
      if (window.range.size == 0 && !impossible) error("is empty; expected a size above 0");
      if (window.range.base % port->alignment != 0) {
        error(fmt::format("base {} is not aligned; expected a multiple of {}",
                          hex(window.range.base), hex(port->alignment)));
      }
      if (window.range.base >= kDieSpan || window.range.size > kDieSpan - window.range.base) {
        error(fmt::format("{} with size {} leaves the die's {} bits of address",
                          hex(window.range.base), hex(window.range.size), kDieShift));
        window.range.size = 0;
      }
    }
  }
}

void check_overlaps(const Die& die, Diagnostics& diagnostics) {
  std::vector<Claimed> claimed;
  for (const Instance& instance : die.instances) {
    for (const MapWindow& window : instance.windows) {
      for (const Claimed& other : claimed) {
        if (!window.range.overlaps(other.window->range)) continue;
        diagnostics.error(window.origin.file, window.origin.line,
                          fmt::format("{}.{}.{}", die.name, instance.name, window.key),
                          fmt::format("{} overlaps {} of {} (line {}); expected windows apart",
                                      text(window.range), text(other.window->range), other.name(),
                                      other.window->origin.line));
      }
      claimed.push_back({&instance, &window});
    }
  }
}

// `error` is `parameter: what`; the message goes to where that parameter was set.
void report(const std::string& path, const ModelType& type, const ParameterSet& params,
            const Origin& origin, Diagnostics& diagnostics) {
  if (!type.check || params.faulty()) return;
  for (const std::string& error : type.check(params)) {
    const auto colon = error.find(": ");
    const std::string key = error.substr(0, colon);
    const bool named = colon != std::string::npos && find_parameter(type.parameters, key);
    const bool set = named && !params.is_default(key);
    const Origin at = set ? params.origin(key) : origin;
    diagnostics.error(at.file, at.line, named ? path + "." + key : path,
                      named ? error.substr(colon + 2) : error);
  }
}

void check_parameters(const Die& die, Diagnostics& diagnostics) {
  for (const Instance& instance : die.instances) {
    report(die.name + "." + instance.name, *instance.type, instance.params, instance.origin,
           diagnostics);
  }
}

// Inputs that `type.input` has, from the parameter that counts them.
unsigned input_count(const Instance& instance, const std::string& input) {
  if (instance.type->type == "plic" && input == "source") {
    return static_cast<unsigned>(instance.params["sources"].integer) + 1;
  }
  return 0;
}

void check_wires(const Die& die, Diagnostics& diagnostics) {
  std::map<std::string, std::string> drivers;
  for (const Instance& instance : die.instances) {
    for (const Wire& wire : instance.wires) {
      const std::string key = fmt::format("{}.{}.{}", die.name, instance.name, wire.key);
      const auto error = [&](std::string what) {
        diagnostics.error(wire.origin.file, wire.origin.line, key, std::move(what));
      };
      const auto port = std::find_if(instance.type->wires.begin(), instance.type->wires.end(),
                                     [&](const WirePort& each) { return each.key == wire.key; });
      const Instance* target = die.find(wire.instance);
      if (!target || target->type->type != port->to_type) {
        error(fmt::format("dangling: there is no {} \"{}\" on this die", port->to_type,
                          wire.instance));
        continue;
      }
      if (wire.input.empty()) continue;
      const unsigned inputs = input_count(*target, wire.input);
      if (wire.index == 0 || wire.index + port->width > inputs) {
        error(fmt::format("{}[{}] with {} wires is out of range; expected 1 to {}", wire.input,
                          wire.index, port->width, inputs - port->width));
        continue;
      }
      for (unsigned n = wire.index; n < wire.index + port->width; ++n) {
        const std::string input = fmt::format("{}.{}[{}]", wire.instance, wire.input, n);
        const auto [entry, fresh] = drivers.emplace(input, instance.name);
        if (fresh) continue;
        error(fmt::format("{} is driven by {} already; expected an input of its own", input,
                          entry->second));
        break;
      }
    }
  }
}

void check_cores(const Die& die, Diagnostics& diagnostics) {
  for (const char* type : {"crossbar", "cpu_cluster", "npu_cluster", "plic", "clint", "imsic"}) {
    const auto all = die.of_type(type);
    if (all.size() > 1) {
      diagnostics.error(all[1]->origin.file, all[1]->origin.line, die.name + "." + all[1]->name,
                        fmt::format("is the second {}; expected one on a die", type));
    }
  }
  const auto require = [&](const char* type, const char* owner) {
    if (die.first(type)) return;
    diagnostics.error(die.origin.file, die.origin.line, die.name,
                      fmt::format("has no {}; expected one on a die{}", type, owner));
  };
  require("crossbar", "");
  if (!die.first("cpu_cluster")) return;
  require("clint", " with harts");
  require("plic", " with harts");
}

// With aia the plic is an APLIC, whose second domain needs the larger window.
void check_aia(Die& die, Diagnostics& diagnostics) {
  for (Instance& instance : die.instances) {
    if (instance.type->type == "imsic") instance.connected = die.has_aia();
  }
  if (!die.has_aia()) return;
  const Instance &cpu = *die.first("cpu_cluster"), *plic = die.first("plic");
  const Origin at = cpu.params.origin("aia");
  if (!die.first("imsic")) {
    diagnostics.error(at.file, at.line, die.name + "." + cpu.name + ".aia",
                      "the die has no imsic; expected one beside harts with aia");
  }
  const std::uint64_t needed = AplicRegs().size();
  const MapWindow* window = plic ? plic->window("map") : nullptr;
  if (!window || window->range.size >= needed) return;
  diagnostics.error(window->origin.file, window->origin.line, die.name + "." + plic->name + ".map",
                    fmt::format("{} is too small for an APLIC; expected at least {}",
                                hex(window->range.size), hex(needed)));
}

void check_indices(const Package& package, Diagnostics& diagnostics) {
  for (const Die& die : package.dies) {
    const auto error = [&](std::string what) {
      diagnostics.error(die.origin.file, die.origin.line, die.name + ".index", std::move(what));
    };
    for (const Die& other : package.dies) {
      if (&other == &die) break;
      if (other.index == die.index) {
        error(fmt::format("{} is the index of \"{}\" too; expected one of its own", die.index,
                          other.name));
      }
    }
    const bool has_harts = die.first("cpu_cluster") != nullptr;
    if (has_harts && die.index != 0) error("a die with harts is the host; expected index 0");
    if (!has_harts && die.index == 0) error("index 0 is the host's; this die has no cpu_cluster");
  }
  if (package.dies.empty() || package.dies.front().index != 0) {
    diagnostics.error(package.file, 0, "dies", "there is no host; expected a die with index 0");
  }
}

void check_edges(Package& package, const std::vector<OpenPort>& open, Diagnostics& diagnostics) {
  std::map<std::string, std::string> users;
  const auto use = [&](const PortName& port, const std::string& user, const Origin& origin) {
    const auto [entry, fresh] = users.emplace(port.text(), user);
    if (fresh) return;
    diagnostics.error(origin.file, origin.line, user,
                      fmt::format("port {} is taken by {} already", port.text(), entry->second));
  };
  for (const Link& link : package.links) {
    for (const PortName& end : link.ends) use(end, link.name, link.origin);
  }
  for (const Device& device : package.devices) use(device.port, device.name, device.origin);
  for (const OpenPort& port : open) use(port.port, "unconnected", port.origin);
  for (Die& die : package.dies) {
    for (Instance& instance : die.instances) {
      if (instance.type->edge.empty()) continue;
      const std::string name = die.name + "." + instance.name;
      const auto user = users.find(name);
      instance.connected = user != users.end() && user->second != "unconnected";
      if (user != users.end()) continue;
      diagnostics.error(package.file, die.origin.line, name,
                        fmt::format("port is not connected; expected a link or device there, or "
                                    "unconnected = [\"{}\"]",
                                    name));
    }
  }
}

// Where the harts are told to begin there has to be memory.
void check_reset_vector(const Die& die, Diagnostics& diagnostics) {
  const Instance* cpu = die.first("cpu_cluster");
  if (!cpu || cpu->params.faulty() || cpu->params.is_default("reset_vector")) return;
  const Addr vector = cpu->params["reset_vector"].integer;
  const auto holds = [&](const Instance& part) {
    const bool memory = part.type->type == "rom" || part.type->type == "ram";
    return memory && part.window("map")->range.contains(vector);
  };
  if (vector % 2 == 0 && std::any_of(die.instances.begin(), die.instances.end(), holds)) return;
  const Origin origin = cpu->params.origin("reset_vector");
  diagnostics.error(origin.file, origin.line, die.name + "." + cpu->name + ".reset_vector",
                    hex(vector) + ": expected an even address in a rom or ram of this die");
}

void check_names(const Package& package, Diagnostics& diagnostics) {
  std::map<std::string, int> lines;
  const auto add = [&](const std::string& name, const Origin& origin) {
    if (lines.emplace(name, origin.line).second) return;
    diagnostics.error(origin.file, origin.line, name, "the name is taken; expected another one");
  };
  for (const Die& die : package.dies) add(die.name, die.origin);
  for (const Link& link : package.links) add(link.name, link.origin);
  for (const Device& device : package.devices) add(device.name, device.origin);
}

// A CXL device must fit into the window that its root port decodes.
void check_devices(const Package& package, Diagnostics& diagnostics) {
  for (const Device& device : package.devices) {
    const MapWindow* window =
        package.find_die(device.port.die)->find(device.port.port)->window("window");
    const std::uint64_t capacity = device.params["capacity"].integer;
    if (!window || capacity <= window->range.size) continue;
    diagnostics.error(
        device.origin.file, device.origin.line, device.name + ".capacity",
        fmt::format("{} does not fit; expected at most the {} of {}'s window",
                    device.params["capacity"].text,
                    format_quantity(Unit::kBytes, window->range.size), device.port.text()));
  }
}

}  // namespace

void check_die(Die& die, Diagnostics& diagnostics) {
  check_parameters(die, diagnostics);
  size_windows(die, diagnostics);
  check_overlaps(die, diagnostics);
  check_wires(die, diagnostics);
  check_cores(die, diagnostics);
  check_reset_vector(die, diagnostics);
  check_aia(die, diagnostics);
}

void check_package(Package& package, const std::vector<OpenPort>& unconnected,
                   Diagnostics& diagnostics) {
  check_indices(package, diagnostics);
  check_names(package, diagnostics);
  check_edges(package, unconnected, diagnostics);
  check_devices(package, diagnostics);
  for (const Link& link : package.links) check_link_ends(package, link, diagnostics);
  for (const Device& device : package.devices) {
    report(device.name, *device.type, device.params, device.origin, diagnostics);
  }
}

}  // namespace cvp
