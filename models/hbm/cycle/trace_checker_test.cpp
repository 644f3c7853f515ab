// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/cycle/trace_checker.h"

#include <catch2/catch.hpp>

#include "models/hbm/cycle/random_traffic.h"

using namespace cvp;
using namespace cvp::hbm_cycle;
using enum DramCommand;

namespace {

constexpr HbmRefresh kRefreshes[] = {HbmRefresh::kAllBank, HbmRefresh::kPerBank,
                                     HbmRefresh::kSameBank, HbmRefresh::kNone};

// What a checker of `real` says about a controller that keeps to `believed`.
TraceChecker trace(const HbmTiming& believed, const HbmTiming& real, const ControllerPolicy& policy,
                   std::uint64_t requests, std::uint64_t seed = 1) {
  Controller controller(believed, policy);
  TraceChecker checker(real, refresh_duty(real, policy));
  controller.observe(&checker);
  RandomTraffic traffic(controller, real.geometry, seed);
  CHECK(traffic.run(requests) == requests);
  checker.finish(traffic.end());
  return checker;
}

// A hand-written trace of one pseudo channel of HBM3-6400.
struct Step {
  Tick tick;
  DramCommand command;
  unsigned bank;
  std::uint32_t row = 0;
  std::uint8_t pseudo_channel = 0;
};
TraceChecker check(const std::vector<Step>& steps) {
  TraceChecker checker(*find_hbm_timing("hbm3-6400"));
  for (const Step& s : steps) {
    const bool all = s.command == kPrechargeAll || s.command == kRefreshAll;
    checker.on_command(
        {s.tick, s.command, s.pseudo_channel, all ? 0xffffffff : BankMask{1} << s.bank, s.row});
  }
  return checker;
}

}  // namespace

TEST_CASE("Hbm controllers break no rule of any generation under random traffic", "[hbm]") {
  unsigned run = 0;
  std::uint64_t commands = 0;
  for (const HbmTiming& timing : hbm_timings()) {
    for (ControllerPolicy policy : controller_policies()) {
      policy.refresh = kRefreshes[run++ % 4];
      INFO(timing.name << " " << policy.name << " refresh " << static_cast<int>(policy.refresh));
      const TraceChecker checker = trace(timing, timing, policy, 2000, run);
      CHECK(checker.violations() == 0);
      CHECK(checker.first() == "");
      commands += checker.commands();
    }
  }
  CHECK(commands > 400'000);
}

// A row that has served its hits gives way only to a request of the queue being served; else
// neither could go on.
TEST_CASE("Hbm controllers leave no request waiting", "[hbm]") {
  const HbmTiming& timing = *find_hbm_timing("hbm3-6400");
  for (ControllerPolicy policy : controller_policies()) {
    for (const HbmRefresh refresh : kRefreshes) {
      policy.refresh = refresh;
      Controller controller(timing, policy);
      INFO(policy.name << " refresh " << static_cast<int>(refresh));
      CHECK(RandomTraffic(controller, timing.geometry, 36).run(10'000) == 10'000);
    }
  }
}

TEST_CASE("Hbm checker finds each rule that a controller takes one clock short", "[hbm]") {
  struct Mutation {
    unsigned HbmTiming::*value;
    const char* rule;
    HbmRefresh refresh = HbmRefresh::kAllBank;
  };
  const Mutation mutations[] = {{&HbmTiming::rcd_rd, "tRCDRD"},
                                {&HbmTiming::rcd_wr, "tRCDWR"},
                                {&HbmTiming::rp, "tRP"},
                                {&HbmTiming::ras, "tRAS"},
                                {&HbmTiming::rc, "tRC"},
                                {&HbmTiming::ccd_s, "tCCDS"},
                                {&HbmTiming::ccd_l, "tCCDL"},
                                {&HbmTiming::ccd_r, "tCCDR"},
                                {&HbmTiming::ccd_l_wr, "tCCDL"},
                                {&HbmTiming::rrd_s, "tRRDS"},
                                {&HbmTiming::rrd_l, "tRRDL"},
                                {&HbmTiming::faw, "tFAW"},
                                {&HbmTiming::wr, "tWR"},
                                {&HbmTiming::rtp, "tRTP"},
                                {&HbmTiming::wtr_s, "tWTRS"},
                                {&HbmTiming::wtr_l, "tWTRL"},
                                {&HbmTiming::rtw, "tRTW"},
                                {&HbmTiming::ppd, "tPPD"},
                                {&HbmTiming::rfc_ab, "tRFC"},
                                {&HbmTiming::rfc_pb, "tRFC", HbmRefresh::kPerBank},
                                {&HbmTiming::rfc_sb, "tRFC", HbmRefresh::kSameBank},
                                {&HbmTiming::rrefd, "tRREFD", HbmRefresh::kPerBank}};
  const HbmTiming& real = *find_hbm_timing("hbm3-6400");
  for (const Mutation& mutation : mutations) {
    HbmTiming believed = real;
    believed.*mutation.value -= 1;
    ControllerPolicy policy;
    policy.refresh = mutation.refresh;
    policy.refresh_stops_channel = false;
    const TraceChecker checker = trace(believed, real, policy, 100'000);
    INFO(mutation.rule << ": " << checker.first());
    CHECK(checker.broken().contains(mutation.rule));
  }
}

// Each mistake about ranks and buses that a controller for DDR5 can make.
TEST_CASE("Hbm checker finds a controller that takes ranks and buses for something else", "[hbm]") {
  struct Mistake {
    const char* rule;
    void (*make)(HbmTiming&);
    HbmRefresh refresh = HbmRefresh::kNone;
  };
  const Mistake mistakes[] = {
      {"one rank", [](HbmTiming& t) { t.geometry.ranks = false; }, HbmRefresh::kAllBank},
      {"command bus", [](HbmTiming& t) { t.commands.buses = 2; }},
      {"odd ticks", [](HbmTiming& t) { t.commands.precharge = 1; }},
      {"tCCDR", [](HbmTiming& t) { --t.ccd_r; }},
      {"tRRDS", [](HbmTiming& t) { --t.rrd_s; }},
      {"tFAW", [](HbmTiming& t) { --t.faw; }},
      {"tWTRS", [](HbmTiming& t) { --t.wtr_s; }},
      {"tPPD", [](HbmTiming& t) { --t.ppd; }},
      {"tRFC", [](HbmTiming& t) { --t.rfc_ab; }, HbmRefresh::kAllBank},
      {"tRREFD", [](HbmTiming& t) { --t.rrefd; }, HbmRefresh::kSameBank},
  };
  const HbmTiming& real = *find_hbm_timing("ddr5-4800");
  for (const Mistake& mistake : mistakes) {
    HbmTiming believed = real;
    mistake.make(believed);
    ControllerPolicy policy = *find_controller_policy("fr_fcfs");
    policy.refresh = mistake.refresh;
    const TraceChecker checker = trace(believed, real, policy, 100'000);
    INFO(mistake.rule << ": " << checker.first());
    CHECK(checker.broken().contains(mistake.rule));
  }
  // Stack ids of one device taken for ranks.
  HbmTiming believed = *find_hbm_timing("hbm3-6400");
  believed.geometry.ranks = true;
  for (const char* rule : {"tRRDS", "tFAW", "tWTRS", "tPPD"}) {
    CHECK(trace(believed, *find_hbm_timing("hbm3-6400"), {}, 100'000).broken().contains(rule));
  }
}

// While one rank is refreshed the other works on; HBM's stack ids are refreshed together.
TEST_CASE("Hbm refresh of a rank leaves the other one alone", "[hbm]") {
  struct Watch : CommandObserver {
    void on_command(const IssuedCommand& command) override {
      if (command.command == kRefreshAll) refreshed = command;
      const bool column = command.command == kRead || command.command == kWrite;
      if (column && command.tick < refreshed.tick + rfc) ++meanwhile[refreshed.banks];
      if (command.command == kRefreshAll) ++refreshes[command.banks];
    }
    Tick rfc = 0;
    IssuedCommand refreshed{.tick = -1'000'000};
    std::map<BankMask, unsigned> refreshes, meanwhile;
  };
  const auto watch = [](const char* generation) {
    const HbmTiming& timing = *find_hbm_timing(generation);
    Controller controller(timing, *find_controller_policy("fr_fcfs"));
    Watch watch;
    watch.rfc = 2 * Tick{timing.rfc_ab};
    controller.observe(&watch);
    CHECK(RandomTraffic(controller, timing.geometry, 3).run(50'000) == 50'000);
    return watch;
  };
  const Watch ddr5 = watch("ddr5-4800"), lpddr5 = watch("lpddr5-6400");
  const BankMask first = 0xffffffff, second = first << 32;
  REQUIRE(ddr5.refreshes.size() == 2);
  CHECK(ddr5.refreshes.at(first) > 20);
  CHECK(ddr5.refreshes.at(second) > 20);
  CHECK(ddr5.meanwhile.contains(first));
  CHECK(ddr5.meanwhile.contains(second));
  CHECK(lpddr5.refreshes.size() == 1);
  CHECK(lpddr5.meanwhile.empty());
}

TEST_CASE("Hbm checker finds a controller that refreshes too rarely", "[hbm]") {
  const HbmTiming& real = *find_hbm_timing("hbm3-6400");
  for (const HbmRefresh refresh :
       {HbmRefresh::kAllBank, HbmRefresh::kPerBank, HbmRefresh::kSameBank}) {
    ControllerPolicy policy;
    policy.refresh = refresh;
    for (const unsigned postponed : {0u, 8u}) {
      policy.postponed_refreshes = postponed;
      policy.refresh_stops_channel = postponed == 0;
      CHECK(trace(real, real, policy, 60'000).first() == "");
      for (const unsigned percent : {110, 200, 400}) {  // Of tREFI.
        HbmTiming believed = real;
        believed.refi = real.refi * percent / 100;
        INFO(static_cast<int>(refresh) << " " << percent);
        CHECK(trace(believed, real, policy, 60'000).broken().contains("tREFI"));
      }
    }
  }
}

TEST_CASE("Hbm checker finds a controller that never refreshes", "[hbm]") {
  const HbmTiming& timing = *find_hbm_timing("hbm3-6400");
  ControllerPolicy policy;
  policy.refresh = HbmRefresh::kNone;
  for (const HbmRefresh promised :
       {HbmRefresh::kAllBank, HbmRefresh::kPerBank, HbmRefresh::kSameBank}) {
    Controller controller(timing, policy);
    TraceChecker checker(timing, {promised, timing.max_postponed});
    controller.observe(&checker);
    RandomTraffic(controller, timing.geometry, 1).run(60'000);
    CHECK(checker.broken().contains("tREFI"));
  }
}

namespace {

// Every bank in turn, but those that `loses`, for `rounds` of tREFI.
TraceChecker refresh_in_turn(unsigned rounds, BankMask loses, Tick end) {
  const HbmTiming& timing = *find_hbm_timing("hbm3-6400");
  TraceChecker checker(timing, {HbmRefresh::kPerBank, 8});
  const Tick apart = 2 * Tick{timing.refi} / 32;
  for (Tick turn = 0; turn < Tick{rounds} * 32; ++turn) {
    for (const std::uint8_t pc : {0, 1}) {
      const BankMask bank = BankMask{1} << turn % 32;
      if ((bank & loses) != 0) continue;
      checker.on_command({turn * apart + 2 * pc + 1, kRefreshBank, pc, bank, 0});
    }
  }
  checker.finish(end);
  return checker;
}

}  // namespace

TEST_CASE("Hbm checker finds a bank that refresh forgets, and a debt at the end of a trace",
          "[hbm]") {
  const Tick refi = 2 * Tick{find_hbm_timing("hbm3-6400")->refi};
  CHECK(refresh_in_turn(20, 0, 20 * refi).first() == "");
  CHECK(refresh_in_turn(20, 1 << 9, 20 * refi).first() ==
        "bank 9 of pseudo channel 0 has had 0 of 2 refreshes until tick 24960; at most 1 may be "
        "late (tREFI)");
  CHECK(refresh_in_turn(20, 0, 21 * refi).first() == "");
  CHECK(refresh_in_turn(20, 0, 22 * refi).broken().at("tREFI") == 64);
  // Eight ahead of their time are as many as later ones that may be left out.
  TraceChecker ahead(*find_hbm_timing("hbm3-6400"), {HbmRefresh::kAllBank, 0});
  for (Tick i = 0; i < 20; ++i) {
    for (const std::uint8_t pc : {0, 1}) {
      ahead.on_command({i * 1200 + 2 * pc + 1, kRefreshAll, pc, 0xffffffff, 0});
    }
  }
  ahead.finish(10 * refi);
  CHECK(ahead.first() == "");
  ahead.finish(11 * refi);
  CHECK(ahead.broken().contains("tREFI"));
}

TEST_CASE("Hbm checker accepts the reference's idle conflict and what lies on the bounds",
          "[hbm]") {
  CHECK(check({{1, kActivate, 0, 7},
               {65, kRead, 0, 7},
               {93, kPrecharge, 0},
               {145, kActivate, 0, 8},
               {209, kRead, 0, 8}})
            .first() == "");
}

TEST_CASE("Hbm checker follows the rows", "[hbm]") {
  const auto broken = [](const std::vector<Step>& steps, const char* rule) {
    return check(steps).broken().contains(rule);
  };
  CHECK(broken({{1, kActivate, 0, 7}, {301, kActivate, 0, 8}}, "ACT to an open bank"));
  CHECK(broken({{1, kActivate, 0, 7}, {101, kRead, 0, 8}}, "RD or WR of a row that is not open"));
  CHECK(broken({{101, kWrite, 0, 8}}, "RD or WR of a row that is not open"));
  CHECK(broken({{101, kPrecharge, 3}}, "PRE to a closed bank"));
  CHECK(broken({{1, kActivate, 0, 7}, {301, kRefreshAll, 0}}, "REF to an open bank"));
}

TEST_CASE("Hbm checker follows buses and slots", "[hbm]") {
  const auto broken = [](const std::vector<Step>& steps, const char* rule) {
    return check(steps).broken().contains(rule);
  };
  CHECK(broken({{2, kActivate, 0, 7}}, "odd ticks"));
  CHECK(broken({{9, kActivate, 0, 7}, {7, kActivate, 4, 7}}, "order"));
  // The row bus is held for three ticks, for both pseudo channels.
  const std::vector<Step> open = {{1, kActivate, 0, 7}, {101, kActivate, 4, 7, 1}};
  auto steps = open;
  steps.push_back({103, kPrecharge, 0});
  CHECK(broken(steps, "row bus"));
  steps.back().tick = 104;
  CHECK(check(steps).first() == "");
  steps = {
      {1, kActivate, 0, 7}, {5, kActivate, 0, 7, 1}, {101, kRead, 0, 7}, {102, kRead, 0, 7, 1}};
  CHECK(broken(steps, "column bus"));
  // The even tick behind a row command is for another single bank.
  CHECK(broken({{1, kActivate, 0, 7}, {101, kActivate, 4, 7}, {104, kPrechargeAll, 0}},
               "shared slot"));
  CHECK(check({{1, kActivate, 0, 7}, {101, kActivate, 4, 7}, {104, kPrecharge, 0}}).first() == "");
}
