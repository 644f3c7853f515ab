// SPDX-License-Identifier: Apache-2.0
//
// The whole reference experiment on the naive controller: what a run of the model is compared
// with where the reference file has no row.
#pragma once

#include "tests/performance/hbm/experiment.h"

namespace cvp::hbm_experiment {

Result run_naive(const Experiment& experiment);

}  // namespace cvp::hbm_experiment
