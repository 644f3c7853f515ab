// SPDX-License-Identifier: Apache-2.0
//
// The Verilated MAC array behind the MacArray interface. A build without Verilator drops this file.
#include <Vmac_array.h>

#include "models/npu/mac_array/mac_array_rtl_runtime.h"

namespace cvp {

std::unique_ptr<MacArray> make_mac_array_rtl(const MacArrayParams& params) {
  CVP_CHECK(params.rows == 16 && params.columns == 16, "the RTL MAC array is 16 x 16, not ",
            params.rows, " x ", params.columns, "; expected fidelity functional or approximate");
  return std::make_unique<MacArrayRtlSession<Vmac_array, VerilatorRuntime>>(params);
}

}  // namespace cvp
