// SPDX-License-Identifier: Apache-2.0
//
// report.html: one page that needs nothing but itself. Diagram with links coloured by load, key
// figures, boot log, time line, tables; light and dark.
#pragma once

#include <nlohmann/json.hpp>

#include "platform/simulation.h"
#include "platform/trace_recorder.h"

namespace cvp {

std::string make_report(const Simulation& simulation, const nlohmann::ordered_json& stats,
                        const TraceRecorder* trace);

}  // namespace cvp
