// SPDX-License-Identifier: Apache-2.0
//
// Runs a plan with a shell script in chiplet-vp's place. Its last two arguments are --output DIR;
// the first one says what it does.
#include "sw/explore/explore.h"

#include <signal.h>

#include <catch2/catch.hpp>

#include "sw/explore/process_pool.h"
#include "sw/explore/test_sweep.h"

using namespace cvp;

namespace {

class ExploreBench {
 public:
  ExploreBench() {
    scratch.write("stats", stats_text());
    program = scratch.write("program",
                            "#!/bin/sh\n"
                            "for dir; do :; done\n"
                            "echo run >> " +
                                scratch.path("runs") +
                                "\n"
                                "case $1 in\n"
                                "good) cp " +
                                scratch.path("stats") +
                                " $dir/stats.json ;;\n"
                                "bad) echo out; echo no link >&2; exit 3 ;;\n"
                                "silent) ;;\n"
                                "killed) kill -9 $$ ;;\n"
                                "esac\n");
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    plan = {.sweep = "test", .axes = {"x"}};
  }

  void add(const std::string& label, const std::string& behaviour) {
    plan.points.push_back({"x-" + label, {label}, {behaviour}, {{"axes", {{"x", label}}}}});
  }
  SweepResults run(bool resume = false, unsigned jobs = 2) {
    const auto results = explore(plan, {program, scratch.path(), jobs, resume, false});
    REQUIRE(results);
    return *results;
  }
  /// How often the program was started so far.
  std::size_t runs() const { return scratch.read("runs").size() / 4; }

  ScratchDirectory scratch;
  std::string program;
  Plan plan;
};

bool alive(pid_t process) { return kill(process, 0) == 0; }

}  // namespace

TEST_CASE("A point that fails shows its exit code, and the others go on", "[explore]") {
  ExploreBench bench;
  bench.add("1", "bad");
  bench.add("2", "good");
  bench.add("3", "killed");
  bench.add("4", "silent");
  const SweepResults results = bench.run();
  REQUIRE(results.points.size() == 4);
  CHECK_FALSE(results.ok());
  CHECK(results.points[0].exit_code == 3);
  CHECK(results.points[0].problem == "exit code 3");
  CHECK(results.points[1].exit_code == 0);
  CHECK(results.points[1].metrics);
  CHECK(results.points[2].exit_code == 128 + 9);
  CHECK(results.points[3].problem == "no stats.json");
  CHECK(bench.scratch.read("x-1/log.txt") == "out\nno link\n");
  CHECK(last_lines(bench.scratch.path("x-1/log.txt"), 1) == std::vector<std::string>{"no link"});
}

TEST_CASE("A program that cannot be started is a failed point", "[explore]") {
  ExploreBench bench;
  bench.add("1", "good");
  bench.program = bench.scratch.path("absent");
  CHECK(bench.run().points[0].exit_code == 127);
}

TEST_CASE("Resume skips what is complete and planned equally, nothing else", "[explore]") {
  ExploreBench bench;
  for (const char* label : {"1", "2", "3", "4"}) bench.add(label, "good");
  bench.run();
  REQUIRE(bench.runs() == 4);
  CHECK(bench.run(true).ok());
  CHECK(bench.runs() == 4);

  bench.scratch.write("x-1/stats.json", stats_text().substr(0, 100));
  bench.plan.points[1].plan["files"] = "changed";
  std::filesystem::remove(bench.scratch.path("x-3/point.json"));
  const SweepResults results = bench.run(true);
  CHECK(bench.runs() == 7);
  CHECK(results.ok());
  CHECK(results.points[3].resumed);
  CHECK_FALSE(results.points[0].resumed);
  CHECK(results.points[0].metrics == results.points[3].metrics);
}

TEST_CASE("Resume runs a point again that has failed or was cut off", "[explore]") {
  ExploreBench bench;
  bench.add("1", "good");
  bench.run();
  REQUIRE(is_complete(bench.scratch.path("x-1"), bench.plan.points[0]));
  const std::string point = bench.scratch.read("x-1/point.json");
  for (const char* code : {"1", "null"}) {
    std::string changed = point;
    const std::string zero = "\"exit_code\": 0";
    changed.replace(changed.find(zero), zero.size(), std::string("\"exit_code\": ") + code);
    bench.scratch.write("x-1/point.json", changed);
    CHECK_FALSE(is_complete(bench.scratch.path("x-1"), bench.plan.points[0]));
  }
  for (const char* text : {"", "{", "7", "{\"schema\": 1}", "[]"}) {
    bench.scratch.write("x-1/point.json", text);
    CHECK_FALSE(is_complete(bench.scratch.path("x-1"), bench.plan.points[0]));
  }
}

TEST_CASE("An old result does not pass for a new one", "[explore]") {
  ExploreBench bench;
  bench.add("1", "good");
  bench.run();
  bench.plan.points[0].arguments = {"silent"};
  const SweepResults results = bench.run();
  CHECK_FALSE(results.points[0].metrics);
  CHECK_FALSE(results.ok());
}

TEST_CASE("Never more processes at once than asked for", "[explore]") {
  const ScratchDirectory scratch;
  std::vector<ProcessJob> jobs(6, {{"/bin/sh", "-c", "sleep 0.05"}, scratch.path("log")});
  for (const unsigned parallel : {1U, 3U}) {
    unsigned now = 0, most = 0, ended = 0;
    const PoolEvents events{[&](std::size_t) { most = std::max(most, ++now); },
                            [&](std::size_t, const ProcessEnd& end) {
                              --now;
                              ended += end.exit_code == 0;
                            },
                            {}};
    CHECK(run_processes(jobs, parallel, events));
    CHECK(most == parallel);
    CHECK(ended == 6);
  }
}

TEST_CASE("An interrupt ends the children, also those that do not want to", "[explore]") {
  const ScratchDirectory scratch;
  const auto sleeper = [&](const std::string& name, const std::string& first) {
    return ProcessJob{{"/bin/sh", "-c",
                       first + "echo $$ > " + scratch.path(name) + "; while :; do sleep 0.1; done"},
                      scratch.path("log")};
  };
  const std::string user = "until [ -s " + scratch.path("meek") + " -a -s " +
                           scratch.path("stubborn") + " ]; do sleep 0.01; done; kill -INT $PPID";
  const std::vector<ProcessJob> jobs = {sleeper("meek", ""),
                                        sleeper("stubborn", "trap '' INT; "),
                                        {{"/bin/sh", "-c", user}, scratch.path("log")}};
  const bool finished = run_processes(jobs, 3, {});
  CHECK_FALSE(finished);
  for (const char* name : {"meek", "stubborn"}) {
    CHECK_FALSE(alive(std::stoi(scratch.read(name))));
  }
}
