// SPDX-License-Identifier: Apache-2.0
//
// What a write of `control` and its kin leaves in `command`.
#include "models/ucie/ucie_two_ports_test.h"

namespace cvp {
namespace {

std::uint32_t result(Bench& bench) {
  bench.wait(1_ns);
  return bench.read(&R::command).result;
}

TEST_CASE("UcieLinkResults says what became of the last write, also of none of its bits",
          "[unit][ucie]") {
  Bench bench(first(), second());
  bench.run([&] {
    for (const std::uint32_t nothing : {0u, 0x80u, 0xffffff00u}) {
      REQUIRE(command(bench, {.start = true}) == R::Command::kResultWrongState);
      bench.regs_initiator.write(0x10, 4, nothing);
      CHECK(result(bench) == R::Command::kResultNone);
    }
    REQUIRE(command(bench, {.start = true}) == R::Command::kResultWrongState);
    CHECK(inject(bench, {}) == R::Command::kResultNone);
    REQUIRE(command(bench, {.start = true}) == R::Command::kResultWrongState);
    bench.write(&R::sideband, {});
    CHECK(result(bench) == R::Command::kResultNone);
    // In the order of the writes.
    bench.write(&R::control, {});
    CHECK(command(bench, {.start = true}) == R::Command::kResultWrongState);
    CHECK(bench.read(&R::status).state == R::Status::kStateActive);
  });
}

TEST_CASE("UcieLinkResults releases the other die only over a sideband that is up",
          "[unit][ucie]") {
  Bench bench(first(false), second(false));
  bench.run([&] {
    bench.write(&R::sideband, {.release = true});
    CHECK(result(bench) == R::Command::kResultWrongState);
    REQUIRE(command(bench, {.start = true}) == R::Command::kResultAccepted);
    wait_state(bench, R::Status::kStateActive);
    CHECK_FALSE(bench.read(&R::remote_status).released);
    REQUIRE(command(bench, {.start = true}) == R::Command::kResultWrongState);
    bench.write(&R::sideband, {.release = true});
    CHECK(result(bench) == R::Command::kResultAccepted);
    bench.wait(1_us);
    CHECK(bench.read(&R::remote_status).released);
  });
}

void check_parity_is_refused(UcieFlitFormat format) {
  UcieParams a = first(), b = second();
  a.format = b.format = format;
  Bench bench(a, b);
  bench.run([&] {
    CHECK_FALSE(bench.read(&R::capability).parity);
    bench.write(&R::parity, {.inserts = 1});
    CHECK(bench.read(&R::command).result == R::Command::kResultBadValue);
    CHECK(command(bench, {.retrain = true}) == R::Command::kResultBadValue);
    bench.write(&R::parity, {});
    CHECK(bench.read(&R::command).result == R::Command::kResultAccepted);
    CHECK(command(bench, {.retrain = true}) == R::Command::kResultAccepted);
  });
}

TEST_CASE("UcieLinkResults takes no parity for raw flits", "[unit][ucie]") {
  check_parity_is_refused(UcieFlitFormat::kRaw);
}

TEST_CASE("UcieLinkResults takes no parity for flits of 68 bytes", "[unit][ucie]") {
  check_parity_is_refused(UcieFlitFormat::k68);
}

}  // namespace
}  // namespace cvp
