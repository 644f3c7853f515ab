// SPDX-License-Identifier: Apache-2.0
//
// The two ends of a link between dies. Each has the link's parameters but those that its port has
// of its own, as dies have that were not made for each other. No SystemC.
#pragma once

#include <optional>

#include "models/ucie/ucie_params.h"
#include "platform/package.h"

namespace cvp {

/// `end`: 0 or 1, as in `Link::ends`.
UcieParams ucie_params(const Package& package, const Link& link, unsigned end);
/// What the ends agree on while no pin is dead; none: they do not go together.
std::optional<UcieLinkShape> ucie_shape(const Package& package, const Link& link);
/// What a link trains to with its faults; no lanes: it does not train.
UcieLinkShape trained_shape(const Package& package, const Link& link);
/// Ends that are impossible are errors; those that do not go together a note, since software sees
/// it.
void check_link_ends(const Package& package, const Link& link, Diagnostics& diagnostics);

}  // namespace cvp
