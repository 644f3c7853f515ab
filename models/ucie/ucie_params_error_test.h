// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with parameters, for tests.
#pragma once

#include "models/ucie/ucie_params.h"

namespace cvp {

/// All that is wrong, each in a line.
inline std::string ucie_params_error(const UcieParams& params) {
  std::string lines;
  for (const std::string& error : ucie_params_errors(params)) {
    lines += (lines.empty() ? "" : "\n") + error;
  }
  return lines;
}

}  // namespace cvp
