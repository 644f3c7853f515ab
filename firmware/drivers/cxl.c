// SPDX-License-Identifier: Apache-2.0
#include "drivers/cxl.h"

#include "cxl_component_regs.h"      // generated from models/cxl/cxl_component.regs.toml
#include "cxl_expander_regs.h"       // generated from models/cxl/cxl_expander.regs.toml
#include "cxl_memory_device_regs.h"  // generated from models/cxl/cxl_memory_device.regs.toml
#include "cxl_msix_regs.h"           // generated from models/cxl/cxl_msix.regs.toml
#include "cxl_root_port_regs.h"      // generated from models/cxl/cxl_root_port.regs.toml

// [CXL: CXL PCIe DVSECs]
enum {
  kVendorCxl = 0x1e98,
  kCapDvsec = 0x23,
  kFirstExtendedCap = 0x100,
  kDvsecDevice = 0,
  kDvsecPort = 3,
  kDvsecFlexBus = 7,
  kDvsecLocator = 8,
  kClassMemory = 0x0502,
  kCapHdm = 5,
  kMaxCaps = 64,
  kCommitPolls = 1000,
};

static uint32_t field(uint32_t word, uint32_t mask) { return (word & mask) / (mask & -mask); }

static uint32_t get(const cxl_function_t* function, uint32_t offset) {
  return mmio_read32(function->base + offset);
}

static void put(const cxl_function_t* function, uint32_t offset, uint32_t value) {
  mmio_write32(function->base + offset, value);
}

// [PCIE: Enhanced Configuration Access Mechanism]
cxl_function_t cxl_function(uintptr_t ecam, uint32_t bus, uint32_t device, uint32_t function) {
  return (cxl_function_t){ecam + ((uintptr_t)bus << 20 | device << 15 | function << 12)};
}

cxl_status_t cxl_identify(const cxl_function_t* function, cxl_identity_t* identity) {
  const uint32_t id = get(function, CXL_EXPANDER_ID);
  if (field(id, CXL_EXPANDER_ID_VENDOR) == 0xffff) return CXL_ENODEV;
  const uint32_t class = get(function, CXL_EXPANDER_CLASS_CODE);
  *identity = (cxl_identity_t){
      .vendor = (uint16_t)field(id, CXL_EXPANDER_ID_VENDOR),
      .device = (uint16_t)field(id, CXL_EXPANDER_ID_DEVICE),
      .class_code = field(class, CXL_EXPANDER_CLASS_CODE_CODE),
      .revision = (uint8_t)field(class, CXL_EXPANDER_CLASS_CODE_REVISION),
      .header_type = (uint8_t)field(get(function, CXL_EXPANDER_HEADER), CXL_EXPANDER_HEADER_TYPE),
  };
  return CXL_OK;
}

cxl_status_t cxl_next_dvsec(const cxl_function_t* function, cxl_dvsec_t* dvsec) {
  uint32_t offset = kFirstExtendedCap;
  if (dvsec->offset != 0) {
    offset = field(get(function, dvsec->offset), CXL_EXPANDER_DVSEC_DEVICE_NEXT);
  }
  for (int i = 0; i < kMaxCaps && offset >= kFirstExtendedCap && offset % 4 == 0; ++i) {
    const uint32_t header = get(function, offset);
    if (header == 0 || header == UINT32_MAX) break;
    if (field(header, CXL_EXPANDER_DVSEC_DEVICE_CAP_ID) == kCapDvsec) {
      const uint32_t vendor = get(function, offset + 4);
      *dvsec = (cxl_dvsec_t){
          .offset = (uint16_t)offset,
          .vendor = (uint16_t)field(vendor, CXL_EXPANDER_DVSEC_DEVICE_VENDOR_VENDOR),
          .revision = (uint8_t)field(vendor, CXL_EXPANDER_DVSEC_DEVICE_VENDOR_REVISION),
          .length = (uint16_t)field(vendor, CXL_EXPANDER_DVSEC_DEVICE_VENDOR_LENGTH),
          .id = (uint16_t)get(function, offset + 8),
      };
      return CXL_OK;
    }
    offset = field(header, CXL_EXPANDER_DVSEC_DEVICE_NEXT);
  }
  return CXL_ENOCAP;
}

const char* cxl_dvsec_name(const cxl_dvsec_t* dvsec) {
  if (dvsec->vendor != kVendorCxl) return "of another vendor";
  switch (dvsec->id) {
    case kDvsecDevice:
      return "CXL device";
    case kDvsecPort:
      return "CXL port extensions";
    case kDvsecFlexBus:
      return "Flex Bus port";
    case kDvsecLocator:
      return "register locator";
    default:
      return "unknown";
  }
}

static cxl_status_t find_dvsec(const cxl_function_t* function, uint16_t id, cxl_dvsec_t* dvsec) {
  *dvsec = (cxl_dvsec_t){0};
  while (cxl_next_dvsec(function, dvsec) == CXL_OK) {
    if (dvsec->vendor == kVendorCxl && dvsec->id == id) return CXL_OK;
  }
  return CXL_ENOCAP;
}

void cxl_port_set_buses(const cxl_function_t* port, uint8_t primary, uint8_t secondary) {
  put(port, CXL_ROOT_PORT_BUSES,
      (uint32_t)primary << CXL_ROOT_PORT_BUSES_PRIMARY_SHIFT |
          (uint32_t)secondary << CXL_ROOT_PORT_BUSES_SECONDARY_SHIFT |
          (uint32_t)secondary << CXL_ROOT_PORT_BUSES_SUBORDINATE_SHIFT);
}

void cxl_port_open_window(const cxl_function_t* port, uint32_t base, uint32_t bytes) {
  put(port, CXL_ROOT_PORT_MEMORY_WINDOW,
      (base >> 20) << CXL_ROOT_PORT_MEMORY_WINDOW_BASE_SHIFT |
          ((base + bytes - 1) >> 20) << CXL_ROOT_PORT_MEMORY_WINDOW_LIMIT_SHIFT);
  put(port, CXL_ROOT_PORT_COMMAND,
      CXL_ROOT_PORT_COMMAND_MEMORY_SPACE | CXL_ROOT_PORT_COMMAND_BUS_MASTER);
}

void cxl_port_set_message(const cxl_function_t* port, uint32_t bar, uint64_t address,
                          uint32_t data) {
  put(port, CXL_ROOT_PORT_BAR0, bar);
  mmio_write32(bar + CXL_MSIX_ADDRESS_LOW, (uint32_t)address);
  mmio_write32(bar + CXL_MSIX_ADDRESS_HIGH, (uint32_t)(address >> 32));
  mmio_write32(bar + CXL_MSIX_DATA, data);
  mmio_write32(bar + CXL_MSIX_VECTOR_CONTROL, 0);
  put(port, CXL_ROOT_PORT_MSIX_CAP, CXL_ROOT_PORT_MSIX_CAP_ENABLE);
}

void cxl_report_errors(const cxl_function_t* port, const cxl_function_t* device) {
  put(port, CXL_ROOT_PORT_ROOT_ERROR_COMMAND, CXL_ROOT_PORT_ROOT_ERROR_COMMAND_NONFATAL);
  put(device, CXL_EXPANDER_DEVICE_CONTROL,
      get(device, CXL_EXPANDER_DEVICE_CONTROL) | CXL_EXPANDER_DEVICE_CONTROL_REPORT_NONFATAL |
          CXL_EXPANDER_DEVICE_CONTROL_REPORT_UNSUPPORTED);
}

bool cxl_port_take_error(const cxl_function_t* port, uint16_t* requester) {
  const uint32_t status = get(port, CXL_ROOT_PORT_ROOT_ERROR_STATUS);
  if (!(status & CXL_ROOT_PORT_ROOT_ERROR_STATUS_NONFATAL)) return false;
  *requester = (uint16_t)field(get(port, CXL_ROOT_PORT_ERROR_SOURCE),
                               CXL_ROOT_PORT_ERROR_SOURCE_UNCORRECTABLE);
  put(port, CXL_ROOT_PORT_ROOT_ERROR_STATUS, status);
  return true;
}

cxl_link_t cxl_port_link(const cxl_function_t* port) {
  const uint32_t word = get(port, CXL_ROOT_PORT_LINK_CONTROL);
  return (cxl_link_t){.speed = (uint8_t)field(word, CXL_ROOT_PORT_LINK_CONTROL_SPEED),
                      .width = (uint8_t)field(word, CXL_ROOT_PORT_LINK_CONTROL_WIDTH),
                      .active = (word & CXL_ROOT_PORT_LINK_CONTROL_ACTIVE) != 0};
}

uint64_t cxl_bar0_size(const cxl_function_t* device) {
  put(device, CXL_EXPANDER_BAR0, UINT32_MAX);
  put(device, CXL_EXPANDER_BAR0_HIGH, UINT32_MAX);
  const uint64_t mask = (uint64_t)get(device, CXL_EXPANDER_BAR0_HIGH) << 32 |
                        (get(device, CXL_EXPANDER_BAR0) & ~CXL_EXPANDER_BAR0_TYPE);
  return mask == 0 ? 0 : ~mask + 1;
}

void cxl_bar0_assign(const cxl_function_t* device, uint64_t address) {
  put(device, CXL_EXPANDER_BAR0, (uint32_t)address);
  put(device, CXL_EXPANDER_BAR0_HIGH, (uint32_t)(address >> 32));
  put(device, CXL_EXPANDER_COMMAND,
      CXL_EXPANDER_COMMAND_MEMORY_SPACE | CXL_EXPANDER_COMMAND_BUS_MASTER);
}

cxl_status_t cxl_find_block(const cxl_function_t* device, uint8_t id, cxl_register_block_t* block) {
  cxl_dvsec_t locator;
  if (find_dvsec(device, kDvsecLocator, &locator) != CXL_OK) return CXL_ENOCAP;
  const uint32_t first = CXL_EXPANDER_BLOCK1_LOW - CXL_EXPANDER_DVSEC_LOCATOR;
  for (uint32_t at = first; at + 8 <= locator.length; at += 8) {
    const uint32_t low = get(device, locator.offset + at);
    if (field(low, CXL_EXPANDER_BLOCK1_LOW_ID) != id) continue;
    *block = (cxl_register_block_t){
        .bar = (uint8_t)field(low, CXL_EXPANDER_BLOCK1_LOW_BIR),
        .id = id,
        .offset = (uint64_t)get(device, locator.offset + at + 4) << 32 |
                  (low & CXL_EXPANDER_BLOCK1_LOW_OFFSET),
    };
    return CXL_OK;
  }
  return CXL_ENOCAP;
}

uint64_t cxl_memory_size(const cxl_function_t* device) {
  cxl_dvsec_t dvsec;
  if (find_dvsec(device, kDvsecDevice, &dvsec) != CXL_OK) return 0;
  const uint32_t skew = dvsec.offset - CXL_EXPANDER_DVSEC_DEVICE;
  return (uint64_t)get(device, CXL_EXPANDER_RANGE1_SIZE_HIGH + skew) << 32 |
         (get(device, CXL_EXPANDER_RANGE1_SIZE_LOW + skew) & CXL_EXPANDER_RANGE1_SIZE_LOW_LENGTH);
}

cxl_status_t cxl_enable_memory(const cxl_function_t* device) {
  cxl_dvsec_t dvsec;
  if (find_dvsec(device, kDvsecDevice, &dvsec) != CXL_OK) return CXL_ENOCAP;
  const uint32_t capability =
      get(device, CXL_EXPANDER_DEVICE_CAPABILITY + dvsec.offset - CXL_EXPANDER_DVSEC_DEVICE);
  if (!(capability & CXL_EXPANDER_DEVICE_CAPABILITY_MEM_CAPABLE)) return CXL_ENODEV;
  put(device, CXL_EXPANDER_CXL_CONTROL + dvsec.offset - CXL_EXPANDER_DVSEC_DEVICE,
      CXL_EXPANDER_CXL_CONTROL_MEM_ENABLE);
  return CXL_OK;
}

bool cxl_media_ready(uintptr_t registers) {
  const uint32_t status = mmio_read32(registers + CXL_MEMORY_DEVICE_STATUS);
  return field(status, (uint32_t)CXL_MEMORY_DEVICE_STATUS_MEDIA) ==
         CXL_MEMORY_DEVICE_STATUS_MEDIA_READY;
}

uint32_t cxl_decoder_count(const cxl_component_t* component) {
  const uint32_t code = field(mmio_read32(component->base + CXL_COMPONENT_HDM_CAPABILITY),
                              CXL_COMPONENT_HDM_CAPABILITY_DECODER_COUNT);
  return code == 0 ? 1 : 2 * code;
}

cxl_status_t cxl_commit_decoder(const cxl_component_t* component, uint64_t base, uint64_t bytes) {
  const uintptr_t registers = component->base;
  const uint32_t header = mmio_read32(registers + CXL_COMPONENT_HDM_HEADER);
  const uint64_t unit = UINT64_C(1) << 28;
  if (field(header, CXL_COMPONENT_HDM_HEADER_ID) != kCapHdm) return CXL_ENOCAP;
  if (base % unit != 0 || bytes % unit != 0 || bytes == 0) return CXL_ERANGE;
  mmio_write32(registers + CXL_COMPONENT_DECODER_CONTROL, 0);  // Takes an old commit back.
  mmio_write32(registers + CXL_COMPONENT_DECODER_BASE_LOW, (uint32_t)base);
  mmio_write32(registers + CXL_COMPONENT_DECODER_BASE_HIGH, (uint32_t)(base >> 32));
  mmio_write32(registers + CXL_COMPONENT_DECODER_SIZE_LOW, (uint32_t)bytes);
  mmio_write32(registers + CXL_COMPONENT_DECODER_SIZE_HIGH, (uint32_t)(bytes >> 32));
  mmio_write32(registers + CXL_COMPONENT_DECODER_TARGET_LOW, 0);  // Root port 0; no DPA skip.
  mmio_write32(registers + CXL_COMPONENT_DECODER_TARGET_HIGH, 0);
  mmio_write32(registers + CXL_COMPONENT_HDM_CONTROL, CXL_COMPONENT_HDM_CONTROL_ENABLE);
  mmio_write32(registers + CXL_COMPONENT_DECODER_CONTROL,
               CXL_COMPONENT_DECODER_CONTROL_COMMIT | CXL_COMPONENT_DECODER_CONTROL_HOST_ONLY);
  for (int i = 0; i < kCommitPolls; ++i) {
    const uint32_t control = mmio_read32(registers + CXL_COMPONENT_DECODER_CONTROL);
    if (control & CXL_COMPONENT_DECODER_CONTROL_ERROR) return CXL_ECOMMIT;
    if (control & CXL_COMPONENT_DECODER_CONTROL_COMMITTED) return CXL_OK;
  }
  return CXL_ECOMMIT;
}
