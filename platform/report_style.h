// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace cvp {

/// Style sheet of the report, light and dark.
std::string_view report_css();

}  // namespace cvp
