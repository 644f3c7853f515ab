// SPDX-License-Identifier: Apache-2.0
#include "models/aplic/aplic_core_bench.h"

namespace cvp {
using namespace aplic_test;

TEST_CASE("Aplic claim clears the pending bit but that of a level", "[unit][aplic]") {
  for (const Mode mode : {kDetached, kEdge1, kEdge0, kLevel1, kLevel0}) {
    Core core;
    core.put(kDomaincfg, kIe);
    core.put(sourcecfg(kSource), mode);
    core.deliver(kMachine, kSource, 2, 9);
    core.set_level(kSource, mode == kEdge0);
    core.set_level(kSource, mode == kEdge1 || mode == kLevel1);
    if (mode == kDetached) core.put(kSetipnumLe, kSource);
    REQUIRE(core.is_pending());
    CHECK(core.get(claimi(2)) == (kSource << 16 | 9));
    CHECK(core.is_pending() == (mode == kLevel1 || mode == kLevel0));
  }
}

TEST_CASE("Aplic sends one message for an edge, and one more for a level only after it was low",
          "[unit][aplic]") {
  for (const Mode mode : {kDetached, kEdge1, kEdge0, kLevel1, kLevel0}) {
    const bool inverted = mode == kEdge0 || mode == kLevel0;
    const bool level = mode == kLevel1 || mode == kLevel0;
    Core core;
    core.put(kDomaincfg, kIe | kMsi);
    core.put(sourcecfg(kSource), mode);
    core.put(target(kSource), 1u << 18 | 77);
    core.put(kSetienum, kSource);
    core.set_level(kSource, inverted);  // Not asserted.
    CHECK_FALSE(core.next_message(true));
    core.set_level(kSource, !inverted);
    if (mode == kDetached) core.put(kSetip + 4, kBit);
    const auto message = core.next_message(false);
    REQUIRE(message);
    CHECK(message->data == 77);
    CHECK_FALSE(message->extempore);
    CHECK_FALSE(core.is_pending());
    CHECK_FALSE(core.next_message(true));
    // [AIA: Special consideration for level-sensitive interrupt sources]: a still asserted level
    // is sent again on request, one that has fallen is not.
    core.put(kSetipnum, kSource);
    CHECK(core.next_message(true).has_value());
    core.set_level(kSource, inverted);
    core.put(kSetipnum, kSource);
    CHECK(core.next_message(true).has_value() == !level);
    core.set_level(kSource, !inverted);
    if (mode != kDetached) CHECK(core.next_message(true).has_value());
  }
}

TEST_CASE("Aplic sends messages only while the domain and the source are enabled",
          "[unit][aplic]") {
  Core core;
  core.put(kDomaincfg, kMsi);
  core.put(sourcecfg(kSource), kEdge1);
  core.set_level(kSource, true);
  CHECK_FALSE(core.next_message(true));
  core.put(kDomaincfg, kMsi | kIe);
  CHECK_FALSE(core.next_message(true));
  core.put(kSetie + 4, kBit);
  CHECK(core.next_message(true).has_value());
  core.put(kDomaincfg, kIe);  // Direct: nothing to send, whatever is pending.
  core.put(kSetipnum, kSource);
  CHECK_FALSE(core.next_message(true));
}

TEST_CASE("Aplic message addresses are those of the formula", "[unit][aplic]") {
  Core core;
  // Machine files at 0x2400_0000, a page each; supervisor files at 0x2800_0000, four pages each;
  // groups of 8 harts, 2^32 bytes apart.
  core.put(kMmsiaddrcfg, 0x2'4000);
  core.put(kMmsiaddrcfgh, 8u << 24 | 2u << 16 | 3u << 12);
  core.put(kSmsiaddrcfg, 0x2'8000);
  core.put(kSmsiaddrcfgh, 2u << 20);
  const auto sent = [&](unsigned domain, unsigned hart) {
    core.put(target(kSource), hart << 18 | 5, domain);
    core.put(kSetipnum, kSource, domain);
    return core.next_message(true).value().address;
  };
  core.put(kDomaincfg, kIe | kMsi);
  core.put(sourcecfg(kSource), kDetached);
  core.put(kSetienum, kSource);
  CHECK(sent(kMachine, 0) == 0x2400'0000);
  CHECK(sent(kMachine, 7) == 0x2400'7000);
  CHECK(sent(kMachine, 8 + 3) == 0x1'2400'3000);
  CHECK(sent(kMachine, 3 * 8) == 0x3'2400'0000);
  core.delegate(kSource);
  core.put(kDomaincfg, kIe | kMsi, kSupervisor);
  core.put(sourcecfg(kSource), kDetached, kSupervisor);
  core.put(kSetienum, kSource, kSupervisor);
  CHECK(sent(kSupervisor, 0) == 0x2800'0000);
  CHECK(sent(kSupervisor, 7) == 0x2801'c000);
  CHECK(sent(kSupervisor, 2 * 8 + 1) == 0x2'2800'4000);
  // High bits of the page number.
  core.put(kSmsiaddrcfgh, 0xfff);
  CHECK(sent(kSupervisor, 0) == 0xff'f000'2800'0000);
}

TEST_CASE("Aplic message addresses are read-only once they are locked", "[unit][aplic]") {
  Core core;
  core.put(kMmsiaddrcfg, 0x2'4000);
  core.put(kSmsiaddrcfg, 0x2'8000);
  core.put(kSmsiaddrcfgh, 1u << 20);
  core.put(kMmsiaddrcfgh, 1u << 31 | 3u << 12);
  const Addr all[] = {kMmsiaddrcfg, kMmsiaddrcfgh, kSmsiaddrcfg, kSmsiaddrcfgh};
  const std::uint32_t held[] = {0x2'4000, 1u << 31 | 3u << 12, 0x2'8000, 1u << 20};
  for (int n = 0; n < 4; ++n) {
    core.put(all[n], 0);
    CHECK(core.get(all[n]) == held[n]);
    core.put(all[n], 0xffff'ffff);
    CHECK(core.get(all[n]) == held[n]);
    CHECK(core.get(all[n], kSupervisor) == 0);  // Machine-level domains only.
  }
}

TEST_CASE("Aplic genmsi is busy until its message has arrived, and waits for the earlier ones",
          "[unit][aplic]") {
  Core core;
  core.put(kGenmsi, 3u << 18 | 99);
  CHECK(core.get(kGenmsi) == 0);  // Direct delivery: read-only zero.
  core.put(kDomaincfg, kMsi);     // IE does not matter.
  core.put(kGenmsi, 3u << 18 | 99);
  CHECK(core.get(kGenmsi) == (3u << 18 | 1u << 12 | 99));
  core.put(kGenmsi, 1u << 18 | 5);  // Ignored.
  CHECK_FALSE(core.next_message(false));
  const auto message = core.next_message(true);
  REQUIRE(message);
  CHECK(message->data == 99);
  CHECK(message->extempore == kMachine);
  CHECK(core.get(kGenmsi) == (3u << 18 | 1u << 12 | 99));
  CHECK_FALSE(core.next_message(true));
  core.extempore_arrived(kMachine);
  CHECK(core.get(kGenmsi) == (3u << 18 | 99));
  core.put(kGenmsi, 5);
  CHECK(core.next_message(true)->data == 5);
}

TEST_CASE("Aplic claims the lowest priority number, then the lowest source", "[unit][aplic]") {
  Core core;
  core.put(kDomaincfg, kIe);
  const unsigned priorities[][2] = {{10, 4}, {64, 2}, {100, 2}, {200, 255}};
  for (const auto& [source, priority] : priorities) {
    core.put(sourcecfg(source), kDetached);
    core.deliver(kMachine, source, 1, priority);
    core.put(kSetipnum, source);
  }
  CHECK(core.get(topi(0)) == 0);
  CHECK(core.get(topi(1)) == (64u << 16 | 2));
  for (const auto expected : {64u << 16 | 2, 100u << 16 | 2, 10u << 16 | 4, 200u << 16 | 255, 0u}) {
    CHECK(core.get(claimi(1)) == expected);
  }
}

TEST_CASE("Aplic threshold hides its own priority and those behind, from claims too",
          "[unit][aplic]") {
  Core core;
  core.put(kDomaincfg, kIe);
  core.put(sourcecfg(kSource), kDetached);
  core.deliver(kMachine, kSource, 0, 9);
  core.put(kSetipnum, kSource);
  core.put(ithreshold(0), 9);
  CHECK_FALSE(core.interrupting(kMachine, 0));
  CHECK(core.get(claimi(0)) == 0);
  core.put(ithreshold(0), 10);
  CHECK(core.interrupting(kMachine, 0));
  core.put(ithreshold(0), 0);
  CHECK(core.get(claimi(0)) == (kSource << 16 | 9));
}

TEST_CASE("Aplic interrupts a hart while IE and idelivery are on", "[unit][aplic]") {
  Core core;
  core.delegate(kSource);
  core.put(sourcecfg(kSource), kLevel1, kSupervisor);
  core.deliver(kSupervisor, kSource, 3, 1);
  core.set_level(kSource, true);
  CHECK_FALSE(core.interrupting(kSupervisor, 3));
  core.put(kDomaincfg, kIe, kSupervisor);
  CHECK(core.interrupting(kSupervisor, 3));
  CHECK_FALSE(core.interrupting(kMachine, 3));
  CHECK_FALSE(core.interrupting(kSupervisor, 2));
  core.put(idelivery(3), 0, kSupervisor);
  CHECK_FALSE(core.interrupting(kSupervisor, 3));
  core.put(idelivery(3), 1, kSupervisor);
  core.put(kDomaincfg, kIe | kMsi, kSupervisor);
  CHECK_FALSE(core.interrupting(kSupervisor, 3));
  CHECK(core.get(topi(3), kSupervisor) == 0);
}

TEST_CASE("Aplic forced interrupt ends with an empty claim", "[unit][aplic]") {
  Core core;
  core.put(iforce(1), 1);
  core.put(idelivery(1), 1);
  CHECK_FALSE(core.interrupting(kMachine, 1));
  core.put(kDomaincfg, kIe);
  CHECK(core.interrupting(kMachine, 1));
  CHECK_FALSE(core.interrupting(kMachine, 0));
  core.put(sourcecfg(kSource), kDetached);
  core.deliver(kMachine, kSource, 1, 1);
  core.put(kSetipnum, kSource);
  CHECK(core.get(claimi(1)) != 0);
  CHECK(core.get(iforce(1)) == 1);
  CHECK(core.get(claimi(1)) == 0);
  CHECK(core.get(iforce(1)) == 0);
  CHECK_FALSE(core.interrupting(kMachine, 1));
}

TEST_CASE("Aplic has interrupt delivery control for its harts only", "[unit][aplic]") {
  Core core(2);
  for (const Addr offset : {idelivery(2), iforce(2), ithreshold(2), idelivery(63)}) {
    core.put(offset, 1);
    CHECK(core.get(offset) == 0);
  }
}

}  // namespace cvp
