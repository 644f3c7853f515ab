// SPDX-License-Identifier: Apache-2.0
//
// A pseudo terminal, to which a terminal program such as `screen` attaches and from which it leaves
// again. What it does not read waits for it.
#pragma once

#include <string>

#include "platform/outside/outside_stream.h"

namespace cvp {

/// Empty after an error, which is in `why`.
std::unique_ptr<OutsideStream> open_pty(std::string& why);

}  // namespace cvp
