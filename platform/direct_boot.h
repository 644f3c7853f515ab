// SPDX-License-Identifier: Apache-2.0
//
// `--boot direct`: what the first stage would have set up, without running it.
#pragma once

#include "platform/die_module.h"

namespace cvp {

/// Number of the port of `from` that leads to `to` on a shortest path, or nothing. Of equal ones
/// the lowest port wins, as in the first stage.
std::optional<unsigned> route_port(const Package& package, const Die& from, const Die& to);
void set_direct_routes(const Package& package, DieModule& die);

}  // namespace cvp
