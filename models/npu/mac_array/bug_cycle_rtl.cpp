// SPDX-License-Identifier: Apache-2.0
//
// A Verilated 4 x 4 array with a planted bug, for the tests of the comparison.
#include <Vmac_array_bug_cycle.h>

#include "models/npu/mac_array/mac_array_rtl_runtime.h"

namespace cvp {

std::unique_ptr<MacArray> make_mac_array_bug_cycle(const MacArrayParams& params) {
  return std::make_unique<MacArrayRtlSession<Vmac_array_bug_cycle, VerilatorRuntime>>(params);
}

}  // namespace cvp
