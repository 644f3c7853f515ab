// SPDX-License-Identifier: Apache-2.0
#include "models/message_receiver/message_receiver.h"

#include "tests/harness/archive.h"
#include "tests/harness/register_walk.h"
#include "tests/harness/test_bench.h"

namespace cvp {
namespace {

struct Bench : TestBench<MessageReceiver> {
  auto send(std::uint64_t number, unsigned bytes = 4, Addr offset = 0) {
    return mem_initiator.write(offset, bytes, number).status;
  }
  /// How often wire `number` rises within `time`.
  unsigned edges(unsigned number, Femtoseconds time) {
    unsigned count = 0;
    const Femtoseconds end = simulation_time() + time;
    while (wait_for(dut.source[number], true, end - simulation_time())) {
      ++count;
      if (!wait_for(dut.source[number], false, 10_ns)) break;
    }
    return count;
  }
};

}  // namespace

TEST_CASE("MessageReceiver registers follow their register file", "[unit][message_receiver]") {
  Bench bench;
  bench.run([&] { RegisterWalk(bench.dut.mem_target.bank(), bench.mem_initiator).run(); });
}

TEST_CASE("MessageReceiver pulses the source that the write names, and no other",
          "[unit][message_receiver]") {
  Bench bench;
  bench.run([&] {
    CHECK(bench.send(127) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.wait_for(bench.dut.source[127], true, 1_ns));
    for (unsigned n = 0; n < 127; ++n) CHECK_FALSE(bench.wire(bench.dut.source[n]).read());
    CHECK(bench.wait_for(bench.dut.source[127], false, 2_ns));
    CHECK(bench.dut.statistics().messages == 1);
  });
}

TEST_CASE("MessageReceiver loses none of three messages in one instant",
          "[unit][message_receiver]") {
  Bench bench;
  bench.run([&] {
    for (int n = 0; n < 3; ++n) bench.send(5);
    CHECK(bench.edges(5, 100_ns) == 3);
    CHECK(bench.dut.statistics().messages == 3);
  });
}

TEST_CASE("MessageReceiver takes an 8-byte write, as a SYNC command sends it",
          "[unit][message_receiver]") {
  Bench bench;
  bench.run([&] {
    CHECK(bench.send(9, 8) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.edges(9, 100_ns) == 1);
  });
}

TEST_CASE("MessageReceiver answers an error to other numbers, sizes and offsets",
          "[unit][message_receiver]") {
  Bench bench;
  bench.run([&] {
    CHECK(bench.send(128) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(bench.send(0x1'0000'0001, 8) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(bench.send(1, 4, 4) == tlm::TLM_GENERIC_ERROR_RESPONSE);  // The upper half: n >= 2^32.
    CHECK(bench.send(1, 2) == tlm::TLM_BURST_ERROR_RESPONSE);
    CHECK(bench.send(1, 4, 8) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(bench.edges(1, 100_ns) == 0);
    CHECK(bench.dut.statistics().messages == 0);
    CHECK(bench.dut.statistics().refused == 3);
  });
}

TEST_CASE("MessageReceiver goes on identically from an archive", "[unit][message_receiver]") {
  Bench bench;
  bench.run([&] {
    bench.send(3);
    const std::string saved = save(bench.dut);
    load(bench.dut, saved);
    CHECK(save(bench.dut) == saved);
    CHECK(bench.edges(3, 100_ns) == 1);
    bench.send(3);
    CHECK(bench.edges(3, 100_ns) == 1);
    CHECK(bench.dut.statistics().messages == 2);
  });
}

}  // namespace cvp
