// SPDX-License-Identifier: Apache-2.0
//
// What the parts of the controller ask of the stack that they belong to. No SystemC.
#pragma once

#include <cstdint>

#include "models/core/units.h"

namespace cvp {

/// What a part waits for.
enum class HbmWake : std::uint32_t {
  kModesSent,
  kTrained,
  kPatrol,   ///< Its next burst.
  kMessage,  ///< Of an interrupt, to be sent.
  kAwake,    ///< From self-refresh.
  kPimDone,  ///< A run has ended.
};

class HbmPort {
 public:
  virtual ~HbmPort() = default;
  /// Wakes the part at `time`, at the earliest now.
  virtual void wake_at(Femtoseconds time, HbmWake what, std::uint64_t arg) = 0;
  /// Takes back all grants of direct access.
  virtual void revoke_grants() = 0;
  /// The patrol's read of the burst at `offset`, now, with the correction of what is wrong there;
  /// false while the memory cannot be reached.
  virtual bool patrol_reads(Addr offset) = 0;
  /// An interrupt message: a posted write of 4 bytes, now.
  virtual void send_message(Addr address, std::uint32_t data) = 0;
  /// The temperature has come to where the refresh rate changes.
  virtual void raise_hot(Femtoseconds time) = 0;
};

}  // namespace cvp
