// SPDX-License-Identifier: Apache-2.0
//
// What loads, stores and atomics share. Private to models/cpu, no SystemC.
#pragma once

#include <cstring>

#include "models/cpu/hart_bus.h"

namespace cvp {

inline std::uint64_t read_host(const std::uint8_t* host, unsigned size) {
  std::uint64_t value = 0;
  std::memcpy(&value, host, size);  // The host is little-endian, as RISC-V is.
  return value;
}

/// The page if it covers the access and allows it.
inline const HostPage* usable(const HostPage* page, Addr physical, unsigned size, bool is_store) {
  if (page == nullptr || !(is_store ? page->writable : page->readable)) return nullptr;
  const bool inside = physical >= page->base && physical - page->base <= page->size - size;
  return inside && page->size >= size ? page : nullptr;
}

inline std::uint64_t mask_to(std::uint64_t value, unsigned size) {
  return size == 8 ? value : value & ((std::uint64_t{1} << (8 * size)) - 1);
}

inline std::uint64_t sign_extend_word(std::uint64_t value, unsigned size) {
  return size == 4 ? static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(value)})
                   : value;
}

/// The function of an AMO instruction.
RmwOp amo_function(std::uint32_t bits);

}  // namespace cvp
