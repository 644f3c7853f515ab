// SPDX-License-Identifier: Apache-2.0
//
// Options of `run` for the host's devices, in QEMU's spelling as far as it makes sense. What a
// device is becomes parameters of the package, so that all that a parameter is checked for holds
// here too; where it leads is the run's alone.
#pragma once

#include <CLI/CLI.hpp>

#include "platform/outside/connections.h"
#include "platform/package.h"

namespace cvp {

struct DeviceOptions {
  std::string rtc, uart, pcap;
  std::vector<std::string> drives, devices;
  bool all_input = false;

  void add_to(CLI::App& command);
  /// Sets what was asked for on the host die, and opens where it leads.
  OutsideEnds apply(Package& package, Diagnostics& diagnostics) const;
};

}  // namespace cvp
