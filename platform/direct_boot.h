// SPDX-License-Identifier: Apache-2.0
//
// `--boot direct`: what the first stage would have set up, without running it.
#pragma once

#include "platform/die_module.h"

namespace cvp {

void set_direct_routes(const Package& package, DieModule& die);

}  // namespace cvp
