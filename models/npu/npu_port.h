// SPDX-License-Identifier: Apache-2.0
//
// What the NPU core asks of the world: bus traffic, wake-ups, the trace. No SystemC.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "models/core/units.h"

namespace cvp {

enum class NpuTraffic : std::uint8_t { kTensor, kControl, kMessage };

class NpuPort {
 public:
  virtual ~NpuPort() = default;
  /// Each is answered later, never from inside the call, by NpuCore::burst_done with the same tag.
  virtual void read(Addr address, std::uint32_t bytes, std::uint64_t tag, NpuTraffic traffic) = 0;
  /// Messages are posted writes.
  virtual void write(Addr address, std::span<const std::uint8_t> data, std::uint64_t tag,
                     NpuTraffic traffic) = 0;
  /// Calls NpuCore::wake(op, arg) at `time`.
  virtual void wake_at(Femtoseconds time, std::uint32_t op, std::uint64_t arg) = 0;
  virtual void trace_span(std::string_view unit, std::string_view what, Femtoseconds start,
                          Femtoseconds end, std::uint64_t bytes) = 0;
  /// Software did something wrong.
  virtual void guest_error(std::string_view what) = 0;
};

}  // namespace cvp
