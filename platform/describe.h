// SPDX-License-Identifier: Apache-2.0
//
// Texts of `chiplet-vp describe`. No SystemC.
#pragma once

#include <string>

#include "platform/package.h"

namespace cvp {

std::string describe_address_map(const Package& package);
/// Every parameter with value, unit or range, default and meaning; overridden ones are marked.
std::string describe_parameters(const Package& package);
/// Idle latency from every initiator to every memory as the sum of its terms, and the bandwidth
/// that the path can reach at most.
std::string describe_paths(const Package& package);
/// The types that a die file may use, with their keys.
std::string describe_models();

}  // namespace cvp
