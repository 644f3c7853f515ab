// SPDX-License-Identifier: Apache-2.0
#include "drivers/npu.h"

#include "npu_regs.h"  // generated from models/npu/npu.regs.toml

enum { kId = 0x3155504e, kAbiMajor = 1, kMaxEntries = 65536 };

static uint32_t field(uint32_t word, uint32_t mask) { return (word & mask) / (mask & -mask); }

npu_status_t npu_probe(const npu_t* npu, npu_info_t* info) {
  if (mmio_read32(npu->base + NPU_ID) != kId) return NPU_ENODEV;
  const uint32_t abi = mmio_read32(npu->base + NPU_ABI);
  const uint32_t geometry = mmio_read32(npu->base + NPU_GEOMETRY);
  *info = (npu_info_t){
      .abi_major = field(abi, NPU_ABI_MAJOR),
      .abi_minor = field(abi, NPU_ABI_MINOR),
      .features = mmio_read32(npu->base + NPU_FEATURES),
      .rows = field(geometry, NPU_GEOMETRY_ROWS),
      .columns = field(geometry, NPU_GEOMETRY_COLUMNS),
      .scratchpad_bytes = mmio_read32(npu->base + NPU_SCRATCHPAD),
      .kilohertz = mmio_read32(npu->base + NPU_CLOCK),
  };
  return info->abi_major == kAbiMajor ? NPU_OK : NPU_EVERSION;
}

npu_status_t npu_set_region(const npu_t* npu, uint32_t region, uint64_t base, uint64_t bytes,
                            uint32_t rights) {
  if (region >= field(mmio_read32(npu->base + NPU_LIMITS), NPU_LIMITS_REGIONS)) return NPU_ERANGE;
  const uintptr_t skew = npu->base + NPU_CONTEXT_REGION_BASE_STRIDE * (uintptr_t)region;
  mmio_write64(skew + NPU_CONTEXT_REGION_BASE, base);
  mmio_write64(skew + NPU_CONTEXT_REGION_SIZE, bytes);
  mmio_write32(skew + NPU_CONTEXT_REGION_RIGHTS, rights);
  return NPU_OK;
}

void npu_reset(const npu_t* npu) {
  mmio_write32(npu->base + NPU_CONTEXT_CTRL, NPU_CONTEXT_CTRL_RESET_CONTEXT);
}

static uint32_t state(const npu_t* npu) {
  return field(mmio_read32(npu->base + NPU_CONTEXT_STATUS), NPU_CONTEXT_STATUS_STATE);
}

int npu_idle(const npu_t* npu) { return state(npu) == NPU_CONTEXT_STATUS_STATE_IDLE; }

int npu_stopped(const npu_t* npu) { return state(npu) == NPU_CONTEXT_STATUS_STATE_STOPPED; }

npu_status_t npu_enable(const npu_t* npu, const npu_rings_t* rings) {
  const uint32_t entries = rings->entries;
  if (entries == 0 || entries > kMaxEntries || (entries & (entries - 1)) != 0) return NPU_ERANGE;
  if (!npu_idle(npu)) return NPU_EBUSY;
  mmio_write64(npu->base + NPU_CONTEXT_SQ_BASE, rings->submissions);
  mmio_write64(npu->base + NPU_CONTEXT_CQ_BASE, rings->completions);
  mmio_write32(npu->base + NPU_CONTEXT_SQ_SIZE, entries);
  mmio_write32(npu->base + NPU_CONTEXT_CQ_SIZE, entries);
  mmio_write64(npu->base + NPU_CONTEXT_IRQ_ADDRESS, rings->message_address);
  mmio_write32(npu->base + NPU_CONTEXT_IRQ_DATA, rings->message);
  mmio_write32(npu->base + NPU_CONTEXT_CTRL, NPU_CONTEXT_CTRL_ENABLE);
  return NPU_OK;
}

void npu_submit(const npu_t* npu, uint32_t tail) {
  mmio_write32(npu->base + NPU_CONTEXT_SQ_TAIL, tail);
}

uint32_t npu_completed(const npu_t* npu) { return mmio_read32(npu->base + NPU_CONTEXT_CQ_TAIL); }

void npu_consume(const npu_t* npu, uint32_t head) {
  mmio_write32(npu->base + NPU_CONTEXT_CQ_HEAD, head);
}

npu_counters_t npu_counters(const npu_t* npu) {
  return (npu_counters_t){
      .cycles = mmio_read64(npu->base + NPU_CYCLES),
      .active = mmio_read64(npu->base + NPU_ACTIVE),
      .weight_stall = mmio_read64(npu->base + NPU_WEIGHT_STALL),
      .weight_shift = mmio_read64(npu->base + NPU_WEIGHT_SHIFT),
      .non_matrix = mmio_read64(npu->base + NPU_NON_MATRIX),
      .raw_stall = mmio_read64(npu->base + NPU_RAW_STALL),
      .input_stall = mmio_read64(npu->base + NPU_INPUT_STALL),
      .macs = mmio_read64(npu->base + NPU_MACS),
  };
}
