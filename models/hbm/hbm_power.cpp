// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_power.h"

#include <algorithm>
#include <bit>

namespace cvp {

HbmPower::HbmPower(HbmRegs& regs, HbmPort& port, const HbmTiming& timing)
    : regs_(regs),
      port_(port),
      timing_(timing),
      busy_until_(timing.geometry.channels),
      under_way_(timing.geometry.channels) {}

void HbmPower::hook_registers(const std::function<Femtoseconds()>& time) {
  regs_.power_ctrl.on_write([this, time](HbmRegs::PowerCtrl ctrl) { control(ctrl, time()); });
  regs_.power_idle.on_write([this, time] { control(regs_.power_ctrl.get(), time()); });
  regs_.power_down_entries.on_read([this, time] { return entries(time()); });
  const auto nanoseconds = [](Femtoseconds span) { return span / 1_ns; };
  regs_.power_down_time.on_read(
      [this, time, nanoseconds] { return nanoseconds(residency(time()).power_down); });
  regs_.self_refresh_time.on_read([this, time, nanoseconds] {
    return nanoseconds(residency(time()).self_refresh / timing_.geometry.channels);
  });
}

Femtoseconds HbmPower::idle_time() const {
  return Clock(timing_.clock).at(regs_.power_idle.get().clocks);
}

// What the channels have slept until now is added up; from now on other rules may hold.
void HbmPower::settle(Femtoseconds now) {
  for (unsigned channel = 0; channel < busy_until_.size(); ++channel) {
    const Femtoseconds span = asleep(channel, now);
    slept_ += span;
    entries_ += span > Femtoseconds{};
    busy_until_[channel] = std::max(busy_until_[channel], now);
  }
  if (self_refresh_) {
    self_refreshed_ += (now - since_) * busy_until_.size();
    since_ = now;
  }
}

void HbmPower::control(HbmRegs::PowerCtrl ctrl, Femtoseconds now) {
  settle(now);
  const bool enters = ctrl.self_refresh && !self_refresh_;
  const bool leaves = !ctrl.self_refresh && self_refresh_;
  powers_down_ = ctrl.auto_power_down && !ctrl.self_refresh;
  idle_ = idle_time();
  self_refresh_ = ctrl.self_refresh;
  if (enters || powers_down_) port_.revoke_grants();
  if (enters) {
    since_ = now;
    regs_.power_state.set({HbmRegs::PowerState::kStateSelfRefresh});
  }
  if (!leaves) return;
  awake_from_ = now + timing_.xs();
  std::fill(busy_until_.begin(), busy_until_.end(), awake_from_);
  regs_.power_state.set({HbmRegs::PowerState::kStateWaking});
  port_.wake_at(awake_from_, HbmWake::kAwake, 0);
}

void HbmPower::wake(Femtoseconds now) {
  if (!self_refresh_ && now >= awake_from_) {
    regs_.power_state.set({HbmRegs::PowerState::kStateOn});
  }
}

Femtoseconds HbmPower::asleep(unsigned channel, Femtoseconds now) const {
  const Femtoseconds from = busy_until_[channel] + idle_;
  return powers_down_ && under_way_[channel] == 0 && now > from ? now - from : Femtoseconds{};
}

Femtoseconds HbmPower::admit(Channels channels, Femtoseconds arrival) {
  Femtoseconds start = std::max(arrival, awake_from_);
  if (!powers_down_) return start;
  for (unsigned channel = 0; channel < busy_until_.size(); ++channel) {
    const Femtoseconds span = channels >> channel & 1 ? asleep(channel, arrival) : Femtoseconds{};
    if (span == Femtoseconds{}) continue;
    slept_ += span;
    ++entries_;
    busy_until_[channel] = arrival;
    start = std::max(start, arrival + timing_.wake.xp);
  }
  return start;
}

void HbmPower::used(Channels channels, Femtoseconds end) {
  for (unsigned channel = 0; channel < busy_until_.size(); ++channel) {
    if (channels >> channel & 1) busy_until_[channel] = std::max(busy_until_[channel], end);
  }
}

void HbmPower::begun(Channels channels) {
  for (; channels != 0; channels &= channels - 1) {
    ++under_way_[static_cast<std::size_t>(std::countr_zero(channels))];
  }
}

void HbmPower::ended(Channels channels, Femtoseconds end) {
  used(channels, end);
  for (; channels != 0; channels &= channels - 1) {
    std::uint32_t& left = under_way_[static_cast<std::size_t>(std::countr_zero(channels))];
    left -= left > 0;
  }
}

HbmResidency HbmPower::residency(Femtoseconds now) const {
  HbmResidency sum{slept_, self_refreshed_};
  for (unsigned channel = 0; channel < busy_until_.size(); ++channel) {
    sum.power_down += asleep(channel, now);
    if (self_refresh_ && now > since_) sum.self_refresh += now - since_;
  }
  return sum;
}

std::uint64_t HbmPower::entries(Femtoseconds now) const {
  std::uint64_t count = entries_;
  for (unsigned channel = 0; channel < busy_until_.size(); ++channel) {
    count += asleep(channel, now) > Femtoseconds{};
  }
  return count;
}

}  // namespace cvp
