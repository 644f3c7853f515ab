// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_temperature.h"

#include "models/hbm/hbm_timing.h"

namespace cvp {

HbmTemperature::HbmTemperature(HbmRegs& regs, HbmPort& port, unsigned celsius)
    : regs_(regs), port_(port), celsius_(celsius) {
  regs_.temperature.set_reset({.celsius = celsius_});
}

unsigned HbmTemperature::celsius() const {
  const HbmRegs::TemperatureTest test = regs_.temperature_test.get();
  return test.enable ? unsigned{test.celsius} : celsius_;
}

void HbmTemperature::hook_registers(
    const std::function<Femtoseconds()>& time,
    const std::function<void(unsigned times, Femtoseconds when)>& refresh_rate) {
  changed_ = [this, time, refresh_rate] {
    const HbmRegs::RefreshDerate derate = regs_.refresh_derate.get();
    const unsigned times = derate.enable && celsius() >= derate.celsius ? kHotRefreshRate : 1;
    regs_.temperature.set({.celsius = celsius()});
    regs_.refresh_rate.set({.times = times});
    if (times != refresh_times_) refresh_rate(times, time());
    if (times > refresh_times_) port_.raise_hot(time());
    refresh_times_ = times;
  };
  regs_.temperature_test.on_write(changed_);
  regs_.refresh_derate.on_write(changed_);
}

}  // namespace cvp
