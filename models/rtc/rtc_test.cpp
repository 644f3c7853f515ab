// SPDX-License-Identifier: Apache-2.0
#include "models/rtc/rtc.h"

#include "models/rtc/rtc_date.h"
#include "tests/harness/archive.h"
#include "tests/harness/register_walk.h"
#include "tests/harness/test_bench.h"

namespace cvp {
namespace {

using R = RtcRegs;

// `date -u -d 2026-01-01 +%s`
constexpr std::uint64_t kStart = 1'767'225'600;
constexpr std::uint64_t kNsPerSecond = 1'000'000'000;

struct Bench : TestBench<Rtc> {
  using TestBench<Rtc>::TestBench;
  std::uint64_t time() {
    const std::uint64_t low = read(&R::time_low);
    return std::uint64_t{read(&R::time_high)} << 32 | low;
  }
  void set_alarm(std::uint64_t time) {
    write(&R::alarm_high, static_cast<std::uint32_t>(time >> 32));
    write(&R::alarm_low, static_cast<std::uint32_t>(time));
  }
  bool irq() { return wire(dut.irq).read(); }
};

}  // namespace

TEST_CASE("Rtc registers follow their register file", "[unit][rtc]") {
  Bench bench;
  bench.run([&] { register_walk(bench); });
}

TEST_CASE("Rtc shows its start date plus simulated time", "[unit][rtc]") {
  Bench bench;
  bench.run([&] {
    CHECK(bench.time() == kStart * kNsPerSecond);
    bench.wait(12'345_ns);
    CHECK(bench.time() == kStart * kNsPerSecond + 12'345);
  });
}

TEST_CASE("Rtc keeps the halves of its time together", "[unit][rtc]") {
  // 4.294967296 s after this start the low half wraps: 2^32 ns.
  Bench bench(RtcParams{.start = "1970-01-01"});
  bench.run([&] {
    bench.wait(Femtoseconds{4'294'967'295 * 1'000'000});
    CHECK(bench.read(&R::time_low) == 0xffff'ffff);
    bench.wait(10_ns);
    CHECK(bench.read(&R::time_high) == 0);  // As it was when the low half was read.
    CHECK(bench.time() == 0x1'0000'0009);
  });
}

TEST_CASE("Rtc clock can be set", "[unit][rtc]") {
  Bench bench;
  bench.run([&] {
    bench.wait(1_ms);
    bench.write(&R::time_high, 0x1234);
    bench.write(&R::time_low, 0x5678);
    CHECK(bench.time() == 0x1234'0000'5678);
    bench.wait(1_us);
    CHECK(bench.time() == 0x1234'0000'5678 + 1000);
  });
}

TEST_CASE("Rtc alarm rings at its time, once, and interrupts while that is enabled",
          "[unit][rtc]") {
  Bench bench;
  bench.run([&] {
    bench.write(&R::irq_enabled, R::IrqEnabled{.enabled = true});
    bench.set_alarm(kStart * kNsPerSecond + 5000);
    CHECK(bench.read(&R::alarm_status).running);
    CHECK(bench.wait_for_irq(1_ms));
    CHECK(simulation_time() == 5_us);
    CHECK_FALSE(bench.read(&R::alarm_status).running);
    bench.write(&R::irq_enabled, R::IrqEnabled{});
    CHECK_FALSE(bench.irq());
    bench.write(&R::irq_enabled, R::IrqEnabled{.enabled = true});
    CHECK(bench.irq());
    bench.write(&R::clear_interrupt, 0);
    CHECK_FALSE(bench.irq());
    CHECK_FALSE(bench.wait_for_irq(1_ms));
  });
}

TEST_CASE("Rtc alarm in the past rings at once", "[unit][rtc]") {
  Bench bench;
  bench.run([&] {
    bench.write(&R::irq_enabled, R::IrqEnabled{.enabled = true});
    bench.set_alarm(kStart * kNsPerSecond);
    CHECK(bench.irq());
    CHECK_FALSE(bench.read(&R::alarm_status).running);
  });
}

TEST_CASE("Rtc alarm that was taken back or moved rings no more at its old time", "[unit][rtc]") {
  Bench bench;
  bench.run([&] {
    bench.write(&R::irq_enabled, R::IrqEnabled{.enabled = true});
    bench.set_alarm(kStart * kNsPerSecond + 1000);
    bench.write(&R::clear_alarm, 1);
    CHECK_FALSE(bench.wait_for_irq(2_us));
    bench.set_alarm(kStart * kNsPerSecond + 3000);
    bench.set_alarm(kStart * kNsPerSecond + 4000);
    CHECK(bench.wait_for_irq(1_ms));
    CHECK(simulation_time() == 4_us);
  });
}

TEST_CASE("Rtc alarm follows a clock that is set", "[unit][rtc]") {
  Bench bench(RtcParams{.start = "1970-01-01"});
  bench.run([&] {
    bench.write(&R::irq_enabled, R::IrqEnabled{.enabled = true});
    bench.set_alarm(0x2'0000'0000);
    bench.write(&R::time_high, 1);
    bench.write(&R::time_low, 0xffff'ff00);
    CHECK(bench.wait_for_irq(1_us));
    CHECK(simulation_time() == 256_ns);
  });
}

TEST_CASE("RtcCore goes on identically from an archive", "[unit][rtc]") {
  RtcCore saved(kStart), loaded(0);
  saved.now = [] { return 7_us; };
  saved.regs.write(0x0c, 4, 0x1886'7252);
  saved.regs.write(0x08, 4, 1);
  saved.regs.read(0x00, 4);
  saved.regs.write(0x10, 4, 1);
  load(loaded, save(saved));
  CHECK(loaded.nanoseconds_at(9_us) == kStart * kNsPerSecond + 9000);
  CHECK(loaded.regs.read(0x04, 4).value == kStart * kNsPerSecond >> 32);
  CHECK(loaded.alarm_time() == saved.alarm_time());
  CHECK(loaded.alarm_time() < Femtoseconds::max());
  loaded.ring(loaded.alarm_time());
  CHECK(loaded.interrupting());
}

TEST_CASE("Dates are read and written as ISO 8601 does", "[unit][rtc]") {
  // Each by `date -u -d <date> +%s`.
  CHECK(parse_date("1970-01-01") == 0);
  CHECK(parse_date("2026-01-01T00:00:00Z") == kStart);
  CHECK(parse_date("2006-06-17T16:01:21") == 1'150'560'081);
  CHECK(parse_date("2024-02-29T23:59:59Z") == 1'709'251'199);
  CHECK(parse_date("2261-12-31T23:59:59Z") == 9'214'646'399);
  CHECK(format_date(1'709'251'199) == "2024-02-29T23:59:59Z");
  for (const char* text :
       {"", "now", "2026", "2026-1-1", "2026-02-29", "2026-13-01", "1969-12-31", "2262-01-01",
        "2026-01-01T", "2026-01-01 00:00:00", "2026-01-01T24:00:00", "2026-01-01T00:60:00",
        "2026-01-01T00:00:00ZZ", "2026-01-01T00:00:00+01:00", "2026-01-01Z"}) {
    INFO(text);
    CHECK_FALSE(parse_date(text));
  }
}

}  // namespace cvp
