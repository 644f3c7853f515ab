// SPDX-License-Identifier: Apache-2.0
//
// Errors that no CRC has found, at flit fidelity: forged flits with good CRCs. What they say is
// lost or wrong; no transaction waits for ever, and the link goes on.
#include "models/core/report.h"
#include "models/core/splitmix64.h"
#include "models/ucie/ucie_port_test.h"

namespace cvp {
namespace {

using R = UcieRegs;

/// A link whose ends can be told of flits that nobody has sent.
struct Forgery {
  explicit Forgery(UcieParams params = flit_by_flit()) : bench(params, params) {
    set_log_sink([](std::string_view) {});
    bench.dut.near.on_complete([this](const Burst& burst) { ++(burst.ok() ? good : failed); });
  }
  void read(unsigned count) {
    for (unsigned i = 0; i < count; ++i) bench.dut.near.read(64 * i, 64, i, {});
  }
  /// Seals the flit as number `sequence` and hands it over as if bits had flipped on the wire.
  void deliver(UciePort& end, UcieFlit flit, const UcieFlitHeader& header,
               std::optional<UcieNote> note = {}) {
    ucie_seal(ucie_flit_layout(UcieFlitFormat::k256), header, flit);
    Message message = {0xF1, 1};
    message.insert(message.end(), flit.bytes.begin(), flit.bytes.end());
    if (note) {
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(&*note);
      message.insert(message.end(), bytes, bytes + sizeof *note);
    }
    end.inbox->deliver(simulation_time() + 1_ns, std::move(message));
  }
  /// The answer to the first read, as the first flit of end B, with another length.
  void answer_with_length(std::uint32_t length, std::uint8_t kind = 5) {
    UcieFlit flit;
    flit.bytes[2] = kind;
    for (unsigned i = 0; i < 4; ++i) flit.bytes[6 + i] = length >> 8 * i & 0xFF;
    deliver(bench.dut.a, flit, {.protocol = UcieProtocol::kStreaming});
  }
  bool active() const { return bench.dut.a.link().active() && bench.dut.b.link().active(); }
  /// All that was asked for has been answered, and what is asked for now is answered well.
  void check_recovered() {
    CHECK(bench.dut.near.in_flight() == 0);
    CHECK(active());
    const unsigned before = good;
    read(100);
    bench.wait(10_us);
    CHECK(good == before + 100);
    CHECK(bench.dut.back.read(8, 8).status == tlm::TLM_OK_RESPONSE);
  }

  TestBench<BurstLink> bench;
  unsigned good = 0, failed = 0;
};

void check_no_message(std::uint32_t length, std::uint8_t kind) {
  Forgery forgery;
  auto& bench = forgery.bench;
  bench.run([&] {
    forgery.read(1);
    forgery.answer_with_length(length, kind);
    bench.wait(2_ns);
    CHECK_FALSE(bench.dut.a.link().active());
    forgery.read(200);
    bench.wait(200_us);
    CHECK(forgery.failed >= 1);
    CHECK(forgery.good + forgery.failed == 201);
    CHECK(bench.read(&R::error).framing);
    CHECK(bench.read(&R::log).cause == R::Log::kCauseFraming);
    CHECK(bench.read(&R::log).state == R::Status::kStateActive);
    CHECK(bench.read(&R::event).uncorrectable);
    CHECK(bench.dut.a.arrivals().framing_errors == 1);
    CHECK(bench.dut.a.arrivals().undetected == 1u);
    CHECK(bench.dut.a.statistics().completion_timeouts == 0);
    forgery.check_recovered();
  });
}

TEST_CASE("UcieRecovery no kind of message restarts the link at once", "[unit][ucie]") {
  check_no_message(64, 0xF);
}

TEST_CASE("UcieRecovery a length beyond the largest restarts the link at once", "[unit][ucie]") {
  check_no_message(0xFFFF'FFFF, 5);
}

void check_swallowed(std::uint32_t length) {
  UcieParams params = flit_by_flit();
  params.completion_timeout = 5_ms;
  Forgery forgery(params);
  auto& bench = forgery.bench;
  bench.run([&] {
    forgery.read(1);
    forgery.answer_with_length(length);
    bench.wait(10_us);
    forgery.read(200);
    bench.wait(4'900_us);
    CHECK(forgery.failed == 0);
    CHECK(forgery.good == 0);
    bench.wait(200_us);
    CHECK(forgery.failed == 201);
    CHECK(bench.read(&R::error).completion_timeout);
    CHECK_FALSE(bench.read(&R::error).framing);
    CHECK(bench.read(&R::log).cause == R::Log::kCauseCompletionTimeout);
    CHECK(bench.dut.a.statistics().completion_timeouts == 1);
    CHECK(bench.dut.a.arrivals().lost_messages > 0);
    forgery.check_recovered();
  });
}

TEST_CASE("UcieRecovery an answer 64 KiB too long is missed after the time-out", "[unit][ucie]") {
  check_swallowed(0x1'0040);
}

TEST_CASE("UcieRecovery an answer 8 MiB too long is missed after the time-out", "[unit][ucie]") {
  check_swallowed(0x80'0040);
}

TEST_CASE("UcieRecovery an answer of another size is none", "[unit][ucie]") {
  Forgery forgery;
  auto& bench = forgery.bench;
  bench.run([&] {
    forgery.read(1);
    forgery.answer_with_length(32);
    bench.wait(200_us);
    CHECK(forgery.failed == 1);
    CHECK(bench.dut.a.arrivals().framing_errors == 1);
    forgery.check_recovered();
  });
}

TEST_CASE("UcieRecovery a lost request is missed after the time-out", "[unit][ucie]") {
  UcieParams params = flit_by_flit();
  params.completion_timeout = 5_ms;
  Forgery forgery(params);
  auto& bench = forgery.bench;
  bench.run([&] {
    // The flit with the request is taken for a duplicate: another one has had its number.
    forgery.deliver(bench.dut.b, {}, {.protocol = UcieProtocol::kStreaming});
    bench.wait(10_ns);
    bench.dut.near.write(0, std::vector<std::uint8_t>(64), 0, posted());
    forgery.read(1);
    bench.wait(4'900_us);
    CHECK(bench.dut.a.waiting() == "link ACTIVE, 2 transactions in flight, 0 waiting");
    bench.wait(200_us);
    CHECK(bench.dut.a.waiting().empty());
    CHECK(forgery.failed == 1);  // The posted write was done when it had left.
    CHECK(bench.dut.a.statistics().completion_timeouts == 1);
    CHECK(bench.dut.b.arrivals().lost_messages == 2);
    forgery.check_recovered();
  });
}

TEST_CASE("UcieRecovery whatever a flit may hold, the link goes on", "[unit][ucie]") {
  Forgery forgery;
  auto& bench = forgery.bench;
  bench.run([&] {
    std::uint16_t sequence = 0;
    std::uint64_t framing = 0;
    for (std::uint64_t n = 0; n < 3000; ++n) {
      UcieFlit flit;
      for (std::size_t i = 0; i < flit.bytes.size(); ++i) {
        flit.bytes[i] = static_cast<std::uint8_t>(splitmix64(n * 256 + i));
      }
      if (n % 4 != 0) {  // A write, or so, behind which the flit is empty.
        flit.bytes[2] = static_cast<std::uint8_t>(1 + flit.bytes[2] % 4);
        flit.bytes[3] = 0;
        flit.bytes[6] = flit.bytes[6] % 128 + 1;
        std::fill_n(flit.bytes.begin() + 7, 3, std::uint8_t{0});
        std::fill(flit.bytes.begin() + 18 + flit.bytes[6], flit.bytes.end(), std::uint8_t{0});
      }
      const bool nop = n % 5 == 0;
      const UcieNote note{.tag = flit.bytes[4] | std::uint64_t{flit.bytes[5]} << 8,
                          .command = tlm::TLM_WRITE_COMMAND};
      forgery.deliver(bench.dut.b, flit,
                      {.protocol = nop ? UcieProtocol::kNone : UcieProtocol::kStreaming,
                       .sequence = sequence,
                       .report = static_cast<std::uint16_t>(n % 16)},
                      nop ? std::nullopt : std::optional(note));
      bench.wait(2_ns);
      sequence = static_cast<std::uint16_t>((sequence + (nop ? 0 : 1)) % kUcieSequences);
      if (std::exchange(framing, bench.dut.b.arrivals().framing_errors) == framing) continue;
      for (int i = 0; i < 1000 && !forgery.active(); ++i) bench.wait(1_us);
      REQUIRE(forgery.active());
      sequence = 0;
    }
    const UcieArrivalStatistics arrivals = bench.dut.b.arrivals();
    CHECK(arrivals.naks == 0);  // Every flit had the number that was awaited.
    CHECK(arrivals.undetected == 3000u);
    CHECK(arrivals.latency.count() > 300);
    CHECK(arrivals.framing_errors > 300);
    forgery.read(1);  // In a flit whose number has been.
    bench.wait(60_ms);
    CHECK(forgery.failed == 1);
    forgery.check_recovered();
  });
}

}  // namespace
}  // namespace cvp
