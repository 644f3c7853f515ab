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
  if (options.direct) {
    const Die& die = *package.find_die(device.port.die);
    params.direct_base = direct_cxl_range(die, *die.find(device.port.port), device).base;
  }
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

// The store that holds an address, and the address's place in it.
bool Platform::access(Addr address, tlm::tlm_command command, std::uint8_t* data,
                      std::uint64_t size) const {
  const auto reach = [&](BackingStore& store, AddrRange range) {
    if (!range.contains(address, size)) return false;
    if (address - range.base + size > store.size()) return false;
    const std::uint64_t offset = address - range.base;
    if (command == tlm::TLM_READ_COMMAND) {
      store.read(offset, {data, size});
    } else {
      store.write(offset, {data, size});
    }
    return true;
  };
  for (const auto& die : dies_) {
    const Addr base = die->die().base();
    for (const auto& [instance, memory] : die->all<Memory>()) {
      const AddrRange range = instance->window("map")->range;
      if (reach(memory->store(), {base + range.base, range.size})) return true;
    }
    for (const auto& [instance, stack] : die->all<HbmStack>()) {
      const AddrRange range = instance->window("mem")->range;
      if (reach(stack->store(), {base + range.base, range.size})) return true;
    }
  }
  for (const auto& device : devices_) {
    const Die& die = *package_.find_die(device->device().port.die);
    const Instance& port = *die.find(device->device().port.port);
    if (reach(*device->expander->store(), direct_cxl_range(die, port, device->device()))) {
      return true;
    }
  }
  return false;
}

bool Platform::read(Addr address, std::span<std::uint8_t> out) const {
  return access(address, tlm::TLM_READ_COMMAND, out.data(), out.size());
}

bool Platform::write(Addr address, std::span<const std::uint8_t> in) const {
  return access(address, tlm::TLM_WRITE_COMMAND, const_cast<std::uint8_t*>(in.data()), in.size());
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
