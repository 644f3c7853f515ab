// SPDX-License-Identifier: Apache-2.0
#include "platform/platform.h"

#include <algorithm>

#include "models/core/wait_reporter.h"
#include "models/cxl/cxl_root_port.h"
#include "models/hbm/hbm.h"
#include "models/memory/memory.h"
#include "models/ucie/ucie_port.h"
#include "platform/direct_boot.h"
#include "platform/link_params.h"

namespace cvp {

DeviceModule::DeviceModule(sc_core::sc_module_name name, const Package& package,
                           const Device& device, const BuildOptions& options)
    : sc_module(name), device_(device) {
  auto params = device.params.make<CxlExpanderParams>();
  if (options.direct) params.direct_base = package.direct_range(device).base;
  expander = std::make_unique<CxlExpander>("expander", actions, params);
}

Platform::Platform(sc_core::sc_module_name name, const Package& package,
                   const BuildOptions& options)
    : sc_module(name), package_(package) {
  build(options.reversed, options);
  join_links();
  if (!options.direct) return;
  // Routes as the first stage would write them: breadth first over the links, lowest port first.
  for (const auto& die : dies_) set_direct_routes(package_, *die);
}

void Platform::build(bool reversed, const BuildOptions& options) {
  dies_.resize(package_.dies.size());
  devices_.resize(package_.devices.size());
  const auto order = [reversed](std::size_t count, auto&& make) {
    for (std::size_t n = 0; n < count; ++n) make(reversed ? count - 1 - n : n);
  };
  const auto make_dies = [&] {
    order(dies_.size(), [&](std::size_t n) {
      const Die& die = package_.dies[n];
      dies_[n] = std::make_unique<DieModule>(die.name.c_str(), package_, die, options);
    });
  };
  if (!reversed) make_dies();
  order(devices_.size(), [&](std::size_t n) {
    const Device& device = package_.devices[n];
    devices_[n] = std::make_unique<DeviceModule>(device.name.c_str(), package_, device, options);
  });
  if (reversed) make_dies();
}

DieModule& Platform::die(std::string_view name) const {
  const auto found = std::find_if(dies_.begin(), dies_.end(),
                                  [name](const auto& die) { return die->die().name == name; });
  CVP_CHECK(found != dies_.end(), "no die ", name);
  return **found;
}

void Platform::join_links() {
  for (const Link& link : package_.links) {
    auto* a = die(link.ends[0].die).find<UciePort>(link.ends[0].port);
    auto* b = die(link.ends[1].die).find<UciePort>(link.ends[1].port);
    a->peer.bind(b->inbox);
    b->peer.bind(a->inbox);
  }
  for (const auto& device : devices_) {
    const PortName& port = device->device().port;
    auto* root = die(port.die).find<CxlRootPort>(port.port);
    root->peer.bind(device->expander->inbox);
    device->expander->peer.bind(root->inbox);
  }
}

std::vector<Platform::Memory> Platform::memories() const {
  std::vector<Memory> all;
  for (const auto& die : dies_) {
    const std::string prefix = die->die().name + ".";
    const auto global = [&](const Instance& instance, const char* key) {
      const AddrRange range = instance.window(key)->range;
      return AddrRange{die->die().base() + range.base, range.size};
    };
    for (const auto& [instance, memory] : die->all<cvp::Memory>()) {
      all.push_back({prefix + instance->name, global(*instance, "map"), &memory->store()});
    }
    for (const auto& [instance, stack] : die->all<HbmStack>()) {
      all.push_back({prefix + instance->name, global(*instance, "mem"), &stack->store()});
    }
  }
  for (const auto& device : devices_) {
    all.push_back({device->device().name, package_.direct_range(device->device()),
                   device->expander->store().get()});
  }
  return all;
}

const Platform::Memory* Platform::find_memory(const std::vector<Memory>& all, Addr address,
                                              std::uint64_t size) const {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Memory& memory) {
    return memory.range.contains(address, size) &&
           address - memory.range.base + size <= memory.store->size();
  });
  return found == all.end() ? nullptr : &*found;
}

bool Platform::read(Addr address, std::span<std::uint8_t> out) const {
  const auto all = memories();
  const Memory* memory = find_memory(all, address, out.size());
  if (memory) memory->store->read(address - memory->range.base, out);
  return memory != nullptr;
}

bool Platform::write(Addr address, std::span<const std::uint8_t> in) const {
  const auto all = memories();
  const Memory* memory = find_memory(all, address, in.size());
  if (memory) memory->store->write(address - memory->range.base, in);
  return memory != nullptr;
}

std::string Platform::memory_at(Addr address) const {
  const auto all = memories();
  const Memory* memory = find_memory(all, address, 1);
  return memory ? memory->name : "";
}

void Platform::load(const Image& image) const {
  for (const ImageSegment& segment : image.segments) {
    CVP_CHECK(write(segment.address, segment.bytes), image.file, " at ", hex(segment.address));
  }
}

std::vector<std::string> Platform::waiting() const {
  std::vector<std::string> lines;
  const auto visit = [&](const auto& self, const sc_core::sc_object& object) -> void {
    if (const auto* reporter = dynamic_cast<const WaitReporter*>(&object)) {
      const std::string text = reporter->waiting();
      if (!text.empty()) lines.push_back(std::string(object.name()) + ": " + text);
    }
    for (const sc_core::sc_object* child : object.get_child_objects()) self(self, *child);
  };
  visit(visit, *this);
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace cvp
