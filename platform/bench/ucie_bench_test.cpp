// SPDX-License-Identifier: Apache-2.0
//
// The benchmark of a link at both of its engines against closed forms.
#include "platform/bench/ucie_bench.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "platform/bench/ucie_bench_runs_test.h"

using namespace cvp;

namespace {

constexpr auto kEngines = {UcieFidelity::kApproximate, UcieFidelity::kFlit};

std::string error_of(const UcieBenchParams& params) {
  std::vector<std::string> errors;
  CHECK_FALSE(run_ucie_bench(params, errors).has_value());
  REQUIRE(errors.size() == 1);
  return errors[0];
}

struct Format {
  const char* name;
  double share;    // Payload of the wire.
  double waiting;  // Bytes that must have come before the first leaves.
};
constexpr Format kFormats[] = {{"raw", 1, 64},
                               {"68", 64.0 / 68, 68},
                               {"256", 240.0 / 256, 256},
                               {"256-latopt", 236.0 / 256, 128},
                               {"256-latopt-opt", 250.0 / 256, 128}};
struct Module {
  const char* name;
  unsigned lanes;
};
constexpr Module kModules[] = {{"S-x8", 8}, {"S-x16", 16}, {"A-x32", 32}, {"A-x64", 64}};

}  // namespace

TEST_CASE("UcieBench saturated link carries what its format allows", "[unit][bench]") {
  for (const Module& module : kModules) {
    for (const Format& format : kFormats) {
      for (const unsigned modules : {1u, 2u, 4u}) {
        for (const unsigned rate : {4u, 8u, 12u, 16u, 24u, 32u, 48u, 64u}) {
          if (rate > 32 && format.name == std::string("68")) continue;
          const double raw = module.lanes * modules * rate / 8.0;
          for (const UcieFidelity fidelity : kEngines) {
            INFO(module.name << ' ' << format.name << ' ' << modules << ' ' << rate << " engine "
                             << static_cast<int>(fidelity));
            const auto result = run({.module = module.name,
                                     .modules = modules,
                                     .rate = rate,
                                     .format = format.name,
                                     .fidelity = fidelity,
                                     .flits = 3000});
            CHECK(result.raw_gb_s == Approx(raw));
            CHECK(result.payload_gb_s == Approx(raw * format.share).epsilon(0.001));
            CHECK(result.data_gb_s == Approx(raw * format.share * 0.8).epsilon(0.001));
            CHECK(result.efficiency == Approx(1).epsilon(0.001));
            CHECK(result.flits == 3000);
          }
        }
      }
    }
  }
}

TEST_CASE("UcieBench saturated link has the efficiency of its protocol", "[unit][bench]") {
  struct Row {
    const char *protocol, *format;
    std::uint64_t size;
    double read_fraction;
    double share;  // Payload of the wire.
    double data;   // Data of the payload, in the direction that carries it.
  };
  constexpr Row kRows[] = {
      {"pcie", "256", 64, 0, 236.0 / 256, 64.0 / (64 + 16)},
      {"pcie", "256", 64, 1, 236.0 / 256, 64.0 / (64 + 12)},
      {"pcie", "68", 64, 1, 64.0 / 68, 64.0 / (64 + 12)},
      {"pcie", "256-latopt-opt", 4096, 0, 240.0 / 256, 256.0 / (256 + 16)},
      {"pcie", "256-latopt-opt", 4096, 1, 240.0 / 256, 256.0 / (256 + 12)},
      {"pcie", "256", 5, 0, 236.0 / 256, 5.0 / (8 + 16)},
      {"cxl", "256", 64, 0, 240.0 / 256, 64.0 / 80},
      {"cxl", "68", 64, 1, 64.0 / 68, 64.0 / 80},
      {"cxl", "256-latopt", 64, 1, 236.0 / 256, 64.0 / 80},
      {"cxl", "256-latopt-opt", 4096, 0, 250.0 / 256, 64.0 / 80},
      {"cxl", "256", 100, 1, 236.0 / 256, 100.0 / (100 + 12)},
  };
  for (const Row& row : kRows) {
    for (const UcieFidelity fidelity : kEngines) {
      INFO(row.protocol << ' ' << row.format << ' ' << row.size << " engine "
                        << static_cast<int>(fidelity));
      const auto result = run({.format = row.format,
                               .protocol = row.protocol,
                               .read_fraction = row.read_fraction,
                               .size = row.size,
                               .fidelity = fidelity,
                               .flits = 20'000});
      CHECK(result.payload_gb_s == Approx(256 * row.share).epsilon(0.001));
      CHECK(result.data_gb_s == Approx(256 * row.share * row.data).epsilon(0.001));
      CHECK(result.efficiency == Approx(1).epsilon(0.001));
    }
  }
}

TEST_CASE("UcieBench two stacks together saturate a link", "[unit][bench]") {
  for (const char* protocol : {"streaming", "pcie", "cxl"}) {
    const double share = protocol == std::string("pcie") ? 236.0 / 256 : 240.0 / 256;
    for (const double read_fraction : {0.0, 1.0}) {
      for (const UcieFidelity fidelity : kEngines) {
        INFO(protocol << " engine " << static_cast<int>(fidelity));
        const auto result = run({.protocol = protocol,
                                 .stacks = 2,
                                 .read_fraction = read_fraction,
                                 .size = 256,
                                 .fidelity = fidelity,
                                 .flits = 20'000});
        CHECK(result.payload_gb_s == Approx(256 * share).epsilon(0.001));
        CHECK(result.efficiency == Approx(1).epsilon(0.001));
      }
    }
  }
}

// They end while the first answers are on their way.
TEST_CASE("UcieBench short runs of two stacks carry no more than the link can", "[unit][bench]") {
  for (const double read_fraction : {0.0, 1.0}) {
    for (std::uint64_t flits = 2; flits <= 12; ++flits) {
      for (const UcieFidelity fidelity : kEngines) {
        INFO(flits << " flits, engine " << static_cast<int>(fidelity));
        const auto result = run({.stacks = 2,
                                 .read_fraction = read_fraction,
                                 .size = 64,
                                 .fidelity = fidelity,
                                 .flits = flits});
        CHECK(result.efficiency <= 1.0001);
        CHECK(result.data_gb_s <= result.payload_gb_s);
      }
    }
  }
}

TEST_CASE("UcieBench engines agree on two stacks under errors", "[unit][bench]") {
  UcieBenchParams params{
      .module = "S-x16", .rate = 16, .stacks = 2, .ber = 1e-6, .rtt_flits = 16, .flits = 300'000};
  for (const UcieFidelity fidelity : kEngines) {
    params.fidelity = fidelity;
    CHECK(run(params).efficiency == Approx(0.968240179).epsilon(0.02));
  }
}

TEST_CASE("UcieBench idle link has the latency of one flit and its wires", "[unit][bench]") {
  for (const Module& module : kModules) {
    for (const Format& format : kFormats) {
      const double reach = 1.5;
      const double raw = module.lanes * 16 / 8.0;
      for (const UcieFidelity fidelity : kEngines) {
        const auto result = run({.module = module.name,
                                 .rate = 16,
                                 .format = format.name,
                                 .reach_mm = reach,
                                 .outstanding = 1,
                                 .fidelity = fidelity,
                                 .flits = 500});
        CHECK(result.latency_one_way_ns ==
              Approx(2 + format.waiting / raw + 0.0066 * reach).margin(0.001));
      }
    }
  }
}

TEST_CASE("UcieBench reads fill the way back", "[unit][bench]") {
  for (const UcieFidelity fidelity : kEngines) {
    const auto reads = run({.read_fraction = 1, .fidelity = fidelity, .flits = 20'000});
    CHECK(reads.payload_gb_s == Approx(240).epsilon(0.001));
    CHECK(reads.power_reverse_w == Approx(0.6144).epsilon(0.001));
  }
}

TEST_CASE("UcieBench saturates with mixes of any size", "[unit][bench]") {
  for (const UcieFidelity fidelity : kEngines) {
    for (const std::uint64_t size : {64u, 256u, 1024u, 4096u, 65536u}) {
      const bool short_run = fidelity == UcieFidelity::kFlit;
      const auto mixed = run({.read_fraction = 0.5,
                              .size = size,
                              .fidelity = fidelity,
                              .flits = short_run ? 60'000u : 300'000u});
      CAPTURE(size, short_run);
      CHECK(mixed.payload_gb_s == Approx(240).epsilon(0.001));
      // Half of each: a header for each and the data of one, each way.
      if (size == 64) CHECK(mixed.data_gb_s == Approx(240 * 64 / 96.0).epsilon(0.01));
    }
  }
}

TEST_CASE("UcieBench full load takes the power of full load", "[unit][bench]") {
  for (const UcieFidelity fidelity : kEngines) {
    CHECK(run({.fidelity = fidelity}).power_w == Approx(0.6144).epsilon(0.001));
    const auto idle = run({.outstanding = 1, .fidelity = fidelity, .flits = 1000});
    CHECK(idle.power_w < 0.35);
    CHECK(idle.power_w > 0.15 * 0.6144);
  }
}

TEST_CASE("UcieBench engines agree under errors", "[unit][bench]") {
  UcieBenchParams params{
      .module = "S-x16", .rate = 16, .ber = 1e-6, .rtt_flits = 16, .flits = 300'000};
  const auto approximate = run(params);
  params.fidelity = UcieFidelity::kFlit;
  const auto flit = run(params);
  CHECK(approximate.efficiency == Approx(0.968240179).epsilon(0.02));
  CHECK(flit.efficiency == Approx(0.968240179).epsilon(0.02));
  CHECK(approximate.retries == Approx(300'000 * 2.0459e-3).epsilon(0.15));
  CHECK(flit.retries == Approx(300'000 * 2.0459e-3).epsilon(0.15));
  CHECK(approximate.latency_one_way_ns == Approx(flit.latency_one_way_ns).epsilon(0.1));
  // The same seed again, and another.
  CHECK(run(params).retries == flit.retries);
  CHECK(run(params).latency_one_way_ns == flit.latency_one_way_ns);
  params.seed = 2;
  CHECK(run(params).latency_one_way_ns != flit.latency_one_way_ns);
}

TEST_CASE("UcieBench few errors on the way back cost little bandwidth", "[unit][bench]") {
  const auto result = run({.module = "S-x16",
                           .rate = 16,
                           .ber_reverse = 1e-6,
                           .fidelity = UcieFidelity::kFlit,
                           .flits = 50'000});
  CHECK(result.crc_errors > 0);
  CHECK(result.efficiency > 0.98);
}

TEST_CASE("UcieBench engines agree on one bad lane and on bursts", "[unit][bench]") {
  const auto both = [](UcieBenchParams params, double damaged) {
    params.module = "S-x16";
    params.rate = 16;
    params.rtt_flits = 8;
    params.flits = 200'000;
    for (const UcieFidelity fidelity : kEngines) {
      params.fidelity = fidelity;
      const auto result = run(params);
      CHECK(result.efficiency == Approx((1 - damaged) / (1 + 7 * damaged)).epsilon(0.01));
      CHECK(result.undetected_flits == 0);
      CHECK(result.wrong_transactions == 0);
    }
  };
  // Lane 15 carries 16 of the 256 bytes.
  both({.ber_lane = {"data:15=1e-4"}}, 1 - std::pow(1 - 1e-4, 128));
  both({.ber = 1e-6, .ber_lane = {"data:0=0", "data:1=1e-4"}},
       1 - std::pow(1 - 1e-6, 14 * 128) * std::pow(1 - 1e-4, 128));
  both({.burst = 5e-3}, 5e-3);
}

TEST_CASE("UcieBench functional link has latency and no bandwidth", "[unit][bench]") {
  const auto result = run({.fidelity = UcieFidelity::kFunctional, .flits = 1000});
  CHECK_FALSE(result.timed);
  CHECK(result.raw_gb_s == Approx(256));
  CHECK(result.latency_one_way_ns == Approx(3));
  CHECK(result.payload_gb_s == 0);
  CHECK(result.power_w == 0);
  CHECK(result.flits == 1000);
}

TEST_CASE("UcieBench counts as CRC errors what is damaged, at both engines", "[unit][bench]") {
  for (const UcieFidelity fidelity : kEngines) {
    // Of the flits from a damaged one to its replay one in fifty is damaged too.
    const auto result = run({.module = "S-x16",
                             .rate = 16,
                             .ber = 1e-5,
                             .rtt_flits = 64,
                             .fidelity = fidelity,
                             .flits = 200'000});
    const double damaged = 2.027181e-2;
    CHECK(static_cast<double>(result.crc_errors) ==
          Approx(static_cast<double>(result.retries) * (1 + 63 * damaged)).epsilon(0.03));
  }
}

TEST_CASE("UcieBench goes on after bursts that no CRC finds, and counts them", "[unit][bench]") {
  const auto result = run({.format = "68",
                           .burst = 0.1,
                           .burst_bits = 512,
                           .fidelity = UcieFidelity::kFlit,
                           .flits = 3'000'000,
                           .seed = 3});
  const double expected = static_cast<double>(result.crc_errors) / 65536;
  CHECK(result.undetected_flits > 0);
  CHECK(static_cast<double>(result.undetected_flits) <= expected + 3 * std::sqrt(expected));
  CHECK(result.wrong_transactions > 0);
}

TEST_CASE("UcieBench says what is impossible", "[unit][bench]") {
  CHECK(error_of({.module = "A-x16"}) == "module: \"A-x16\"; expected S-x8, S-x16, A-x32 or A-x64");
  CHECK(error_of({.modules = 3}) == "modules: expected 1, 2 or 4");
  CHECK(error_of({.rate = 20}) == "rate: expected one of 4, 8, 12, 16, 24, 32, 48, 64 GT/s");
  CHECK(error_of({.rate = 48, .format = "68"}) ==
        "rate: 68 B flits end at 32 GT/s; use 256 B flits above");
  CHECK(error_of({.format = "512"}).find("format: ") == 0);
  CHECK(error_of({.protocol = "axi"}) == "protocol: \"axi\"; expected streaming, pcie or cxl");
  CHECK(error_of({.stacks = 3}) == "stacks: 3; expected 1 to 2");
  CHECK(error_of({.format = "raw", .stacks = 2}) ==
        "stacks: raw flits have no header that tells the stack; expected 1");
  CHECK(error_of({.format = "raw", .protocol = "cxl"}).starts_with("protocol: raw flits"));
  CHECK(error_of({.reach_mm = 3}) == "reach: that of an advanced package is 0 to 2 mm");
  CHECK(error_of({.size = 0}).find("size: 0; expected 1 to ") == 0);
  CHECK(error_of({.flits = 1}).find("flits: 1; expected 2 to ") == 0);
  CHECK(error_of({.outstanding = 0}).find("outstanding: 0; expected 1 to ") == 0);
  CHECK(error_of({.read_fraction = 1.5}) == "read_fraction: 1.5; expected 0 to 1");
  CHECK(error_of({.ber = -1}).find("ber: -1; expected 0 to ") == 0);
  CHECK(error_of({.ber = std::nan("")}).find("ber: nan; expected 0 to ") == 0);
  CHECK(error_of({.format = "raw", .ber = 1e-9}).find("ber: raw flits have no CRC") == 0);
  CHECK(error_of({.format = "raw", .burst = 1e-3}).find("ber: raw flits have no CRC") == 0);
  CHECK(error_of({.burst = 2}) == "burst: 2; expected 0 to 0.1");
  CHECK(error_of({.burst_bits = 0}) == "burst_bits: 0; expected 1 to 512");
  for (const char* text : {"data:64=1e-6", "data:3", "data:3=", "=1e-6", "data:3=1", "data:3=1e-6x",
                           "data:x=1e-6", "data:-1=1e-6", "3:1e-6", "clock:0=1e-6", "data=1e-6",
                           "data:3@16=1e-6", "data_spare:0=1e-6"}) {
    CHECK(error_of({.ber_lane = {text}}) ==
          "ber_lane: \"" + std::string(text) +
              "\"; expected for example data:3=1e-6, m1.d0.data:3=1e-6; lanes 0 to 63 of a module, "
              "rates 0 to 0.001");
  }
  CHECK(error_of({.ber_lane = {"d1.data:3=1e-6"}}) ==
        "ber_lane: acts towards the target; expected no direction");
  CHECK(error_of({.module = "S-x16", .rate = 16, .rtt_flits = 3}) ==
        "rtt_flits: 3; expected 4, there and back on these wires, to 127, half the retry buffer");
  CHECK(error_of({.module = "S-x16", .rate = 16, .rtt_flits = 1'000'000}) ==
        "rtt_flits: 1000000; expected 4, there and back on these wires, to 127, half the retry "
        "buffer");
  for (const UcieBenchParams& params :
       {UcieBenchParams{.ber = 1e-6}, UcieBenchParams{.ber_reverse = 1e-6},
        UcieBenchParams{.ber_lane = {"data:3=1e-6"}}, UcieBenchParams{.burst = 1e-3},
        UcieBenchParams{.rtt_flits = 16}}) {
    UcieBenchParams functional = params;
    functional.fidelity = UcieFidelity::kFunctional;
    CHECK(error_of(functional).find("functional links have no errors") != std::string::npos);
  }
}
