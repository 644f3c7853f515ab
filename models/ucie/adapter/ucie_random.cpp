// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_random.h"

#include <cmath>

namespace cvp {

std::uint64_t UcieRandom::trials_before(double probability) {
  if (probability <= 0) return kNever;
  if (probability >= 1) return 0;
  // The inverse of the geometric distribution at a fraction above 0.
  const double trials = std::log(1 - fraction()) / std::log1p(-probability);
  return trials < 9e18 ? static_cast<std::uint64_t>(trials) : kNever;
}

}  // namespace cvp
