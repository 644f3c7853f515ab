// SPDX-License-Identifier: Apache-2.0
//
// Test only: sweep files and planned points made in the test.
#pragma once

#include <string>
#include <vector>

#include "sw/explore/plan.h"
#include "tests/harness/scratch_directory.h"

namespace cvp {

inline constexpr const char* kSweepHead = R"(schema = 1
sweep = "test"
[infer]
model = "net.onnx"
input = "images.csv"
package = "pair"
)";

/// `line: key` of each error.
inline std::vector<std::string> places(const std::vector<ConfigError>& errors) {
  std::vector<std::string> out;
  for (const ConfigError& error : errors) {
    out.push_back(std::to_string(error.line) + ": " + error.key);
  }
  return out;
}

/// A statistics file as a run of four images leaves it, 2 ms and 8 mJ.
inline std::string stats_text(double time_s = 0.002, double energy_j = 0.008) {
  const auto number = [](double value) { return std::to_string(value); };
  return R"({"schema": 1, "memories": [
    {"name": "npu0.hbm0", "kind": "hbm"}, {"name": "npu1.hbm0", "kind": "hbm"},
    {"name": "host.dram", "kind": "ram"}],
    "inference": {"images": 4, "dies": 2, "time_s": )" +
         number(time_s) + R"(, "images_per_s": )" + number(4 / time_s) + R"(, "energy_j": )" +
         number(energy_j) + R"(, "mac_utilisation": 0.5, "accuracy": 0.75,
    "failed_runs": 0, "tiles_different": 0, "traffic_equals_plan": true,
    "layers": [{"differences": 0}, {"differences": 0}],
    "traffic": [
      {"what": "npu0.hbm0 read", "counted_bytes": 3000000},
      {"what": "npu0.hbm0 written", "counted_bytes": 1000000},
      {"what": "npu1.hbm0 read", "counted_bytes": 2000000},
      {"what": "host.dram written", "counted_bytes": 500000},
      {"what": "host.d2d0 > npu0.d2d0", "counted_bytes": 400000},
      {"what": "npu0.d2d0 > host.d2d0", "counted_bytes": 800000}]}})";
}

}  // namespace cvp
