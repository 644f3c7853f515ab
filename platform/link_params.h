// SPDX-License-Identifier: Apache-2.0
//
// Parameters of models that follow from more than one part of a package.
#pragma once

#include "models/cxl/cxl_expander.h"
#include "models/cxl/cxl_root_port.h"
#include "platform/package.h"

namespace cvp {

/// Both ends of a CXL link have the shape that the device's entry gives.
inline CxlRootPortParams root_port_params(const Package& package, const Device& device,
                                          bool direct) {
  const Die& die = *package.find_die(device.port.die);
  const Instance& port = *die.find(device.port.port);
  const auto expander = device.params.make<CxlExpanderParams>();
  CxlRootPortParams params;
  const AddrRange window = port.window("window")->range;
  params.mmio_base = die.base() + port.window("mmio")->range.base;
  params.window = {die.base() + window.base, window.size};
  params.link = expander.link;
  params.dead = expander.dead;
  params.fidelity = expander.fidelity;
  if (direct) params.direct = package.direct_range(device);
  return params;
}

}  // namespace cvp
