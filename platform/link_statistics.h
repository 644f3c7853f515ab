// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "platform/platform.h"

namespace cvp {

/// Both directions of each die-to-die link and of each CXL link.
nlohmann::ordered_json link_statistics(const Package& package, const Platform& platform);

}  // namespace cvp
