// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "platform/command.h"

namespace cvp {

// Benchmarks live next to what they measure; this says which there are.
void add_bench_command(CLI::App& app, CommandResult&) {
  CLI::App* command = app.add_subcommand("bench", "Say which micro-benchmarks there are");
  command->footer("Example:\n  chiplet-vp bench");
  command->callback([] {
    std::puts(
        "Micro-benchmarks are no part of this program yet. What there is:\n"
        "  speed of a whole run   host.mips and host.wall_time_s in the stats.json of run and "
        "infer\n"
        "  bandwidth and latency  the reach matrix: chiplet-vp run PACKAGE\n"
        "  models against theory  tests/performance, with ctest -L performance in a build folder");
  });
}

}  // namespace cvp
