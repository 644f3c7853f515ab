// SPDX-License-Identifier: Apache-2.0
#include "sw/explore/plan.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "sw/explore/test_sweep.h"

using namespace cvp;

namespace {

const PackageNames kPair{
    "pair.toml", {"host", "npu0", "npu1"}, {"host-npu0", "host-npu1", "npu0-npu1"}, {"expander0"}};

// A sweep over two link widths; the package `pair` is as above, every other name is unknown.
class PlanBench {
 public:
  PlanBench() {
    scratch.write("net.onnx", "network");
    scratch.write("images.csv", "images");
    services.load_names = [](const std::string& package, std::vector<ConfigError>& errors) {
      if (package == "pair") return std::optional(kPair);
      errors.push_back({package, 0, "PACKAGE", "cannot read it"});
      return std::optional<PackageNames>();
    };
    services.check = [this](const PointRun& run) {
      ++checks;
      PointCheck check;
      if (run.images == "65") check.errors.push_back({"", 0, "--images", "expected 64"});
      for (const std::string& each : run.overrides) {
        if (!each.ends_with("=65")) continue;
        check.errors.push_back({"", 0, "--set " + each.substr(0, each.find('=')), "expected 64"});
      }
      return check;
    };
    services.find_installed = [](const std::string&) { return std::optional<std::string>(); };
  }

  std::optional<Plan> plan(const std::string& axes) {
    errors.clear();
    const auto sweep = read_sweep(scratch.write("sweep.toml", kSweepHead + axes), errors);
    REQUIRE(sweep);
    return make_plan(*sweep, services, errors);
  }

  ScratchDirectory scratch;
  PlanServices services;
  std::vector<ConfigError> errors;
  int checks = 0;
};

std::vector<std::string> keys(const std::vector<SweepSetting>& settings) {
  std::vector<std::string> out;
  for (const SweepSetting& each : settings) out.push_back(each.key + "=" + each.value);
  return out;
}

constexpr const char* kLanes = "[[axis]]\nname = \"lanes\"\nkey = \"link.host-*.lanes\"\n";

}  // namespace

TEST_CASE("link.PATTERN reaches every link that matches", "[explore]") {
  CHECK(keys(expand_setting({"link.*.lanes", "32"}, kPair)) ==
        std::vector<std::string>{"host-npu0.lanes=32", "host-npu1.lanes=32", "npu0-npu1.lanes=32"});
  CHECK(keys(expand_setting({"link.host-*.lanes", "32"}, kPair)) ==
        std::vector<std::string>{"host-npu0.lanes=32", "host-npu1.lanes=32"});
  CHECK(keys(expand_setting({"device.*.lanes", "8"}, kPair)) ==
        std::vector<std::string>{"expander0.lanes=8"});
  CHECK(expand_setting({"link.npu7-*.lanes", "32"}, kPair).empty());
}

TEST_CASE("Other settings go to the platform as they are", "[explore]") {
  for (const char* key : {"npu*.hbm0.generation", "host-npu0.lanes", "link.lanes"}) {
    CHECK(keys(expand_setting({key, "x"}, kPair)) == std::vector{std::string(key) + "=x"});
  }
  PackageNames odd = kPair;
  odd.dies.push_back("link");  // A die of that name: its parameters must stay reachable.
  CHECK(keys(expand_setting({"link.npu.rows", "8"}, odd)) ==
        std::vector<std::string>{"link.npu.rows=8"});
}

TEST_CASE("A plan holds the command of every point", "[explore]") {
  PlanBench bench;
  const auto plan =
      bench.plan(std::string("images = 9\nlayers = false\n") + kLanes + "values = [16, 32]\n");
  REQUIRE(plan);
  REQUIRE(plan->points.size() == 2);
  CHECK(plan->points[1].arguments ==
        std::vector<std::string>{"infer", "pair.toml", bench.scratch.path("net.onnx"), "--input",
                                 bench.scratch.path("images.csv"), "--images", "9", "--no-layers",
                                 "--trace", "/dev/null", "--set", "host-npu0.lanes=32", "--set",
                                 "host-npu1.lanes=32"});
  CHECK(plan->points[1].plan["axes"]["lanes"] == "32");
  CHECK(plan->points[0].plan != plan->points[1].plan);
}

TEST_CASE("A plan changes with the content of the files it depends on", "[explore]") {
  PlanBench bench;
  const std::string axis = std::string(kLanes) + "values = [16]\n";
  const auto first = bench.plan(axis);
  const auto same = bench.plan(axis);
  bench.scratch.write("net.onnx", "another");
  const auto other = bench.plan(axis);
  REQUIRE((first && same && other));
  CHECK(first->points[0].plan == same->points[0].plan);
  CHECK(first->points[0].plan != other->points[0].plan);
}

TEST_CASE("All mistakes of all points are found, each said once with its line", "[explore]") {
  PlanBench bench;
  const auto plan =
      bench.plan("[[axis]]\nname = \"other\"\nkey = \"a.b\"\nvalues = [1, 2]\n" +
                 std::string(kLanes) + "values = [64, 65]\n" +
                 "[[axis]]\nname = \"cxl\"\nkey = \"link.none.lanes\"\nvalues = [8]\n");
  CHECK_FALSE(plan);
  CHECK(bench.checks == 4);
  REQUIRE(bench.errors.size() == 3);
  CHECK(places(bench.errors) == std::vector<std::string>{"18: axis[2].values[0]: link.none.lanes",
                                                         "14: axis[1].values[1]: host-npu0.lanes",
                                                         "14: axis[1].values[1]: host-npu1.lanes"});
  CHECK(bench.errors[1].file == bench.scratch.path("sweep.toml"));
  CHECK(bench.errors[1].what ==
        "\"65\": expected 64 (2 of 4 points, first other-1_lanes-65_cxl-8)");
}

TEST_CASE("An option that a point cannot have is an error of the sweep's line", "[explore]") {
  PlanBench bench;
  const std::string axis = "[[axis]]\nname = \"n\"\nkey = \"images\"\nvalues = [64, 65]\n";
  CHECK_FALSE(bench.plan(axis));
  REQUIRE(places(bench.errors) == std::vector<std::string>{"10: axis[0].values[1]"});
  CHECK(bench.errors[0].what == "\"65\": expected 64 (1 of 2 points, first n-65)");
  CHECK_FALSE(bench.plan(std::string("images = 65\n") + kLanes + "values = [16]\n"));
  CHECK(places(bench.errors) == std::vector<std::string>{"7: infer.images"});
}

TEST_CASE("A package that is not there is an error of the sweep's line", "[explore]") {
  PlanBench bench;
  CHECK_FALSE(
      bench.plan("[[axis]]\nname = \"dies\"\nkey = \"package\"\n"
                 "values = [\"pair\", \"nope\", \"none\"]\n"));
  CHECK(places(bench.errors) == std::vector<std::string>{"10: package", "10: package"});
}

TEST_CASE("A network or images that are not there are errors before anything else", "[explore]") {
  PlanBench bench;
  std::filesystem::remove(bench.scratch.path("net.onnx"));
  std::filesystem::remove(bench.scratch.path("images.csv"));
  CHECK_FALSE(bench.plan(std::string(kLanes) + "values = [16]\n"));
  CHECK(places(bench.errors) == std::vector<std::string>{"4: infer.model", "5: infer.input"});
  CHECK(bench.checks == 0);
}

// Expected values: the test suite of FNV's authors (draft-eastlake-fnv).
TEST_CASE("Fingerprints are 64-bit FNV-1a", "[explore]") {
  const ScratchDirectory scratch;
  CHECK(fingerprint(scratch.write("a", "")) == "cbf29ce484222325");
  CHECK(fingerprint(scratch.write("b", "a")) == "af63dc4c8601ec8c");
  CHECK(fingerprint(scratch.write("c", "foobar")) == "85944171f73967e8");
  CHECK(fingerprint(scratch.path("none")) == "absent");
}
