// SPDX-License-Identifier: Apache-2.0
//
// The reach matrix that the first stage prints, read back from the console log, so that statistics
// and report can show it.
#pragma once

#include <nlohmann/json.hpp>

#include "platform/console.h"

namespace cvp {

/// A list of {title, columns, rows: [{name, values}]}; a cell that was not measured is null. Empty
/// without a matrix in the log.
nlohmann::ordered_json reach_tables(const std::vector<Console::Line>& log);

}  // namespace cvp
