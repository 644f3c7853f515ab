// SPDX-License-Identifier: Apache-2.0
//
// An interrupt by message: a posted write of 32 bits, little-endian. [AIA: MSI encoding]
#pragma once

#include <array>

#include "models/core/burst_initiator.h"

namespace cvp {

inline void send_interrupt_message(BurstInitiator& initiator, Addr address, std::uint32_t data,
                                   std::uint64_t tag = 0) {
  std::array<std::uint8_t, 4> bytes{};
  for (unsigned n = 0; n < bytes.size(); ++n) bytes[n] = static_cast<std::uint8_t>(data >> 8 * n);
  Attributes attributes;
  attributes.traffic_class = TrafficClass::kMessage;
  attributes.posted = true;
  initiator.write(address, bytes, tag, attributes);
}

}  // namespace cvp
