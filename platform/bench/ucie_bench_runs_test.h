// SPDX-License-Identifier: Apache-2.0
//
// Runs of the benchmark of a link, for tests; what is wrong with the parameters ends the test.
#pragma once

#include <catch2/catch.hpp>

#include "platform/bench/ucie_bench.h"

namespace cvp {

inline UcieBenchResult run(const UcieBenchParams& params) {
  std::vector<std::string> errors;
  const auto result = run_ucie_bench(params, errors);
  for (const std::string& error : errors) UNSCOPED_INFO(error);
  REQUIRE(result.has_value());
  return *result;
}
inline UcieBenchResult run(UcieBenchParams params, UcieFidelity fidelity) {
  params.fidelity = fidelity;
  return run(params);
}

}  // namespace cvp
