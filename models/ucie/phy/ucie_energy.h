// SPDX-License-Identifier: Apache-2.0
//
// Energy of one direction of a link, added up over the shapes in which it has run. No SystemC.
#pragma once

#include "models/ucie/phy/ucie_link.h"

namespace cvp {

class UcieEnergy {
 public:
  explicit UcieEnergy(UcieSupply supply) : supply_(supply) {}

  /// From `now` on the link runs in this shape, or does not run. `awake`: time so far for which the
  /// wire carried flits or was awake for them (ucie_idle.h); it rises from call to call.
  void run(bool active, const UcieLinkShape& shape, Femtoseconds now, Femtoseconds awake);
  double joules(Femtoseconds now, Femtoseconds awake) const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(supply_, active_, shape_, since_, awake_before_, joules_before_);
  }

 private:
  UcieSupply supply_;
  bool active_ = false;
  UcieLinkShape shape_;
  Femtoseconds since_, awake_before_;
  double joules_before_ = 0;
};

}  // namespace cvp
