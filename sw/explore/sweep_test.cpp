// SPDX-License-Identifier: Apache-2.0
#include "sw/explore/sweep.h"

#include <catch2/catch.hpp>

#include "sw/explore/test_sweep.h"

using namespace cvp;

namespace {

std::optional<Sweep> read(const std::string& text, std::vector<ConfigError>& errors) {
  const ScratchDirectory scratch;
  return read_sweep(scratch.write("sweep.toml", text), errors);
}

std::vector<std::string> mistakes(const std::string& text) {
  std::vector<ConfigError> errors;
  const auto sweep = read(text, errors);
  CHECK_FALSE(sweep);
  return places(errors);
}

}  // namespace

TEST_CASE("A grid is the product of its axes, the last one fastest", "[explore]") {
  std::vector<ConfigError> errors;
  const auto sweep = read(std::string(kSweepHead) + R"(
[[axis]]
name = "dies"
values = [{ label = "1", package = "one" }, { label = "2", package = "two" }, { label = "4", package = "four" }]
[[axis]]
name = "lanes"
key = "link.*.lanes"
values = [32, 64]
[[axis]]
name = "HBM"
key = ["npu0.hbm0.generation", "npu1.hbm0.generation"]
values = ["hbm2", "hbm3-6400"]
)",
                          errors);
  REQUIRE(sweep);
  const auto points = expand_grid(*sweep, errors);
  REQUIRE(errors.empty());
  REQUIRE(points.size() == 12);
  CHECK(points[0].name == "dies-1_lanes-32_HBM-hbm2");
  CHECK(points[1].name == "dies-1_lanes-32_HBM-hbm3-6400");
  CHECK(points[2].name == "dies-1_lanes-64_HBM-hbm2");
  CHECK(points[11].name == "dies-4_lanes-64_HBM-hbm3-6400");
  CHECK(points[11].labels == std::vector<std::string>{"4", "64", "hbm3-6400"});
  CHECK(points[4].choice.package == "two");
  const auto& settings = points[11].choice.settings;
  REQUIRE(settings.size() == 3);
  CHECK(settings[0].key == "link.*.lanes");
  CHECK(settings[0].value == "64");
  CHECK(settings[2].key == "npu1.hbm0.generation");
  CHECK(settings[2].value == "hbm3-6400");
}

TEST_CASE("Settings of an axis come after those of the base", "[explore]") {
  std::vector<ConfigError> errors;
  const auto sweep = read(std::string(kSweepHead) + R"(
images = 7
set = { "a.b" = 1 }
[[axis]]
name = "x"
values = [{ label = "few", images = 3, batch = 2, set = { "a.b" = "2 ns", "c.d" = true } }]
)",
                          errors);
  REQUIRE(sweep);
  const auto points = expand_grid(*sweep, errors);
  REQUIRE(points.size() == 1);
  CHECK(points[0].choice.images->value == "3");
  CHECK(points[0].choice.batch->value == "2");
  CHECK(points[0].choice.batch->path == "axis[0].values[0].batch");
  const auto& settings = points[0].choice.settings;
  REQUIRE(settings.size() == 3);
  CHECK(settings[0].value == "1");
  CHECK(settings[1].value == "2 ns");
  CHECK(settings[2].value == "true");
  CHECK(settings[2].path == "axis[0].values[0].set");
}

TEST_CASE("Labels become names that a file system takes", "[explore]") {
  std::vector<ConfigError> errors;
  const auto sweep = read(std::string(kSweepHead) + R"(
[[axis]]
name = "rate/lane"
key = "link.*.rate"
values = ["16 GT/s", "../32"]
)",
                          errors);
  REQUIRE(sweep);
  const auto points = expand_grid(*sweep, errors);
  CHECK(points[0].name == "rate-lane-16-GT-s");
  CHECK(points[1].name == "rate-lane-32");
}

TEST_CASE("Every mistake of a sweep file is reported with its line and key", "[explore]") {
  CHECK(mistakes("schema = 2\n"
                 "swep = \"x\"\n"
                 "[infer]\n"
                 "model = 3\n"
                 "input = \"i.csv\"\n"
                 "images = 0\n"
                 "set = { \"nodot\" = 1, \"a.b\" = [1] }\n"
                 "[[axis]]\n"
                 "name = \"n\"\n"
                 "key = \"lanes\"\n"
                 "values = []\n"
                 "colour = 1\n") ==
        std::vector<std::string>{"1: schema", "1: sweep", "4: infer.model", "6: infer.images",
                                 "7: infer.set.a.b", "7: infer.set.nodot", "10: axis[0].key",
                                 "11: axis[0].values", "12: axis[0].colour", "2: swep"});
}

TEST_CASE("A value without effect, label or place is a mistake", "[explore]") {
  CHECK(mistakes(std::string(kSweepHead) + "[[axis]]\n"
                                           "name = \"n\"\n"
                                           "values = [\n"
                                           "  { label = \"a\" },\n"
                                           "  { package = \"p\" },\n"
                                           "  5,\n"
                                           "  { label = \"-\", package = \"p\" },\n"
                                           "  { label = \"b c\", package = \"p\" },\n"
                                           "  { label = \"b-c\", package = \"q\" },\n"
                                           "]\n") ==
        std::vector<std::string>{"10: axis[0].values[0]", "11: axis[0].values[1].label",
                                 "12: axis[0].values[2]", "13: axis[0].values[3]",
                                 "15: axis[0].values[5]"});
}

TEST_CASE("Two axes may not set the same thing", "[explore]") {
  const std::string axis = "[[axis]]\nname = \"NAME\"\nkey = \"link.*.lanes\"\nvalues = [8]\n";
  const auto named = [&](const std::string& name) {
    return std::string(axis).replace(axis.find("NAME"), 4, name);
  };
  CHECK(mistakes(kSweepHead + named("a") + named("b")) == std::vector<std::string>{"11: b"});
  CHECK(mistakes(kSweepHead + named("a") + named("a")) ==
        std::vector<std::string>{"12: axis[1].name"});
}

TEST_CASE("A file that is no TOML, absent or a directory is one error", "[explore]") {
  CHECK(mistakes("schema = \n") == std::vector<std::string>{"1: "});
  const ScratchDirectory scratch;
  for (const std::string& file : {scratch.path("absent.toml"), scratch.path()}) {
    std::vector<ConfigError> errors;
    CHECK_FALSE(read_sweep(file, errors));
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].file == file);
  }
}

TEST_CASE("A grid of too many points is refused before it is made", "[explore]") {
  std::string text = kSweepHead;
  for (int axis = 0; axis < 14; ++axis) {
    text += "[[axis]]\nname = \"n" + std::to_string(axis) + "\"\nkey = \"a.b" +
            std::to_string(axis) + "\"\nvalues = [1, 2]\n";
  }
  std::vector<ConfigError> errors;
  const auto sweep = read(text, errors);
  REQUIRE(sweep);
  CHECK(expand_grid(*sweep, errors).empty());
  CHECK(errors.size() == 1);
}

TEST_CASE("A point needs a package", "[explore]") {
  std::vector<ConfigError> errors;
  const auto sweep = read(
      "schema = 1\nsweep = \"s\"\n[infer]\nmodel = \"m\"\ninput = \"i\"\n"
      "[[axis]]\nname = \"n\"\nkey = \"a.b\"\nvalues = [1]\n",
      errors);
  REQUIRE(sweep);
  expand_grid(*sweep, errors);
  CHECK(places(errors) == std::vector<std::string>{"0: infer.package"});
}
