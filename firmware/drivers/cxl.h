// SPDX-License-Identifier: Apache-2.0
//
// Driver for a CXL root port, a type-3 device behind it, and the HDM decoders of both:
// configuration space through ECAM, component registers where the register locator says they are.
// Never waits.
#ifndef CVP_FIRMWARE_DRIVERS_CXL_H_
#define CVP_FIRMWARE_DRIVERS_CXL_H_

#include <stdbool.h>

#include "mmio.h"

typedef enum {
  CXL_OK = 0,
  CXL_ENODEV,   // Nothing answers, or it is no CXL memory device.
  CXL_ELINK,    // The root port's link is not up.
  CXL_ENOCAP,   // A capability that is needed is missing.
  CXL_ERANGE,   // Base or size is no multiple of 256 MiB, or the BAR does not fit.
  CXL_ECOMMIT,  // A decoder did not commit.
} cxl_status_t;

// The 4 KiB of configuration space of one function.
typedef struct {
  uintptr_t base;
} cxl_function_t;

// A block of component registers, 64 KiB.
typedef struct {
  uintptr_t base;
} cxl_component_t;

typedef struct {
  uint16_t vendor, device;
  uint32_t class_code;
  uint8_t revision, header_type;
} cxl_identity_t;

typedef struct {
  uint16_t offset, vendor, id, length;
  uint8_t revision;
} cxl_dvsec_t;

typedef struct {
  uint8_t speed, width;  // Speed as a generation number: 5 is 32 GT/s.
  bool active;
} cxl_link_t;

typedef struct {
  uint8_t bar, id;
  uint64_t offset;
} cxl_register_block_t;

cxl_function_t cxl_function(uintptr_t ecam, uint32_t bus, uint32_t device, uint32_t function);
NODISCARD cxl_status_t cxl_identify(const cxl_function_t* function, cxl_identity_t* identity);
// The next DVSEC after `dvsec` (zeroed: the first); CXL_ENOCAP at the end of the list.
NODISCARD cxl_status_t cxl_next_dvsec(const cxl_function_t* function, cxl_dvsec_t* dvsec);
const char* cxl_dvsec_name(const cxl_dvsec_t* dvsec);

// Root port: numbers of the buses, the memory window it forwards, its link.
void cxl_port_set_buses(const cxl_function_t* port, uint8_t primary, uint8_t secondary);
void cxl_port_open_window(const cxl_function_t* port, uint32_t base, uint32_t bytes);
cxl_link_t cxl_port_link(const cxl_function_t* port);
// MSI-X: the port's one message is `data`, written to `address`. Puts BAR 0 of the port at `bar`.
void cxl_port_set_message(const cxl_function_t* port, uint32_t bar, uint64_t address,
                          uint32_t data);
// The device tells the port of writes that it does not support, and the port sends its message.
void cxl_report_errors(const cxl_function_t* port, const cxl_function_t* device);
// Whether one has been reported since the last call, and by which bus, device and function.
bool cxl_port_take_error(const cxl_function_t* port, uint16_t* requester);

// Device: size of BAR 0, its address, where a register block of that id lies.
uint64_t cxl_bar0_size(const cxl_function_t* device);
void cxl_bar0_assign(const cxl_function_t* device, uint64_t address);
NODISCARD cxl_status_t cxl_find_block(const cxl_function_t* device, uint8_t id,
                                      cxl_register_block_t* block);
uint64_t cxl_memory_size(const cxl_function_t* device);
// Active memory range, CXL.mem on.
NODISCARD cxl_status_t cxl_enable_memory(const cxl_function_t* device);
// Of the memory device register block: the media is ready.
bool cxl_media_ready(uintptr_t memory_device_registers);

// Programs decoder 0 for [base, base + bytes), one way, and commits it.
NODISCARD cxl_status_t cxl_commit_decoder(const cxl_component_t* component, uint64_t base,
                                          uint64_t bytes);
uint32_t cxl_decoder_count(const cxl_component_t* component);

enum { CXL_BLOCK_COMPONENT = 1, CXL_BLOCK_MEMORY_DEVICE = 3 };

#endif  // CVP_FIRMWARE_DRIVERS_CXL_H_
