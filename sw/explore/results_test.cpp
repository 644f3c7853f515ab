// SPDX-License-Identifier: Apache-2.0
#include "sw/explore/results.h"

#include <catch2/catch.hpp>

#include "sw/explore/progress.h"
#include "sw/explore/test_sweep.h"

using namespace cvp;

namespace {

std::optional<PointMetrics> read(const std::string& text, std::string& problem) {
  const ScratchDirectory scratch;
  return read_metrics(scratch.write("stats.json", text), problem);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

PointResult point(const std::string& label, double time_s, double energy_j) {
  PointResult out{.name = "x-" + label, .labels = {label}};
  std::string problem;
  out.metrics = read(stats_text(time_s, energy_j), problem);
  return out;
}

}  // namespace

TEST_CASE("Bandwidths are tensor bytes by the time of the inference", "[explore]") {
  std::string problem;
  const auto metrics = read(stats_text(), problem);
  REQUIRE(metrics);
  CHECK(metrics->memory_gb_s == Approx(3.25));  // 6.5 MB in 2 ms.
  CHECK(metrics->hbm_gb_s == Approx(1.5));      // 6 MB of them in two stacks.
  CHECK(metrics->link_gb_s == Approx(0.4));     // 0.8 MB.
  CHECK(metrics->link == "npu0.d2d0 > host.d2d0");
  CHECK(metrics->energy_per_image_j() == Approx(0.002));
  CHECK(metrics->exact);
}

TEST_CASE("A point is exact when no layer, tile or run differs", "[explore]") {
  std::string problem;
  const auto exact = [&](const std::string& from, const std::string& to) {
    return read(replaced(stats_text(), from, to), problem)->exact;
  };
  CHECK_FALSE(exact("{\"differences\": 0}]", "{\"differences\": 1}]"));
  CHECK_FALSE(exact("\"tiles_different\": 0", "\"tiles_different\": 1"));
  CHECK_FALSE(exact("\"failed_runs\": 0", "\"failed_runs\": 1"));
  CHECK_FALSE(exact("[{\"differences\": 0}, {\"differences\": 0}]", "[]"));
}

TEST_CASE("Statistics that are incomplete, foreign or broken give a reason", "[explore]") {
  for (const char* text :
       {"", "[]", "{", "{\"schema\": 2}", "{\"schema\": 1}", "{\"schema\": 1, \"inference\": null}",
        "{\"schema\": 1, \"inference\": {}}"}) {
    std::string problem;
    CHECK_FALSE(read(text, problem));
    CHECK_FALSE(problem.empty());
  }
  std::string problem;
  CHECK_FALSE(read_metrics("/nonexistent/stats.json", problem));
  CHECK(problem == "no stats.json");
}

TEST_CASE("The Pareto front holds what nothing beats in time and energy", "[explore]") {
  std::vector<PointResult> points = {point("a", 0.001, 0.009), point("b", 0.002, 0.005),
                                     point("c", 0.002, 0.006), point("d", 0.003, 0.004),
                                     point("e", 0.004, 0.004), point("f", 0.002, 0.005)};
  points.push_back({.name = "failed", .labels = {"g"}, .exit_code = 1});
  mark_pareto(points);
  std::string front;
  for (const PointResult& each : points) front += each.pareto ? each.labels[0] : "";
  CHECK(front == "abdf");
}

TEST_CASE("The table is aligned, with units, and shows what failed", "[explore]") {
  SweepResults results{"test", {"lanes"}, {point("8", 0.002, 0.008), point("64", 0.001, 0.008)}};
  results.points.push_back(
      {.name = "x", .labels = {"µ"}, .exit_code = 1, .problem = "exit code 1"});
  mark_pareto(results.points);
  CHECK(to_table(results) ==
        "lanes    time  images  memories  per HBM  top link  energy  per image  MAC use   exact"
        "  pareto\n"
        "           ms     1/s      GB/s     GB/s      GB/s      mJ         mJ        %\n"
        "--------------------------------------------------------------------------------------"
        "--------\n"
        "    8  2.0000    2000     3.250    1.500     0.400  8.0000   2.000000     50.0     yes\n"
        "   64  1.0000    4000     6.500    3.000     0.800  8.0000   2.000000     50.0     yes"
        "       *\n"
        "    µ       -       -         -        -         -       -          -        -  FAILED\n");
  CHECK_FALSE(results.ok());
}

TEST_CASE("CSV has one line a point, SI units in the names, and quotes where needed", "[explore]") {
  SweepResults results{"test", {"a,b"}, {point("say \"x\"", 0.002, 0.008)}};
  results.points.push_back({.name = "bad", .labels = {"y"}, .exit_code = 3});
  CHECK(to_csv(results) ==
        "point,\"a,b\",images,time_s,images_per_s,memory_gb_s,hbm_gb_s,link_gb_s,energy_j,"
        "energy_per_image_j,mac_utilisation,exact,pareto,exit_code\n"
        "x-say \"x\",\"say \"\"x\"\"\",4,0.002,2000,3.25,1.5,0.4,0.008,0.002,0.5,yes,no,0\n"
        "bad,y,,,,,,,,,,,no,3\n");
}

TEST_CASE("JSON keeps what depends on the host apart", "[explore]") {
  SweepResults results{"test", {"lanes"}, {point("8", 0.002, 0.008)}};
  const auto slow = [&] {
    auto copy = results;
    copy.points[0].wall_s = 99;
    copy.points[0].resumed = true;
    return to_json(copy);
  }();
  auto fast = to_json(results);
  CHECK(slow != fast);
  CHECK(slow["points"] == fast["points"]);
  CHECK(fast["points"][0]["axes"]["lanes"] == "8");
  CHECK(fast["points"][0]["time_s"] == 0.002);
  CHECK(fast["host"]["points"][0]["wall_time_s"] == 0);
}

TEST_CASE("The progress line says how far, how long, and fits", "[explore]") {
  CHECK(progress_line(0, 12, 1, {"a", "b"}, 80) == "[0/12] 1 s, running a b");
  CHECK(progress_line(3, 12, 6, {}, 80) == "[3/12] 6 s, about 18 s left");
  CHECK(progress_line(3, 12, 6, {std::string(200, 'x')}, 40).size() < 40);
}
