// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_params.h"

#include <catch2/catch.hpp>

using namespace cvp;

TEST_CASE("Hbm parameters that cannot be are named", "[unit][hbm]") {
  CHECK(HbmParams{}.errors().empty());
  CHECK(HbmParams{.generation = "hbm7"}.errors().size() == 1);
  CHECK(HbmParams{.generation = "hbm7.toml"}.errors() ==
        std::vector<std::string>{"generation: hbm7.toml: cannot be read; expected a timing file of "
                                 "up to 1 MiB"});
  CHECK(HbmParams{.stack_ids = 3}.errors().empty());
  CHECK(HbmParams{.stack_ids = 5}.errors() ==
        std::vector<std::string>{
            "stack_ids: 5; expected up to 4 of hbm3-6400, 32 bank groups a channel"});
  CHECK(HbmParams{.stack_ids = 1 << 30}.errors().size() == 1);
  CHECK(HbmParams{.generation = "gddr6", .stack_ids = 8}.errors().empty());
  CHECK(HbmParams{.generation = "gddr6", .stack_ids = 9}.errors().size() == 1);
  HbmParams many{.generation = "gddr6", .stack_ids = 8};  // 128 banks, 14 of 1662 clocks each.
  many.controller.refresh = HbmRefresh::kSameBank;
  CHECK(many.errors().empty());
  many.controller.refresh = HbmRefresh::kPerBank;
  CHECK(many.errors() ==
        std::vector<std::string>{"refresh: 128 commands, rrefd of 14 clocks apart, are no round; "
                                 "expected 1662 clocks or fewer, refi / 2 of a hot stack"});
  CHECK(HbmParams{.policy = "best"}.errors().size() == 1);
  CHECK(HbmParams{.channel_interleave = 768}.errors().size() == 1);
  CHECK(HbmParams{.channels = 3}.errors().empty());
  CHECK(HbmParams{.channels = 33}.errors().size() == 1);
  CHECK(HbmParams{.map = "p1"}.errors().size() == 1);
  CHECK(HbmParams{.training_fails = {16}}.errors().size() == 1);
  CHECK(HbmParams{.dead_pseudo_channels = {31, 32}}.errors() ==
        std::vector<std::string>{
            "dead_pseudo_channels: there is no pseudo channel 32; expected 0 to 31"});
  CHECK(HbmParams{.fidelity = Fidelity::kRtl}.errors().size() == 1);
  CHECK(HbmParams{.celsius = 125}.errors().empty());
  CHECK(HbmParams{.celsius = 300}.errors() ==
        std::vector<std::string>{"celsius: 300; expected up to 125"});
}

TEST_CASE("Hbm parameters that are wrong are told as they were written", "[unit][hbm]") {
  const auto error = [](const HbmParams& params) { return params.errors().at(0); };
  CHECK(error({.channels = 5'000'000'000}) == "channels: 5000000000; expected up to 32");
  CHECK(error({.channels = (std::uint64_t{1} << 32) + 1}) ==
        "channels: 4294967297; expected up to 32");
  CHECK(error({.stack_ids = std::uint64_t{1} << 40}).starts_with("stack_ids: 1099511627776; "));
  CHECK(error({.controller = {.write_queue = 1000}}) == "write_queue: 1000; expected 1 to 64");
  CHECK(error({.controller = {.read_queue = 0}}) == "read_queue: 0; expected 1 to 64");
}

TEST_CASE("Hbm write queue of any size has marks that fit it", "[unit][hbm]") {
  const HbmControllerParams usual;
  CHECK(usual.write_high() == 52);
  CHECK(usual.write_low() == 12);
  for (unsigned entries = 1; entries <= HbmControllerParams::kMostEntries; ++entries) {
    const HbmControllerParams controller{.write_queue = entries};
    CHECK(controller.write_low() < controller.write_high());
    CHECK(controller.write_high() <= entries);
    CHECK(HbmParams{.controller = controller}.errors().empty());
  }
}

TEST_CASE("Hbm scheduler is the generation's unless told", "[unit][hbm]") {
  HbmParams params{.generation = "hbm4"};
  CHECK(params.policy_in_use().name == "pc_q64");
  params.policy = "ab_q64";
  CHECK(params.policy_in_use().name == "ab_q64");
  CHECK(HbmParams{}.policy_in_use().name == "ab_q64");
  CHECK(HbmParams{.policy = "pc_q64"}.errors().empty());
}

TEST_CASE("Hbm scheduler has a refresh of its own", "[unit][hbm]") {
  HbmParams params{.policy = "none_q64"};
  CHECK(params.errors().empty());
  CHECK(params.refresh_of_policy() == HbmRefresh::kNone);
  params.policy = "pc_q64";
  CHECK(params.refresh_of_policy() == HbmRefresh::kAllBank);
}

TEST_CASE("Hbm scheduler that a fidelity does not know is refused", "[unit][hbm]") {
  HbmParams params{.policy = "fr_fcfs"};
  CHECK(params.errors() ==
        std::vector<std::string>{"policy: \"fr_fcfs\" is one of cycle fidelity; expected one of "
                                 "ab_q64, none_q64, none_idle, pc_q64 at approximate"});
  params.fidelity = Fidelity::kCycle;
  CHECK(params.errors().empty());
  params.fidelity = Fidelity::kFunctional;
  const std::vector<std::string> generations_only = {
      "policy: functional fidelity has no scheduler but the generation's, ab_q64"};
  CHECK(params.errors() == generations_only);
  params.policy = "pc_q64";
  CHECK(params.errors() == generations_only);
  params.policy = "ab_q64";
  CHECK(params.errors().empty());
}
