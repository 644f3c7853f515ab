// SPDX-License-Identifier: Apache-2.0
//
// A Verilated 4 x 4 array with a planted bug, for the tests of the comparison.
#include <Vmac_array_bug_cycle.h>
#include <verilated.h>
#include <verilated_fst_c.h>

#include "models/npu/mac_array/mac_array_rtl_session.h"

namespace cvp {

namespace {

struct Runtime {
  using Context = VerilatedContext;
  using Wave = VerilatedFstC;
  static void enter(Context& context) { Verilated::threadContextp(&context); }
};

}  // namespace

std::unique_ptr<MacArray> make_mac_array_bug_cycle(const MacArrayParams& params) {
  return std::make_unique<MacArrayRtlSession<Vmac_array_bug_cycle, Runtime>>(params);
}

}  // namespace cvp
