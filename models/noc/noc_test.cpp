// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "models/core/burst_initiator.h"
#include "models/core/burst_target.h"
#include "models/core/report.h"
#include "models/noc/crossbar.h"
#include "tests/harness/register_walk.h"

using namespace cvp;

namespace {

/// A memory that is always `latency` away and counts what it was asked.
class FixedMemory : public sc_core::sc_module, public BurstModel {
 public:
  BurstTarget mem_target{"mem_target"};
  explicit FixedMemory(sc_core::sc_module_name name) : sc_module(name) { mem_target.serve(*this); }

  Femtoseconds access(tlm::tlm_generic_payload& payload, Femtoseconds arrival) override {
    last_address = payload.get_address();
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return arrival + latency;
  }
  unsigned debug(tlm::tlm_generic_payload& payload) override {
    last_address = payload.get_address();
    return payload.get_data_length();
  }

  Addr last_address = ~Addr{0};
  Femtoseconds latency = 30_ns;
};

struct Fixture : sc_core::sc_module {
  ActionQueue actions{"actions"};
  CrossbarParams params{
      .clock = 2_GHz,
      .width_bits = 512,
      .hop = 2_ns,
      .die_index = 1,
      .initiators = {{.name = "a"}, {.name = "b"}, {.name = "d2d0", .d2d_port = 0}},
      .targets = {{.name = "near", .ranges = {{kBase, 64_KiB}}}, {.name = "far", .d2d_port = 0}}};
  Crossbar noc{"noc", actions, params};
  FixedMemory near{"near"}, far{"far"};
  BurstInitiator a{"a", actions}, b{"b", actions}, d2d{"d2d", actions}, regs{"regs", actions};
  std::vector<Burst> done;
  std::vector<Femtoseconds> done_at;

  static constexpr Addr kBase = Addr{1} << kDieShift;

  explicit Fixture(sc_core::sc_module_name name = "fixture") : sc_module(name) {
    a.bind(noc.from[0]);
    b.bind(noc.from[1]);
    d2d.bind(noc.from[2]);
    regs.bind(noc.regs_target);
    noc.to[0].bind(near.mem_target);
    noc.to[1].bind(far.mem_target);
    for (BurstInitiator* initiator : {&a, &b, &d2d}) {
      initiator->on_complete([this](const Burst& burst) {
        done.push_back(burst);
        done_at.push_back(actions.now());
      });
    }
  }
  void run() { sc_core::sc_start(sc_core::sc_time(10, sc_core::SC_US)); }
};

}  // namespace

TEST_CASE("AddressMap finds a range only for an access that lies in it entirely", "[noc]") {
  AddressMap map(0);
  map.add({0x1000, 0x1000}, 1);
  map.add({0x3000, 0x1000}, 2);
  CHECK(map.find(0x1000, 8)->target == 1);
  CHECK(map.find(0x1ff8, 8)->target == 1);
  CHECK_FALSE(map.find(0x1ffc, 8));
  CHECK_FALSE(map.find(0xfff, 1));
  CHECK_FALSE(map.find(0x2000, 1));
  CHECK(map.find(0x3fff, 1)->target == 2);
}

TEST_CASE("AddressMap sends an address of another die along its route", "[noc]") {
  AddressMap map(0);
  const Addr other = (Addr{3} << kDieShift) + 0x40;
  CHECK_FALSE(map.find(other, 64));
  map.set_route(3, 5);
  CHECK(map.find(other, 64)->target == 5);
  CHECK(map.find(other, 64)->remote);
  map.clear_route(3);
  CHECK_FALSE(map.find(other, 64));
  CHECK_FALSE(map.find(Addr{200} << kDieShift, 64));
}

TEST_CASE("Crossbar adds one hop each way to an idle read", "[noc]") {
  Fixture f;
  f.a.read(Fixture::kBase + 0x100, 64, 7, {});
  f.run();
  REQUIRE(f.done.size() == 1);
  CHECK(f.done[0].ok());
  CHECK(f.done[0].tag == 7);
  CHECK(f.done[0].address == Fixture::kBase + 0x100);
  CHECK(f.near.last_address == 0x100);
  CHECK(f.done_at[0] == 2_ns + 30_ns + 2_ns);
}

TEST_CASE("Crossbar moves no more than its port's width", "[noc]") {
  Fixture f;  // 512 bit at 2 GHz: 128 bytes a nanosecond.
  f.near.latency = 0_ns;
  for (int i = 0; i < 100; ++i) f.a.read(Fixture::kBase, 4096, 0, {});
  f.run();
  REQUIRE(f.done.size() == 100);
  CHECK(f.done_at.back() == 100 * 32_ns + 4_ns);
}

TEST_CASE("Crossbar ports share one target fairly to the last byte", "[noc]") {
  Fixture f;
  f.near.latency = 0_ns;
  for (int i = 0; i < 50; ++i) {
    f.a.read(Fixture::kBase, 4096, 0, {});
    f.b.read(Fixture::kBase, 4096, 0, {});
  }
  f.run();
  REQUIRE(f.done.size() == 100);
  CHECK(f.done_at.back() == 100 * 32_ns + 4_ns);
  CHECK(f.noc.statistics(0).read.total() == 100 * 4096);
}

TEST_CASE("Crossbar answers a hole with an address error", "[noc]") {
  Fixture f;
  set_log_sink([](std::string_view) {});
  f.a.read(Fixture::kBase + 64_KiB, 64, 0, {});
  f.a.read(Fixture::kBase + 64_KiB - 32, 64, 0, {});
  f.a.read(0x8000'0000, 64, 0, {});  // Another die, no route.
  f.run();
  REQUIRE(f.done.size() == 3);
  for (const Burst& burst : f.done) CHECK(burst.status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

TEST_CASE("Crossbar follows the route table with the whole address", "[noc]") {
  Fixture f;
  f.noc.set_route(0, 0);
  f.a.read(0x8000'0040, 64, 0, {});
  f.run();
  REQUIRE(f.done.size() == 1);
  CHECK(f.done[0].ok());
  CHECK(f.far.last_address == 0x8000'0040);
}

TEST_CASE("Crossbar never sends a transaction back through the port it came from", "[noc]") {
  Fixture f;
  set_log_sink([](std::string_view) {});
  f.noc.set_route(0, 0);
  f.d2d.read(0x8000'0040, 64, 0, {});
  f.run();
  REQUIRE(f.done.size() == 1);
  CHECK(f.done[0].status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

TEST_CASE("Noc registers follow their register file", "[noc]") {
  TestBench<Crossbar> bench(CrossbarParams{});
  bench.run([&] { register_walk(bench); });
}
