// SPDX-License-Identifier: Apache-2.0
//
// Two stacks over one link: turns flit by flit, credits of their own, and arithmetic that agrees.
#include <map>

#include "models/ucie/adapter/ucie_flit_link.h"
#include "models/ucie/adapter/ucie_received_test.h"
#include "models/ucie/adapter/ucie_stream.h"
#include "models/ucie/management/ucie_link_pair_test.h"
#include "models/ucie/protocol/ucie_naive_test.h"
#include "models/ucie/protocol/ucie_traffic_test.h"
#include "models/ucie/ucie_comparison_test.h"
#include "models/ucie/ucie_params_error_test.h"
#include "tests/harness/archive.h"

namespace cvp {
namespace {

UcieFlitLinkParams two_stacks(UcieFlitFormat format = UcieFlitFormat::k256) {
  UcieFlitLinkParams params;
  params.adapter = {.format = format, .stacks = 2};
  return params;
}

// So many messages of up to 600 bytes, in turn on both stacks.
std::array<std::vector<UcieMessage>, 2> push_in_turn(UcieAdapter& end, std::uint64_t count) {
  std::array<std::vector<UcieMessage>, 2> sent;
  for (std::uint64_t i = 0; i < count; ++i) {
    sent[i % 2].push_back(random_ucie_message(i, 600));
    end.push(sent[i % 2].back(), i % 2);
  }
  return sent;
}

TEST_CASE("UcieStacks share the wire and keep their order", "[unit][ucie]") {
  for (const UcieFlitFormat format : {UcieFlitFormat::k68, UcieFlitFormat::k256LatOptExtra}) {
    UcieFlitLinkParams params = two_stacks(format);
    params.faults[0].bits.lane_ber = {1e-5};
    UcieFlitLink link(params);
    const auto sent = push_in_turn(link.end(0), 2000);
    while (!link.idle()) link.step();
    for (const unsigned stack : {0u, 1u}) {
      CHECK(all_messages(link.end(1).receiver().messages(stack)) == sent[stack]);
    }
    CHECK(link.end(1).receiver().counters().crc_errors > 0);
  }
}

TEST_CASE("UcieStacks take turns while both have something", "[unit][ucie]") {
  UcieAdapter sender({.stacks = 2});
  push_in_turn(sender, 100);
  UcieFlit flit;
  for (std::uint64_t slot = 0; slot < 40; ++slot) {
    REQUIRE(sender.transmit(slot, flit));
    CHECK(flit.header().stack == slot % 2);
  }
}

TEST_CASE("UcieStacks are read by a second receiver", "[unit][ucie]") {
  UcieAdapter sender({.stacks = 2}), receiver({.stacks = 2});
  NaiveReceiver naive("256");
  const auto sent = push_in_turn(sender, 200);
  UcieFlit flit;
  for (std::uint64_t slot = 0; sender.transmitter().waiting_bytes() > 0; ++slot) {
    if (sender.transmit(slot, flit)) naive.receive(flit.bytes.data());
  }
  std::array<std::size_t, 2> next{};
  for (const UcieMessage& message : naive.messages) {
    const unsigned stack = next[0] < sent[0].size() && message == sent[0][next[0]] ? 0 : 1;
    REQUIRE(next[stack] < sent[stack].size());
    REQUIRE((message == sent[stack][next[stack]++]));
  }
  CHECK(naive.messages.size() == 200);
}

TEST_CASE("UcieStacks one that is not consumed does not stop the other", "[unit][ucie]") {
  for (const unsigned stalled : {0u, 1u}) {
    for (const double lost : {0.0, 0.3}) {
      UcieFlitLinkParams params = two_stacks();
      params.adapter.receive_flits = 12;
      params.faults[1].lost_nop = lost;  // Credits too.
      UcieFlitLink link(params);
      UcieReceiver& receiver = link.end(1).receiver();
      receiver.hold(true, stalled);
      const auto sent = push_in_turn(link.end(0), 2000);
      for (int i = 0; i < 20'000; ++i) link.step();
      CHECK(all_messages(receiver.messages(1 - stalled)) == sent[1 - stalled]);
      CHECK(receiver.messages(stalled).empty());
      const UcieReport report = receiver.report();
      CHECK(report.accepted - report.consumed[0] - report.consumed[1] == 12);
      CHECK(link.end(0).transmitter().lacks_credit());
      receiver.hold(false, stalled);
      while (!link.idle()) link.step();
      CHECK(all_messages(receiver.messages(stalled)) == sent[stalled]);
    }
  }
}

TEST_CASE("UcieStacks one that is stalled leaves the other the whole wire", "[unit][ucie]") {
  UcieFlitLinkParams params = two_stacks();
  params.adapter.receive_flits = 64;  // More than a credit's round trip.
  UcieFlitLink link(params);
  link.end(1).receiver().hold(true, 0);
  for (int i = 0; i < 4000; ++i) {
    link.end(0).push(UcieMessage{{.kind = UcieMessageKind::kRead, .length = 64}, {}}, 0);
  }
  // 15 messages fill a flit.
  std::uint64_t pushed = 0;
  for (int i = 0; i < 5000; ++i) {
    for (; pushed < 15u * static_cast<unsigned>(i + 1); ++pushed) {
      link.end(0).push(UcieMessage{{.kind = UcieMessageKind::kRead, .length = 64}, {}}, 1);
    }
    link.step();
  }
  CHECK(link.end(1).receiver().report().consumed[1] > 4900);
}

// By arithmetic.

struct Load {
  Femtoseconds ready;
  std::uint64_t bytes = 0;
  unsigned stack = 0;
};

// When the last byte of each has left, slot by slot.
std::vector<Femtoseconds> slot_by_slot(const std::vector<Load>& loads, const FlitFormat& format) {
  std::vector<Femtoseconds> sent(loads.size());
  std::array<std::deque<std::pair<std::size_t, std::uint64_t>>, 2> waiting;
  std::size_t next = 0;
  Femtoseconds base;
  std::uint64_t slot = 0;
  unsigned turn = 0;
  while (true) {
    Femtoseconds start = base + format.time(slot);
    if (waiting[0].empty() && waiting[1].empty()) {
      if (next == loads.size()) return sent;
      if (loads[next].ready > start) {
        base = start = loads[next].ready;
        slot = 0;
      }
    }
    for (; next < loads.size() && loads[next].ready <= start; ++next) {
      waiting[loads[next].stack].emplace_back(next, loads[next].bytes);
    }
    const unsigned stack = waiting[turn].empty() ? 1 - turn : turn;
    turn = 1 - stack;
    ++slot;
    for (std::uint64_t room = format.payload_bytes; room > 0 && !waiting[stack].empty();) {
      auto& [number, left] = waiting[stack].front();
      const std::uint64_t count = std::min(room, left);
      room -= count;
      left -= count;
      if (left > 0) break;
      sent[number] = base + format.time(slot);
      waiting[stack].pop_front();
    }
  }
}

// When the last byte of each has left, by arithmetic.
std::vector<Femtoseconds> by_arithmetic(const std::vector<Load>& loads,
                                        const UcieLinkShape& shape) {
  UcieStream stream;
  stream.configure(shape, 0_ns);
  std::vector<Femtoseconds> sent(loads.size());
  std::array<std::deque<std::size_t>, 2> waiting;
  const auto take_started = [&] {
    for (const unsigned stack : {0u, 1u}) {
      for (; const auto times = stream.take_started(stack); waiting[stack].pop_front()) {
        sent[waiting[stack].front()] = times->sent;
      }
    }
  };
  for (std::size_t i = 0; i < loads.size(); ++i) {
    stream.push(loads[i].ready, loads[i].bytes, UcieProtocol::kStreaming, loads[i].stack);
    waiting[loads[i].stack].push_back(i);
    take_started();
  }
  stream.run(Femtoseconds::max());
  take_started();
  return sent;
}

TEST_CASE("UcieStream of two stacks is a wire that takes turns", "[unit][ucie]") {
  // A slot of 1 ns, and one of a third of a femtosecond more than 1416666 fs.
  const UcieLinkShape whole, fraction{UciePackage::kStandard, 16, 24_GTps, UcieFlitFormat::k68};
  for (const UcieLinkShape& shape : {whole, fraction}) {
    // Picoseconds between messages that take 1500 or 9000 on average.
    for (const unsigned gap : {100'000u, 10'000u, 4'000u, 2'000u, 1'000u}) {
      std::vector<Load> loads;
      Femtoseconds ready;
      for (std::uint64_t i = 0; i < 20'000; ++i) {
        // In groups at the same time, and exactly at the start of slots, too.
        const std::uint64_t late = splitmix64(i) % (std::uint64_t{4} * gap);
        ready += i % 3 == 0 ? late / 1000 * 1_ns : Femtoseconds{i % 3 == 1 ? late * 1000 : 0};
        loads.push_back(
            {ready, 16 + splitmix64(~i) % 700, static_cast<unsigned>(splitmix64(i * 7) % 2)});
      }
      INFO("gap " << gap << " ps, slot " << shape.flit_format().time(1).value << " fs");
      CHECK((by_arithmetic(loads, shape) == slot_by_slot(loads, shape.flit_format())));
    }
  }
}

TEST_CASE("UcieStream lets few bytes of one stack pass a backlog of the other", "[unit][ucie]") {
  std::vector<Load> loads = {{0_ns, 240 * 1000, 0}};
  for (std::uint64_t i = 1; i < 100; ++i) loads.push_back({i * 5_ns + 1_ps, 64, 1});
  loads.push_back({600_ns, 240, 0});  // Behind the backlog, and behind those flits too.
  const auto sent = by_arithmetic(loads, {});
  for (std::size_t i = 1; i < 100; ++i) CHECK(sent[i] <= loads[i].ready + 3_ns);
  CHECK(sent.front() == 1099_ns);
  CHECK(sent.back() == 1100_ns);
}

TEST_CASE("UcieStream of two stacks saved and loaded goes on identically", "[unit][ucie]") {
  const UcieLinkShape shape{UciePackage::kStandard, 16, 24_GTps, UcieFlitFormat::k68};
  UcieStream first, second;
  first.configure(shape, 0_ns, {.flit_error = ucie_flit_error(1e-5, 68), .round_trip_slots = 16});
  const auto push = [](UcieStream& stream, std::uint64_t i) {
    stream.push(i * 10_ns, 1 + splitmix64(i) % 1000, UcieProtocol::kStreaming, i % 2);
  };
  for (std::uint64_t i = 0; i < 1000; ++i) push(first, i);
  load(second, save(first));
  for (std::uint64_t i = 1000; i < 2000; ++i) {
    push(first, i);
    push(second, i);
  }
  for (UcieStream* stream : {&first, &second}) stream->run(Femtoseconds::max());
  for (unsigned stack = 0; stack < 2; ++stack) {
    for (int i = 0; i < 1000; ++i) {
      const auto a = first.take_started(stack), b = second.take_started(stack);
      REQUIRE((a && b));
      REQUIRE((a->sent == b->sent && a->arrived == b->arrived));
    }
  }
  CHECK(first.retries() > 5);
  CHECK(first.retries() == second.retries());
}

// Between two ports.

UcieParams ports(UcieMapping protocol) {
  UcieParams params = trained();
  params.protocol = protocol;
  params.stacks = 2;
  return params;
}

void check_agreement(const UcieParams& params, Femtoseconds gap, double error = 0.01) {
  const Comparison result = compare(params, 3000, gap, ScriptOf::kApart);
  CHECK(result.mean_flits_ns == Approx(result.mean_ns).epsilon(error));
}

TEST_CASE("UcieStacks of streaming agree with arithmetic", "[unit][ucie]") {
  check_agreement(ports(UcieMapping::kStreaming), 20_ns, 0.001);
}
// Messages take three quarters of the way back, all but all of it, and more than there is.
TEST_CASE("UcieStacks of a loaded link agree with arithmetic", "[unit][ucie]") {
  check_agreement(ports(UcieMapping::kStreaming), 4_ns, 0.002);
}
TEST_CASE("UcieStacks of a full link agree with arithmetic", "[unit][ucie]") {
  check_agreement(ports(UcieMapping::kStreaming), 3_ns, 0.002);
}
TEST_CASE("UcieStacks of a link that is asked too much agree with arithmetic", "[unit][ucie]") {
  check_agreement(ports(UcieMapping::kStreaming), 2_ns, 0.002);
}
TEST_CASE("UcieStacks of a full link of CXL agree with arithmetic", "[unit][ucie]") {
  check_agreement(ports(UcieMapping::kCxl), 3_ns);
}
TEST_CASE("UcieStacks of a loaded link where bits flip agree with arithmetic", "[unit][ucie]") {
  UcieParams params = ports(UcieMapping::kStreaming);
  params.bit_error_rate = 1e-6;
  check_agreement(params, 4_ns, 0.02);
}
TEST_CASE("UcieStacks of CXL.io and CXL.mem agree with arithmetic", "[unit][ucie]") {
  check_agreement(ports(UcieMapping::kCxl), 20_ns);
}
TEST_CASE("UcieStacks of PCIe agree with arithmetic where bits flip", "[unit][ucie]") {
  UcieParams params = ports(UcieMapping::kPcie);
  params.bit_error_rate = 1e-6;
  check_agreement(params, 20_ns);
}

TEST_CASE("UcieStacks saturate a link together by arithmetic", "[unit][ucie]") {
  saturate(ports(UcieMapping::kStreaming), 3000, 240e9, [](const BurstLink&) {});
}

TEST_CASE("UcieStacks saturate a link together", "[unit][ucie]") {
  UcieParams params = ports(UcieMapping::kStreaming);
  params.fidelity = UcieFidelity::kFlit;
  saturate(params, 3000, 240e9, [](const BurstLink&) {});
}

TEST_CASE("UcieStacks by arithmetic lose nothing in a retrain", "[unit][ucie]") {
  TestBench<BurstLink> bench(ports(UcieMapping::kStreaming), ports(UcieMapping::kStreaming));
  Script script(bench.dut, 300);
  bench.run([&] {
    for (unsigned n = 0; n < 300; ++n) script.issue(n);  // More than a hundred nanoseconds of them.
    bench.wait(100_ns);
    bench.write(&UcieRegs::control, UcieRegs::Control{.retrain = true});
    bench.wait(1_ms);
    CHECK(bench.read(&UcieRegs::trainings).up == 1);
    CHECK(script.done() == 300);
    for (const auto& outcome : script.outcomes()) CHECK(outcome.times == 1);
  });
}

// The other end is to be told of it in time, though no message ends for a microsecond.
TEST_CASE("UcieStacks by arithmetic have a flit of a long message damaged at once",
          "[unit][ucie]") {
  TestBench<BurstLink> bench(ports(UcieMapping::kStreaming), ports(UcieMapping::kStreaming));
  bench.run([&] {
    std::vector<std::uint8_t> data(240'000, 1);
    bench.dut.near.write(0, data, 1, posted());
    bench.wait(100_ns);
    bench.write(&UcieRegs::inject, UcieRegs::Inject{.flit = true});
    bench.wait(300_ns);
    CHECK(bench.dut.a.statistics().retries == 1);
    CHECK(bench.dut.b.arrivals().naks == 1);
    bench.wait(2_us);
    CHECK(bench.dut.a.statistics().flits == 1001);
  });
}

TEST_CASE("UcieStacks go with what tells them", "[unit][ucie]") {
  UcieParams params = ports(UcieMapping::kStreaming);
  CHECK(ucie_params_error(params).empty());
  params.format = UcieFlitFormat::kRaw;
  CHECK(ucie_params_error(params).starts_with("stacks: raw flits have no header"));
  params.stacks = 3;
  CHECK(ucie_params_error(params) == "stacks: expected 1 or 2");
}

TEST_CASE("UcieStacks wake the stack that sleeps beside one that does not", "[unit][ucie]") {
  UcieLinkManagerParams params = manager_of({UciePackage::kAdvanced, 64, 32_GTps}, 2);
  params.training.trained_at_reset = true;
  LinkPair link(params, params);
  REQUIRE(link.a.request(UcieInterfaceState::kL1, link.now));
  link.collect();
  while (link.b.fdi(0) != UcieInterfaceState::kL1) link.step();
  link.busy_b = true;
  link.run_on(1_us);
  CHECK(link.a.fdi(0) == UcieInterfaceState::kL1);
  CHECK(link.a.fdi(1) == UcieInterfaceState::kActivePmNak);
  CHECK(link.a.rdi() == UcieInterfaceState::kActive);
  CHECK(link.a.sleeps());
  CHECK_FALSE(link.a.sends());
  REQUIRE(link.b.request(UcieInterfaceState::kActive, link.now));
  link.run_on(1_us);
  CHECK(link.a.sends());
  CHECK(link.b.sends());
  CHECK_FALSE(link.b.sleeps());
}

}  // namespace
}  // namespace cvp
