// SPDX-License-Identifier: Apache-2.0
//
// CXL enumeration: root port, the memory device behind it, its BAR, HDM decoders on both sides.
#include <stdio.h>

#include "apps/first_stage.h"
#include "drivers/cxl.h"
#include "lib/console.h"
#include "lib/trap.h"

enum { kMegabyte = 1 << 20, kTestBytes = 65536, kTestStep = 64 };

// Each step says what failed; null when all went well.
typedef struct {
  bridge_t* bridge;
  const char* failure;
} enumeration_t;

static const char* status_name(cxl_status_t status) {
  static const char* const kNames[] = {
      [CXL_OK] = "ok",
      [CXL_ENODEV] = "no CXL memory device answers",
      [CXL_ELINK] = "the link is down",
      [CXL_ENOCAP] = "a capability is missing",
      [CXL_ERANGE] = "base or size is no multiple of 256 MiB",
      [CXL_ECOMMIT] = "the decoder did not commit",
  };
  return kNames[status];
}

static void print_function(const char* what, const cxl_function_t* function, uint32_t bus,
                           const cxl_identity_t* identity) {
  log_line("  %02x:00.0 %s: [%04x:%04x] class %06x rev %u", bus, what, identity->vendor,
           identity->device, identity->class_code, identity->revision);
  cxl_dvsec_t dvsec = {0};
  while (cxl_next_dvsec(function, &dvsec) == CXL_OK) {
    log_line("    DVSEC at %#x: vendor %04x id %u rev %u, %u bytes: %s", dvsec.offset, dvsec.vendor,
             dvsec.id, dvsec.revision, dvsec.length, cxl_dvsec_name(&dvsec));
  }
}

static const char* open_port(const bridge_t* bridge, const cxl_function_t* port) {
  cxl_identity_t identity;
  if (cxl_identify(port, &identity) != CXL_OK) return "no root port";
  print_function("CXL root port", port, bridge->bus, &identity);
  const cxl_link_t link = cxl_port_link(port);
  if (!link.active) return status_name(CXL_ELINK);
  log_line("    link up: x%u, %u GT/s", link.width, 1u << link.speed);
  cxl_port_set_buses(port, (uint8_t)bridge->bus, (uint8_t)(bridge->bus + 1));
  cxl_port_open_window(port, (uint32_t)bridge->mmio.base, kMegabyte);
  return NULL;
}

static const char* set_up_device(const bridge_t* bridge, const cxl_function_t* device,
                                 uint64_t* bar) {
  cxl_identity_t identity;
  if (cxl_identify(device, &identity) != CXL_OK) return status_name(CXL_ENODEV);
  print_function("CXL memory device", device, bridge->bus + 1, &identity);
  if (identity.class_code >> 8 != 0x0502) return status_name(CXL_ENODEV);
  const uint64_t bytes = cxl_bar0_size(device);
  *bar = bridge->mmio.base;
  if (bytes == 0 || bytes > kMegabyte || *bar % bytes != 0) return "BAR 0 does not fit";
  cxl_bar0_assign(device, *bar);
  log_line("    BAR 0: %lu KiB at %#lx", bytes >> 10, *bar);
  return NULL;
}

static const char* commit(const char* who, uintptr_t base, uint64_t window, uint64_t bytes) {
  const cxl_component_t component = {base};
  const cxl_status_t status = cxl_commit_decoder(&component, window, bytes);
  if (status != CXL_OK) return status_name(status);
  log_line("    HDM decoder 0 of %u, %s: %#lx, %lu MiB, committed", cxl_decoder_count(&component),
           who, window, bytes >> 20);
  return NULL;
}

static const char* open_memory(bridge_t* bridge, const cxl_function_t* device, uint64_t bar) {
  cxl_register_block_t components, registers;
  if (cxl_find_block(device, CXL_BLOCK_COMPONENT, &components) != CXL_OK ||
      cxl_find_block(device, CXL_BLOCK_MEMORY_DEVICE, &registers) != CXL_OK) {
    return status_name(CXL_ENOCAP);
  }
  if (!cxl_media_ready(bar + registers.offset)) return "the media is not ready";
  uint64_t bytes = cxl_memory_size(device);
  if (bytes > bridge->window.size) bytes = bridge->window.size;
  const cxl_status_t enabled = cxl_enable_memory(device);
  if (enabled != CXL_OK) return status_name(enabled);
  const char* failure = commit("device", bar + components.offset, bridge->window.base, bytes);
  if (failure == NULL) failure = commit("host bridge", bridge->base, bridge->window.base, bytes);
  bridge->memory = (range_t){bridge->window.base, bytes};
  return failure;
}

static void enumerate(void* argument) {
  enumeration_t* run = argument;
  bridge_t* bridge = run->bridge;
  const cxl_function_t port = cxl_function(bridge->ecam.base, bridge->bus, 0, 0);
  const cxl_function_t device = cxl_function(bridge->ecam.base, bridge->bus + 1, 0, 0);
  uint64_t bar;
  run->failure = open_port(bridge, &port);
  if (run->failure == NULL) run->failure = set_up_device(bridge, &device, &bar);
  if (run->failure == NULL) run->failure = open_memory(bridge, &device, bar);
}

static void bring_up_bridge(bridge_t* bridge, uint32_t index) {
  enumeration_t run = {.bridge = bridge};
  trap_record_t record;
  log_line("cxl%u: host bridge at %#lx, ECAM %#lx, window %#lx", index, bridge->base,
           bridge->ecam.base, bridge->window.base);
  if (!guarded(enumerate, &run, &record)) {
    log_line("  FAILED: %s at %#lx; left out", trap_cause_name(record.cause), record.tval);
    return;
  }
  if (run.failure != NULL) {
    log_line("  FAILED: %s; left out", run.failure);
    return;
  }
  char name[16];
  snprintf(name, sizeof name, "cxl%u", index);
  const uint64_t last = bridge->memory.base + bridge->memory.size - kTestBytes;
  bridge->usable = memory_test(name, bridge->memory.base, kTestBytes, kTestStep) &&
                   memory_test(name, last, kTestBytes, kTestStep);
  if (bridge->usable) {
    log_line("  %lu MiB usable; memory test: %u KiB at each end passed", bridge->memory.size >> 20,
             kTestBytes >> 10);
  }
}

void bring_up_cxl(machine_t* machine) {
  for (uint32_t i = 0; i < machine->bridge_count; ++i) bring_up_bridge(&machine->bridges[i], i);
}
