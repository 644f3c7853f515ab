// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "platform/platform.h"

namespace cvp {

nlohmann::ordered_json npu_statistics(const Platform& platform);

}  // namespace cvp
