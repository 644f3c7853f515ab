// SPDX-License-Identifier: Apache-2.0
//
// The report's time line: for each track, how busy it was in each of some hundred bins.
#pragma once

#include <string>

#include "platform/trace_recorder.h"

namespace cvp {

/// An SVG of the tracks that did something between `from` and `to`; empty if none did.
std::string timeline_svg(const TraceRecorder& trace, Femtoseconds from, Femtoseconds to);
/// Share of the busiest bin of all tracks whose name ends with `suffix`, 0 to 1.
double peak_load(const TraceRecorder& trace, const std::string& suffix, Femtoseconds end);

}  // namespace cvp
