// SPDX-License-Identifier: Apache-2.0
//
// Bit error rates of single lanes as text: `data:3=1e-6, m1.d0.data:17=1e-4`, lanes written as in
// ucie_fault.h. Pure; no SystemC.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "models/ucie/phy/ucie_link.h"

namespace cvp {

/// Of physical data lanes, by direction; module by module.
using UcieLaneRates = std::array<std::vector<double>, 2>;

/// Reads rates up to `most` into those of all lanes of a link; without a direction both ways. Gives
/// all that is wrong, and what was expected.
std::vector<std::string> ucie_read_lane_rates(std::string_view text, const UcieLinkShape& shape,
                                              double most, UcieLaneRates& rates);

}  // namespace cvp
