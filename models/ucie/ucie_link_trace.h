// SPDX-License-Identifier: Apache-2.0
//
// What die-to-die links carry, for who watches them like a protocol analyser. Off by default: a
// null pointer and one branch. Watching never changes what is simulated.
#pragma once

#include <string>
#include <string_view>

#include "models/core/units.h"

namespace cvp {

struct UcieTraceEntry {
  enum class What : std::uint8_t {
    kFlit,      ///< At flit fidelity.
    kMessage,   ///< At the others, where there are no flits.
    kSideband,  ///< A packet.
    kState,     ///< The end enters a training state.
    kSignal,    ///< A signal between two layers of the end changes.
  };
  What what = What::kFlit;
  std::string_view port;    ///< Instance path of the end that sends.
  Femtoseconds start, end;  ///< On the wire.
  Femtoseconds arrival;     ///< The last byte leaves the other end.
  std::string name;         ///< In a word: `flit 17`, `nak`, `write`, `ACTIVE`; of a signal its
                            ///< level, empty while it is low.
  std::string text;         ///< Decoded, one line.
  std::uint64_t bytes = 0;  ///< Of messages.
  std::string signal = {};  ///< Of kSignal, where it is: `rdi.pl_stallreq`.
};

class UcieTraceSink {
 public:
  virtual ~UcieTraceSink() = default;
  virtual void record(const UcieTraceEntry& entry) = 0;
};

inline UcieTraceSink*& ucie_trace_sink() {
  static UcieTraceSink* sink = nullptr;
  return sink;
}

}  // namespace cvp
