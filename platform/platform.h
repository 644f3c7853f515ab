// SPDX-License-Identifier: Apache-2.0
//
// The whole package as SystemC modules: dies, devices and the messages between them, with images
// loaded and consoles connected. Runs until something ends it.
#pragma once

#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "models/core/message.h"
#include "models/cxl/cxl_expander.h"
#include "platform/die_module.h"
#include "platform/image.h"

namespace cvp {

/// A device beside the dies, with an action queue of its own.
class DeviceModule : public sc_core::sc_module {
 public:
  DeviceModule(sc_core::sc_module_name name, const Package& package, const Device& device,
               const BuildOptions& options);
  const Device& device() const { return device_; }

  ActionQueue actions{"actions"};
  std::unique_ptr<CxlExpander> expander;

 private:
  const Device& device_;
};

class Platform : public sc_core::sc_module {
 public:
  Platform(sc_core::sc_module_name name, const Package& package, const BuildOptions& options);

  const Package& package() const { return package_; }
  DieModule& die(std::size_t number) const { return *dies_[number]; }
  DieModule& die(std::string_view name) const;
  DieModule& host() const { return *dies_.front(); }
  const std::vector<std::unique_ptr<DieModule>>& dies() const { return dies_; }
  const std::vector<std::unique_ptr<DeviceModule>>& devices() const { return devices_; }

  /// Without time or side effects, by global address; false if something does not answer. Memory
  /// is reached on its own die, so that it works when links are down.
  bool read(Addr address, std::span<std::uint8_t> out) const;
  bool write(Addr address, std::span<const std::uint8_t> in) const;
  void load(const Image& image) const;
  /// Name of the memory that holds an address, as in the statistics; empty if none does.
  std::string memory_at(Addr address) const;

  /// Every module that waits for something, one line each.
  std::vector<std::string> waiting() const;

 private:
  void build(bool reversed, const BuildOptions& options);
  void join_links();
  struct Memory {
    std::string name;
    AddrRange range;
    BackingStore* store;
  };
  std::vector<Memory> memories() const;
  const Memory* find_memory(const std::vector<Memory>& all, Addr address, std::uint64_t size) const;

  const Package& package_;
  std::vector<std::unique_ptr<DieModule>> dies_;        // By index.
  std::vector<std::unique_ptr<DeviceModule>> devices_;  // In the order of the package.
};

}  // namespace cvp
