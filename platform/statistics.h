// SPDX-License-Identifier: Apache-2.0
//
// stats.json: units in the names, a schema version, and everything that depends on the host under
// the key `host`; the rest is byte-identical from run to run.
#pragma once

#include <nlohmann/json.hpp>

#include "platform/simulation.h"

namespace cvp {

inline constexpr int kStatisticsSchema = 1;

nlohmann::ordered_json collect_statistics(const Simulation& simulation, const RunEnd& end);
nlohmann::ordered_json host_statistics(const Simulation& simulation, const RunEnd& end);

}  // namespace cvp
