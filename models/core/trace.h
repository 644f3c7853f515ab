// SPDX-License-Identifier: Apache-2.0
//
// Where models report what they did when, for the time line and the trace file. Off by default: a
// null pointer and one branch. Tracing never changes what is simulated.
#pragma once

#include <string_view>

#include "models/core/units.h"

namespace cvp {

class TraceSink {
 public:
  virtual ~TraceSink() = default;
  /// `track` is an instance path or a part of one (`duo.npu0.npu.mm`); spans of one track do not
  /// overlap. `bytes` is 0 where it says nothing.
  virtual void span(std::string_view track, std::string_view event, Femtoseconds start,
                    Femtoseconds end, std::uint64_t bytes = 0) = 0;
};

inline TraceSink*& trace_sink() {
  static TraceSink* sink = nullptr;
  return sink;
}

}  // namespace cvp
