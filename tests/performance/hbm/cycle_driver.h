// SPDX-License-Identifier: Apache-2.0
//
// The driver of the reference experiment around the pure core of the cycle fidelity: requests kept
// outstanding (closed loop) or offered at a rate (open loop), tick by tick where the rules count
// ticks, event by event where they do not.
#pragma once

#include "models/hbm/cycle/cycle_engine.h"
#include "tests/performance/hbm/experiment.h"

namespace cvp::hbm_experiment {

/// `controller` names a policy, see hbm_cycle::controller_policies().
Result run_cycle(const Experiment& experiment, const hbm_cycle::ControllerPolicy& policy,
                 hbm_cycle::CommandObserver* observer = nullptr);

}  // namespace cvp::hbm_experiment
