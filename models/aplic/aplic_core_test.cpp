// SPDX-License-Identifier: Apache-2.0
#include "models/aplic/aplic_core_bench.h"
#include "tests/harness/archive.h"

namespace cvp {
namespace {

using namespace aplic_test;

/// Pending after an event, by the tables of [AIA: Precise effects on interrupt-pending bits].
struct Rules {
  Mode mode;
  bool msi;
  bool level_mode() const { return mode == kLevel1 || mode == kLevel0; }
  bool inverted() const { return mode == kEdge0 || mode == kLevel0; }
  bool wired() const { return mode >= kEdge1; }
  bool input(bool wire) const { return wired() && wire != inverted(); }
  bool after_wire(bool pending, bool before, bool after) const {
    if (level_mode() && !msi) return input(after);
    if (level_mode() && !input(after)) return false;
    return pending || (!input(before) && input(after));
  }
  bool after_set(bool pending, bool wire) const {
    if (mode == kInactive) return false;
    if (level_mode()) return msi ? pending || input(wire) : pending;
    return true;
  }
  bool after_clear(bool pending) const { return level_mode() && !msi ? pending : false; }
};

}  // namespace

TEST_CASE("Aplic starts with inactive sources, direct delivery, interrupts off", "[unit][aplic]") {
  Core core;
  for (const unsigned domain : {kMachine, kSupervisor}) {
    CHECK(core.get(kDomaincfg, domain) == 0x8000'0000);
    for (const unsigned source : {1u, 37u, 223u}) {
      CHECK(core.get(sourcecfg(source), domain) == 0);
      CHECK(core.get(target(source), domain) == 0);
    }
    for (unsigned hart = 0; hart < 4; ++hart) CHECK_FALSE(core.interrupting(domain, hart));
  }
}

TEST_CASE("Aplic domaincfg keeps IE and DM and tells its byte order", "[unit][aplic]") {
  Core core;
  core.put(kDomaincfg, 0xffff'ffff);
  CHECK(core.get(kDomaincfg) == (0x8000'0000 | kIe | kMsi));  // BE is read-only zero.
  core.put(kDomaincfg, 0);
  CHECK(core.get(kDomaincfg) == 0x8000'0000);
}

TEST_CASE("Aplic pending bits follow the rules of each source mode", "[unit][aplic]") {
  for (const bool msi : {false, true}) {
    for (const Mode mode : {kInactive, kDetached, kEdge1, kEdge0, kLevel1, kLevel0}) {
      for (const bool by_number : {false, true}) {
        const Rules rules{mode, msi};
        INFO("mode " << mode << (msi ? ", by messages" : ", direct"));
        Core core;
        core.put(kDomaincfg, msi ? kMsi : 0);
        core.put(sourcecfg(kSource), mode);
        bool wire = false;
        bool pending = core.is_pending();
        CHECK(pending == (rules.level_mode() && rules.input(wire)));
        const auto event = [&](unsigned number) {
          const bool before = wire;
          switch (number) {
            case 0:
            case 1:
              wire = number == 1;
              core.set_level(kSource, wire);
              pending = rules.after_wire(pending, before, wire);
              break;
            case 2:
              if (by_number) core.put(kSetipnum, kSource);
              if (!by_number) core.put(kSetip + 4, kBit);
              pending = rules.after_set(pending, wire);
              break;
            default:
              if (by_number) core.put(kClripnum, kSource);
              if (!by_number) core.put(kInClrip + 4, kBit);
              pending = rules.after_clear(pending);
          }
          CHECK(core.is_pending() == pending);
          CHECK((core.get(kInClrip + 4) & kBit) == (rules.input(wire) ? kBit : 0));
          // Nobody else's bit.
          CHECK((core.get(kSetip + 4) & ~kBit) == 0);
          CHECK(core.get(kSetip) == 0);
        };
        // Every sequence of four events.
        for (unsigned sequence = 0; sequence < 256; ++sequence) {
          for (unsigned step = 0; step < 4; ++step) event(sequence >> 2 * step & 3);
        }
      }
    }
  }
}

TEST_CASE("Aplic sources in the supervisor domain are those that the root delegates",
          "[unit][aplic]") {
  Core core;
  core.put(sourcecfg(kSource), kLevel1, kSupervisor);
  CHECK(core.get(sourcecfg(kSource), kSupervisor) == 0);
  core.put(sourcecfg(kSource), kLevel1);
  core.put(target(kSource), 5);
  core.put(kSetienum, kSource);
  core.set_level(kSource, true);
  REQUIRE(core.is_pending());
  core.put(sourcecfg(kSource), kDelegate | 0x3ff);
  CHECK(core.get(sourcecfg(kSource)) == kDelegate);  // The one child has index 0.
  CHECK_FALSE(core.is_pending());
  CHECK_FALSE(core.is_enabled());
  CHECK(core.get(target(kSource)) == 0);
  CHECK(core.get(sourcecfg(kSource), kSupervisor) == 0);
  core.put(sourcecfg(kSource), kLevel1, kSupervisor);
  CHECK(core.get(sourcecfg(kSource), kSupervisor) == kLevel1);
  CHECK(core.is_pending(kSource, kSupervisor));
  CHECK_FALSE(core.is_pending());
  core.put(kSetienum, kSource, kSupervisor);
  CHECK(core.is_enabled(kSource, kSupervisor));
  core.put(sourcecfg(kSource), kDelegate, kSupervisor);  // A leaf delegates to nobody.
  CHECK(core.get(sourcecfg(kSource), kSupervisor) == 0);
  CHECK_FALSE(core.is_pending(kSource, kSupervisor));
  CHECK_FALSE(core.is_enabled(kSource, kSupervisor));
}

TEST_CASE("Aplic takes a source back from the supervisor domain", "[unit][aplic]") {
  Core core;
  core.delegate(kSource);
  core.put(sourcecfg(kSource), kDetached, kSupervisor);
  core.put(kSetipnum, kSource, kSupervisor);
  core.put(kSetienum, kSource, kSupervisor);
  core.put(target(kSource), 7, kSupervisor);
  core.put(sourcecfg(kSource), kDetached);
  for (const Addr offset :
       {sourcecfg(kSource), target(kSource), Addr{kSetip + 4}, Addr{kSetie + 4}}) {
    CHECK(core.get(offset, kSupervisor) == 0);
  }
  core.delegate(kSource);
  CHECK(core.get(sourcecfg(kSource), kSupervisor) == 0);
}

TEST_CASE("Aplic inactive sources have read-only zero pending, enable and target",
          "[unit][aplic]") {
  Core core;
  core.put(kSetip + 4, 0xffff'ffff);
  core.put(kSetie + 4, 0xffff'ffff);
  core.put(kSetipnum, kSource);
  core.put(kSetienum, kSource);
  core.put(target(kSource), 0xffff'ffff);
  CHECK(core.get(kSetip + 4) == 0);
  CHECK(core.get(kSetie + 4) == 0);
  CHECK(core.get(target(kSource)) == 0);
  for (const std::uint32_t reserved : {2u, 3u}) {
    core.put(sourcecfg(kSource), reserved);
    CHECK(core.get(sourcecfg(kSource)) == kInactive);
  }
}

TEST_CASE("Aplic source 0 and sources above the last do not exist", "[unit][aplic]") {
  Core core(1, 40);
  for (const unsigned number : {0u, 41u, 1023u, 1024u, 0xffff'ffffu}) {
    core.put(kSetipnum, number);
    core.put(kSetienum, number);
    core.put(kClripnum, number);
    core.put(kClrienum, number);
  }
  core.put(sourcecfg(41), kDetached);
  CHECK(core.get(sourcecfg(41)) == 0);
  core.put(target(41), 1);
  CHECK(core.get(target(41)) == 0);
  for (unsigned source = 1; source <= 40; ++source) core.put(sourcecfg(source), kDetached);
  for (unsigned word = 0; word < 32; ++word) {
    core.put(kSetip + 4 * word, 0xffff'ffff);
    core.put(kSetie + 4 * word, 0xffff'ffff);
    const std::uint32_t expected = word == 0 ? 0xffff'fffe : word == 1 ? 0x1ff : 0;
    CHECK(core.get(kSetip + 4 * word) == expected);
    CHECK(core.get(kSetie + 4 * word) == expected);
  }
  core.put(kSetipnumBe, 1u << 24);  // Little-endian only: a reserved word.
  CHECK(core.get(kSetipnumBe) == 0);
}

TEST_CASE("Aplic enables are set and cleared by bit and by number", "[unit][aplic]") {
  Core core;
  for (unsigned source = 32; source < 64; ++source) core.put(sourcecfg(source), kDetached);
  core.put(kSetie + 4, 0xff);
  core.put(kSetie + 4, 0xf00);
  CHECK(core.get(kSetie + 4) == 0xfff);
  core.put(kClrie + 4, 0xf0);
  CHECK(core.get(kSetie + 4) == 0xf0f);
  CHECK(core.get(kClrie + 4) == 0);
  core.put(kSetienum, 36);
  core.put(kClrienum, 32);
  CHECK(core.get(kSetie + 4) == 0xf1e);
  CHECK(core.get(kSetienum) == 0);
}

TEST_CASE("Aplic priority numbers are 1 to 255, and identities 11 bits", "[unit][aplic]") {
  Core core;
  core.put(sourcecfg(kSource), kDetached);
  CHECK(core.get(target(kSource)) == 1);  // Legal from the start.
  core.put(target(kSource), 3u << 18 | 0x700);
  CHECK(core.get(target(kSource)) == (3u << 18 | 1));
  core.put(target(kSource), 0xffff'ffff);
  CHECK(core.get(target(kSource)) == (0x3fffu << 18 | 0xff));
  core.put(kDomaincfg, kMsi);
  core.put(target(kSource), 0xffff'ffff);
  CHECK(core.get(target(kSource)) == (0x3fffu << 18 | 0x7ff));  // No guest index.
  core.put(target(kSource), 2u << 18);
  CHECK(core.get(target(kSource)) == 2u << 18);
  core.put(kDomaincfg, 0);
  CHECK((core.get(target(kSource)) & 0x7ff) == 1);
}

TEST_CASE("Aplic takes registers at 4 bytes only", "[unit][aplic]") {
  Core core;
  for (const Addr offset : {Addr{kDomaincfg}, sourcecfg(1), target(1), claimi(0)}) {
    for (const unsigned bytes : {1u, 2u, 8u}) {
      CHECK(core.regs.read(offset, bytes).status == RegisterStatus::kSizeError);
      CHECK(core.regs.write(offset, bytes, 0) == RegisterStatus::kSizeError);
    }
  }
}

TEST_CASE("AplicCore goes on identically from an archive", "[unit][aplic]") {
  Core saved;
  saved.put(kDomaincfg, kIe);
  saved.put(sourcecfg(kSource), kLevel1);
  saved.deliver(kMachine, kSource, 2, 9);
  saved.set_level(kSource, true);
  saved.put(kSmsiaddrcfg, 0x2'8000);
  saved.put(kMmsiaddrcfgh, 1u << 31);
  saved.put(kDomaincfg, kMsi, kSupervisor);
  saved.put(kGenmsi, 55, kSupervisor);
  Core loaded;
  load<AplicCore>(loaded, save<AplicCore>(saved));
  CHECK(loaded.get(claimi(2)) == (kSource << 16 | 9));
  loaded.set_level(kSource, false);  // It knows that the wire was high.
  CHECK(loaded.get(claimi(2)) == 0);
  loaded.put(kSmsiaddrcfg, 0);  // Locked.
  const auto message = loaded.next_message(true);
  REQUIRE(message);
  CHECK(message->address == 0x2800'0000);
  CHECK(message->extempore == kSupervisor);
}

}  // namespace cvp
