// SPDX-License-Identifier: Apache-2.0
//
// The driver of the reference experiment around the pure core of the cycle fidelity: requests kept
// outstanding (closed loop) or offered at a rate (open loop), tick by tick where the rules count
// ticks, event by event where they do not.
#pragma once

#include "models/hbm/cycle/cycle_engine.h"
#include "tests/performance/hbm/experiment.h"

namespace cvp::hbm_experiment {

/// With the reference's controller, and the experiment's refresh and queues.
Result run_cycle(const Experiment& experiment);
Result run_cycle(const Experiment& experiment, const hbm_cycle::ControllerPolicy& policy,
                 hbm_cycle::CommandObserver* observer = nullptr);

}  // namespace cvp::hbm_experiment
