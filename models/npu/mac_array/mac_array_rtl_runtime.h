// SPDX-License-Identifier: Apache-2.0
//
// What is Verilator's own, for MacArrayRtlSession. Only *_rtl.cpp files include this.
#pragma once

#include <verilated.h>
#include <verilated_fst_c.h>

#include "models/npu/mac_array/mac_array_rtl_session.h"

namespace cvp {

struct VerilatorRuntime {
  using Context = VerilatedContext;
  using Wave = VerilatedFstC;
  static void enter(Context& context) { Verilated::threadContextp(&context); }
};

}  // namespace cvp
