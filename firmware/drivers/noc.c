// SPDX-License-Identifier: Apache-2.0
#include "drivers/noc.h"

#include "noc_regs.h"  // generated from models/noc/noc.regs.toml

uint32_t noc_die_index(const noc_t* noc) {
  return mmio_read32(noc->base + NOC_ID) & NOC_ID_DIE_INDEX;
}

uint32_t noc_ports(const noc_t* noc) {
  return (mmio_read32(noc->base + NOC_ID) & NOC_ID_PORTS) >> NOC_ID_PORTS_SHIFT;
}

static noc_status_t write_route(const noc_t* noc, uint32_t die, uint32_t value) {
  if (die >= NOC_ROUTE_COUNT) return NOC_ERANGE;
  const uintptr_t address = noc->base + NOC_ROUTE + NOC_ROUTE_STRIDE * die;
  mmio_write32(address, value);
  return mmio_read32(address) == value ? NOC_OK : NOC_EVERIFY;
}

noc_status_t noc_set_route(const noc_t* noc, uint32_t die, uint32_t port) {
  if (port > NOC_ROUTE_PORT >> NOC_ROUTE_PORT_SHIFT) return NOC_ERANGE;
  return write_route(noc, die, NOC_ROUTE_VALID | port << NOC_ROUTE_PORT_SHIFT);
}

noc_status_t noc_clear_route(const noc_t* noc, uint32_t die) { return write_route(noc, die, 0); }
