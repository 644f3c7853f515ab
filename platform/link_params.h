// SPDX-License-Identifier: Apache-2.0
//
// Parameters of models that follow from more than one part of a package.
#pragma once

#include "models/cxl/cxl_expander.h"
#include "models/cxl/cxl_root_port.h"
#include "platform/package.h"

namespace cvp {

/// Where the device's memory lies in the host's address space when `--boot direct` has placed it.
inline AddrRange direct_cxl_range(const Die& die, const Instance& port, const Device& device) {
  return {die.base() + port.window("window")->range.base, device.params["capacity"].integer};
}

/// Both ends of a CXL link have the shape that the device's entry gives.
inline CxlRootPortParams root_port_params(const Die& die, const Instance& port,
                                          const Device& device, bool direct) {
  const auto expander = device.params.make<CxlExpanderParams>();
  CxlRootPortParams params;
  const AddrRange window = port.window("window")->range;
  params.mmio_base = die.base() + port.window("mmio")->range.base;
  params.window = {die.base() + window.base, window.size};
  params.link = expander.link;
  params.dead = expander.dead;
  params.fidelity = expander.fidelity;
  if (direct) params.direct = direct_cxl_range(die, port, device);
  return params;
}

}  // namespace cvp
