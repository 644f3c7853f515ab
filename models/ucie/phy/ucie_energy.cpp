// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/phy/ucie_energy.h"

#include <algorithm>

namespace cvp {

void UcieEnergy::run(bool active, const UcieLinkShape& shape, Femtoseconds now,
                     Femtoseconds awake) {
  if (active == active_ && shape == shape_) return;
  joules_before_ = joules(now, awake);
  active_ = active;
  shape_ = shape;
  since_ = now;
  awake_before_ = awake;
}

// By arithmetic the wire may be taken beyond now.
double UcieEnergy::joules(Femtoseconds now, Femtoseconds awake) const {
  if (!active_ || now == since_) return joules_before_;
  const double time = (now - since_).seconds();
  const double share = std::min(1.0, (awake - awake_before_).seconds() / time);
  return joules_before_ + time * ucie_power_w(shape_, supply_, share);
}

}  // namespace cvp
