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
}
