// SPDX-License-Identifier: Apache-2.0
//
// The commands behind GDB's `monitor`. No SystemC.
#pragma once

#include <string>
#include <string_view>

#include "platform/debug/debug_memory.h"
#include "platform/debug/debug_target.h"

namespace cvp {

/// The answer to one command line, for the hart that is selected.
std::string gdb_monitor(std::string_view line, DebugTarget& target, DebugMemory& memory,
                        unsigned hart);

}  // namespace cvp
