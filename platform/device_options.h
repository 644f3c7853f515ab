// SPDX-License-Identifier: Apache-2.0
//
// Options of `run` for the host's devices, in QEMU's spelling as far as it makes sense. They set
// parameters of the package, so that all that a parameter is checked for holds for them too.
#pragma once

#include <CLI/CLI.hpp>

#include "platform/package.h"

namespace cvp {

struct DeviceOptions {
  std::string rtc;
  std::vector<std::string> drives, devices;

  void add_to(CLI::App& command);
  /// Sets what was asked for on the host die.
  void apply(Package& package, Diagnostics& diagnostics) const;
};

}  // namespace cvp
