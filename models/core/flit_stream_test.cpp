// SPDX-License-Identifier: Apache-2.0
#include "models/core/flit_stream.h"

#include <catch2/catch.hpp>

#include "tests/harness/archive.h"

namespace cvp {
namespace {

// 256 bytes a nanosecond.
constexpr FlitFormat kFormat{
    .wire_bytes = 256, .payload_bytes = 240, .bits_per_second = 2'048'000'000'000, .latency = 2_ns};

TEST_CASE("FlitClock tells what its format tells, whole femtoseconds or not", "[core]") {
  unsigned fractions = 0;
  for (const std::uint32_t wire_bytes : {64u, 68u, 256u}) {
    for (const std::uint64_t gt_s : {4u, 8u, 12u, 16u, 24u, 32u, 48u, 64u}) {
      for (const std::uint64_t lanes : {8u, 16u, 64u, 256u}) {
        const FlitFormat format{wire_bytes, wire_bytes, lanes * gt_s * 1'000'000'000, 2_ns};
        const FlitClock clock(format);
        fractions += 3 * format.time(1).value != format.time(3).value ? 1 : 0;
        bool equal = true;
        for (const std::uint64_t n : {0u, 1u, 2u, 3u, 7u, 1000u, 1'000'003u}) {
          equal &= clock.time(n) == format.time(n);
        }
        INFO(wire_bytes << " bytes, " << lanes << " lanes of " << gt_s << " GT/s");
        CHECK(equal);
      }
    }
  }
  CHECK(fractions > 10);
}

TEST_CASE("FlitStream sends an idle link's message with one flit's latency", "[core]") {
  FlitStream tx;
  tx.configure(kFormat, 0_ns);
  const auto times = tx.send(100_ns, 64);
  CHECK(times.sent == 101_ns);
  CHECK(times.arrived == 103_ns);
  CHECK(tx.flits() == 1);
  // A flit that has started is closed: what comes 0.3 ns later takes the next.
  CHECK(tx.send(100_ns + 300_ps, 64).arrived == 104_ns);
  CHECK(tx.flits() == 2);
}

TEST_CASE("FlitStream leaves no payload byte empty while a message waits", "[core]") {
  FlitStream tx;
  tx.configure(kFormat, 0_ns);
  // Nine messages of 80 bytes are ready: they fill exactly three flits of 240 bytes.
  for (int i = 0; i < 9; ++i) {
    INFO("message " << i);
    CHECK(tx.send(5_ns, 80).arrived == 8_ns + 1_ns * static_cast<std::uint64_t>(i / 3));
  }
  CHECK(tx.flits() == 3);
  CHECK(tx.wire_bytes() == 3 * 256);
  // A message across a flit boundary arrives with the flit that holds its last byte.
  CHECK(tx.send(5_ns, 241).arrived == 12_ns);
  CHECK(tx.busy() == 5_ns);
}

TEST_CASE("FlitStream saved and loaded goes on identically", "[core]") {
  FlitFormat odd = kFormat;
  odd.bits_per_second = 16 * 12'000'000'000;  // A flit takes no whole number of femtoseconds.
  FlitStream first, second;
  first.configure(odd, 0_ns);
  for (std::uint64_t i = 0; i < 100; ++i) first.send(i * 7_ns, 16 + i * 5);
  load(second, save(first));
  for (std::uint64_t i = 100; i < 200; ++i) {
    CHECK(first.send(i * 7_ns, 16 + i).arrived == second.send(i * 7_ns, 16 + i).arrived);
  }
  CHECK(first.flits() == second.flits());
}

}  // namespace
}  // namespace cvp
