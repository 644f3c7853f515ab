// SPDX-License-Identifier: Apache-2.0
//
// Questions about a checked package; reading one is in package_parser.cpp.
#include "platform/package.h"

#include <algorithm>

namespace cvp {
namespace {

template <class List, class Name>
auto find_named(List& list, const Name& name) -> decltype(&*list.begin()) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const auto& entry) { return entry.name == name; });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

const MapWindow* Instance::window(std::string_view key) const {
  const auto found = std::find_if(windows.begin(), windows.end(),
                                  [key](const MapWindow& window) { return window.key == key; });
  return found == windows.end() ? nullptr : &*found;
}

const Wire* Instance::wire(std::string_view key) const {
  const auto found =
      std::find_if(wires.begin(), wires.end(), [key](const Wire& wire) { return wire.key == key; });
  return found == wires.end() ? nullptr : &*found;
}

const Instance* Die::find(std::string_view instance) const {
  return find_named(instances, instance);
}

Instance* Die::find(std::string_view instance) { return find_named(instances, instance); }

std::vector<const Instance*> Die::of_type(std::string_view type) const {
  std::vector<const Instance*> found;
  for (const Instance& instance : instances) {
    if (instance.type->type == type) found.push_back(&instance);
  }
  return found;
}

const Instance* Die::first(std::string_view type) const {
  const auto all = of_type(type);
  return all.empty() ? nullptr : all.front();
}

bool Die::has_aia() const {
  const Instance* cpu = first("cpu_cluster");
  return cpu != nullptr && cpu->params["aia"].integer != 0;
}

unsigned Die::port_number(std::string_view port) const {
  unsigned number = 0;
  const Instance* self = find(port);
  CVP_CHECK(self, "no port ", port, " on die ", name);
  for (const Instance& instance : instances) {
    if (&instance == self) break;
    if (instance.type == self->type) ++number;
  }
  return number;
}

const Die* Package::find_die(std::string_view name) const { return find_named(dies, name); }

const Link* Package::link_at(std::string_view die, std::string_view port) const {
  for (const Link& link : links) {
    for (const PortName& end : link.ends) {
      if (end.die == die && end.port == port) return &link;
    }
  }
  return nullptr;
}

const PortName* Package::peer(std::string_view die, std::string_view port) const {
  const Link* link = link_at(die, port);
  if (!link) return nullptr;
  const bool first = link->ends[0].die == die && link->ends[0].port == port;
  return &link->ends[first ? 1 : 0];
}

const Device* Package::device_at(std::string_view die, std::string_view port) const {
  for (const Device& device : devices) {
    if (device.port.die == die && device.port.port == port) return &device;
  }
  return nullptr;
}

AddrRange Package::direct_range(const Device& expander) const {
  const Die& die = *find_die(expander.port.die);
  const Instance& port = *die.find(expander.port.port);
  return {die.base() + port.window("window")->range.base, expander.params["capacity"].integer};
}

unsigned Package::message_number(const Die& die, const Instance& sender) const {
  unsigned number = 0;
  for (const char* type : {"npu_cluster", "hbm_stack", "ucie_port"}) {
    for (const Die& each : dies) {
      for (const Instance* instance : each.of_type(type)) {
        if (&each == &die && instance == &sender) return number;
        ++number;
      }
    }
  }
  CVP_CHECK(false, sender.name, " sends no messages of its own on die ", die.name);
  return 0;
}

}  // namespace cvp
