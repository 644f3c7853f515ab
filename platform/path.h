// SPDX-License-Identifier: Apache-2.0
//
// Idle latency of the paths of a package, in closed form from its parameters. No SystemC.
#pragma once

#include <string>
#include <vector>

#include "platform/package.h"

namespace cvp {

struct PathTerm {
  std::string what;
  Femtoseconds time;
};

}  // namespace cvp
