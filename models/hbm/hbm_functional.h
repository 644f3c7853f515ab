// SPDX-License-Identifier: Apache-2.0
//
// Time at functional fidelity: each channel has a bandwidth, and a latency that grows with its
// load, see hbm_curve.h. No banks. No SystemC.
#pragma once

#include <cstdint>
#include <vector>

#include "models/core/units.h"
#include "models/hbm/hbm_curve.h"
#include "models/hbm/hbm_timing.h"

namespace cvp {

class HbmFunctional {
 public:
  /// `idle`: latency of a read when nothing else goes on.
  HbmFunctional(const HbmTiming& timing, Femtoseconds idle);

  /// Completion of bytes that lie in one channel: the last beat of a read, the acceptance of a
  /// write.
  Femtoseconds access(unsigned channel, bool write, std::uint64_t bytes, Femtoseconds arrival);

  template <class Archive>
  void serialize(Archive& archive) {
    archive(channels_);
  }

 private:
  struct Channel {
    Femtoseconds busy_until;              // The bandwidth is spent until then.
    Femtoseconds latency;                 // At the load of the last whole window.
    std::uint64_t window = 0, bytes = 0;  // As long as a refresh interval; served in it.

    template <class Archive>
    void serialize(Archive& archive) {
      archive(busy_until, latency, window, bytes);
    }
  };
  void look_at_load(Channel& channel, Femtoseconds arrival) const;

  const HbmCurve& curve_;
  const Bandwidth bandwidth_;  // Of a channel.
  const Femtoseconds idle_, clock_, window_length_;
  std::vector<Channel> channels_;
};

}  // namespace cvp
