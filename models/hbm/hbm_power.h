// SPDX-License-Identifier: Apache-2.0
//
// Power states of a stack behind their registers. No SystemC.
//
//   self-refresh  by register, the whole stack: data stays, every access is refused, since software
//                 has closed the memory; accesses after the end wait until tXS is over
//   power-down    by itself, channel by channel, after so many idle clocks; the next access wakes
//                 the channel and comes tXP later. Refreshes wake it for themselves
#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "models/hbm/hbm_port.h"
#include "models/hbm/hbm_regs.h"  // generated
#include "models/hbm/hbm_timing.h"

namespace cvp {

/// Time in each state, summed over channels.
struct HbmResidency {
  Femtoseconds power_down, self_refresh;
};

class HbmPower {
 public:
  using Channels = std::uint32_t;  ///< Bit n: channel n.

  HbmPower(HbmRegs& regs, HbmPort& port, const HbmTiming& timing);

  /// `time`: of the access to a register, inside its hook.
  void hook_registers(const std::function<Femtoseconds()>& time);
  void wake(Femtoseconds now);

  /// Whether accesses need neither refuses(), nor admit() and used().
  bool always_on() const {
    return !self_refresh_ && !powers_down_ && awake_from_ == Femtoseconds{};
  }
  bool refuses() const { return self_refresh_; }
  bool powers_down() const { return powers_down_; }
  /// When an access that arrives at `arrival` finds the channels awake.
  Femtoseconds admit(Channels channels, Femtoseconds arrival);
  /// The channels were at work until `end`.
  void used(Channels channels, Femtoseconds end);
  /// They are from now until ended(), where nobody knows the end before. What was under way when
  /// the state was saved keeps no channel awake after loading.
  void begun(Channels channels);
  void ended(Channels channels, Femtoseconds end);

  HbmResidency residency(Femtoseconds now) const;
  std::uint64_t entries(Femtoseconds now) const;  ///< Into power-down.

  template <class Archive>
  void serialize(Archive& archive) {
    archive(self_refresh_, powers_down_, awake_from_, since_, idle_, busy_until_, slept_,
            self_refreshed_, entries_);
    if (Archive::is_loading::value) std::fill(under_way_.begin(), under_way_.end(), 0);
  }

 private:
  void control(HbmRegs::PowerCtrl ctrl, Femtoseconds now);
  void settle(Femtoseconds now);
  Femtoseconds asleep(unsigned channel, Femtoseconds now) const;
  Femtoseconds idle_time() const;

  HbmRegs& regs_;
  HbmPort& port_;
  const HbmTiming& timing_;
  bool self_refresh_ = false, powers_down_ = false;
  Femtoseconds awake_from_;  // Last self-refresh and its tXS; 0: never.
  Femtoseconds since_;       // Begin of self-refresh.
  Femtoseconds idle_;        // Before power-down.
  std::vector<Femtoseconds> busy_until_;
  std::vector<std::uint32_t> under_way_;  // Transactions, by channel.
  Femtoseconds slept_, self_refreshed_;
  std::uint64_t entries_ = 0;
};

}  // namespace cvp
