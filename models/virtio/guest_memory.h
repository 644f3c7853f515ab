// SPDX-License-Identifier: Apache-2.0
//
// The guest's memory as a device sees it: answers come later, by name. No SystemC.
#pragma once

#include <cstdint>
#include <span>

#include "models/core/units.h"

namespace cvp {

class GuestMemory {
 public:
  virtual ~GuestMemory() = default;
  /// Each is answered later, never from inside the call, with the same tag.
  virtual void read(Addr address, std::uint32_t bytes, std::uint64_t tag) = 0;
  virtual void write(Addr address, std::span<const std::uint8_t> data, std::uint64_t tag) = 0;
};

/// A piece of a buffer in guest memory.
struct BufferRange {
  Addr address = 0;
  std::uint32_t bytes = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(address, bytes);
  }
};

}  // namespace cvp
