// SPDX-License-Identifier: Apache-2.0
//
// GDB's protocol, as bytes and as commands, on a hart with RAM; garbage of every kind.
#include <catch2/catch.hpp>
#include <random>

#include <fmt/format.h>

#include "models/cpu/hart_bench.h"
#include "platform/debug/gdb_registers.h"
#include "platform/debug/gdb_session.h"

namespace cvp {
namespace {

using namespace code;
using enum DebugMode;

std::vector<GdbItem> read_all(std::string_view bytes) {
  GdbPacketReader reader;
  reader.feed(bytes);
  std::vector<GdbItem> items;
  while (!reader.empty()) items.push_back(reader.take());
  return items;
}

TEST_CASE("GdbPacketReader takes packets, acknowledgements and interrupts apart", "[gdb]") {
  const auto items = read_all("++$qC#b4+\x03$g#00-$m1,2#fc");
  REQUIRE(items.size() == 5);
  CHECK(items[0].text == "qC");
  CHECK(items[1].kind == GdbItem::Kind::kInterrupt);
  CHECK(items[2].kind == GdbItem::Kind::kBroken);
  CHECK(items[3].kind == GdbItem::Kind::kRepeat);
  CHECK(items[4].text == "m1,2");
}

TEST_CASE("GdbPacketReader gets back what gdb_packet makes, whatever the bytes", "[gdb]") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  const std::string packet = gdb_packet(all);
  CHECK(packet.find('*') == std::string::npos);
  const auto items = read_all("noise" + packet);
  REQUIRE(items.size() == 1);
  CHECK(items[0].text == all);
}

TEST_CASE("GdbPacketReader begins again where a packet begins in a packet", "[gdb]") {
  const auto items = read_all("$lost$qC#b4");
  REQUIRE(items.size() == 1);
  CHECK(items[0].text == "qC");
}

TEST_CASE("GdbPacketReader refuses what is too long, and goes on", "[gdb]") {
  const auto items = read_all("$" + std::string(1 << 20, 'x') + "#00$qC#b4");
  REQUIRE(items.size() == 2);
  CHECK(items[0].kind == GdbItem::Kind::kBroken);
  CHECK(items[1].text == "qC");
}

/// Two harts that share RAM, of which GDB is told.
struct Target : DebugTarget {
  Target() : second({.hart_id = 1}, machine) { second.reset(kRamBase); }
  unsigned harts() const override { return 2; }
  Hart& hart(unsigned index) override { return index == 0 ? machine.hart : second; }
  std::string state(unsigned hart) const override { return hart == 0 ? "runs" : "wfi"; }
  bool inside(Addr at, std::size_t size) const {
    return AddrRange{kRamBase, machine.memory.size()}.contains(at, size);
  }
  bool read(Addr at, std::span<std::uint8_t> out) override {
    if (!inside(at, out.size())) return false;
    std::memcpy(out.data(), machine.memory.data() + (at - kRamBase), out.size());
    return true;
  }
  bool write(Addr at, std::span<const std::uint8_t> in) override {
    if (!inside(at, in.size())) return false;
    std::memcpy(machine.memory.data() + (at - kRamBase), in.data(), in.size());
    return true;
  }
  void set_breakpoints(const std::set<Addr>& addresses) override { breakpoints = addresses; }
  void set_watchpoints(const std::vector<Watchpoint>& list) override { watchpoints = list; }
  void hold() override { modes.assign(2, kHold); }
  void go(const std::vector<DebugMode>& all) override { modes = all; }
  void reset() override { ++resets; }
  std::string statistics() const override { return "2 harts\n"; }

  Machine machine;
  Hart second;
  std::set<Addr> breakpoints;
  std::vector<Watchpoint> watchpoints;
  std::vector<DebugMode> modes{kHold, kHold};
  int resets = 0;
};

struct Conversation {
  Conversation() { ask("QStartNoAckMode"); }
  /// The text of the reply, or of nothing.
  std::string ask(std::string_view packet) {
    session.receive(gdb_packet(packet));
    return text_of(session.take_output());
  }
  static std::string text_of(std::string output) {
    if (output.starts_with("+")) output.erase(0, 1);
    if (output.empty()) return "nothing";
    const auto items = read_all(output);
    return items.size() == 1 ? items[0].text : std::to_string(items.size()) + " packets";
  }
  std::string monitor(std::string_view line) {
    std::string text;
    return from_hex(ask("qRcmd," + to_hex(line)), text) ? text : "no text";
  }
  Target target;
  GdbSession session{target};
};

TEST_CASE("GdbSession acknowledges until it is told not to", "[gdb]") {
  Target target;
  GdbSession session(target);
  session.receive("$qC#b4");
  CHECK(session.take_output() == "+$QC1#c5");
  session.receive("-");
  CHECK(session.take_output() == "$QC1#c5");
  session.receive("$qC#00");
  CHECK(session.take_output() == "-");
  session.receive(gdb_packet("QStartNoAckMode"));
  CHECK(session.take_output() == "+$OK#9a");
  session.receive("$qC#b4");
  CHECK(session.take_output() == "$QC1#c5");
}

TEST_CASE("GdbSession shows harts as threads", "[gdb]") {
  Conversation gdb;
  CHECK(gdb.ask("?") == "T02thread:1;");
  CHECK(gdb.ask("qfThreadInfo") == "m1,2");
  CHECK(gdb.ask("qsThreadInfo") == "l");
  CHECK(gdb.ask("T2") == "OK");
  CHECK(gdb.ask("T3") == "E01");
  std::string info;
  from_hex(gdb.ask("qThreadExtraInfo,2"), info);
  CHECK(info == "hart 1, wfi");
  CHECK(gdb.ask("Hg2") == "OK");
  CHECK(gdb.ask("qC") == "QC2");
  CHECK(gdb.ask("Hg7") == "E01");
}

TEST_CASE("GdbSession reads and writes registers of the selected hart", "[gdb]") {
  Conversation gdb;
  CHECK(gdb.ask("g").size() == 16 * 65);
  CHECK(gdb.ask("p20") == "0000008000000000");
  CHECK(gdb.ask("Pa=efcdab8967452301") == "OK");
  CHECK(gdb.target.machine.hart.x(10) == 0x0123'4567'89ab'cdef);
  CHECK(gdb.ask("P0=efcdab8967452301") == "OK");
  CHECK(gdb.ask("p0") == "0000000000000000");
  gdb.ask("Hg2");
  CHECK(gdb.ask("pa") == "0000000000000000");
  CHECK(gdb.ask("P21=00000000000000f0") == "OK");  // ft0.
  CHECK(gdb.target.second.f(0) == std::uint64_t{0xf0} << 56);
  CHECK(gdb.ask("P3e2=0600000000000000") == "E01");  // CSR 0x3a1, which there is not.
  CHECK(gdb.ask("P381=3412000000000000") == "OK");   // mscratch.
  CHECK(gdb.ask("p381") == "3412000000000000");
  CHECK(gdb.ask("pf55") == "0100000000000000");      // mhartid,
  CHECK(gdb.ask("Pf55=0000000000000000") == "E01");  // which is read-only.
  CHECK(gdb.ask("p1041") == "0300000000000000");     // Privilege.
  CHECK(gdb.ask("P1041=0100000000000000") == "OK");
  CHECK(gdb.target.second.privilege() == Privilege::kSupervisor);
  for (const char* bad : {"p", "p9999999", "p7e1", "Pa", "Pa=", "Pa=12", "Pa=zz", "P=1", "G12",
                          "P1041=0200000000000000", "pffffffffffffffffff"}) {
    CAPTURE(bad);
    CHECK(gdb.ask(bad) == "E01");
  }
}

TEST_CASE("GdbSession describes the registers that are there, and no others", "[gdb]") {
  Conversation gdb;
  std::string xml, part;
  do {
    part = gdb.ask(fmt::format("qXfer:features:read:target.xml:{:x},7ff", xml.size()));
    REQUIRE((part.starts_with("m") || part.starts_with("l")));
    xml += part.substr(1);
  } while (part.starts_with("m"));
  CHECK(xml == gdb_registers::description(gdb.target.machine.hart));
  CHECK(xml.find(R"(<reg name="mstatus" bitsize="64" type="int" regnum="833" group="csr"/>)") !=
        std::string::npos);
  CHECK(xml.find("stimecmp") == std::string::npos);
  CHECK(gdb.ask("qXfer:features:read:target.xml:ffffff,10") == "E01");
  CHECK(gdb.ask("qXfer:features:read:other.xml:0,10").empty());
}

TEST_CASE("GdbSession reads and writes memory", "[gdb]") {
  Conversation gdb;
  CHECK(gdb.ask("M80001000,4:11223344") == "OK");
  CHECK(gdb.ask("m80000ffe,8") == "0000112233440000");
  CHECK(gdb.ask(std::string("X80001001,3:") + '\0' + "}$") == "OK");
  CHECK(gdb.ask("m80001000,4") == "11007d24");
  CHECK(gdb.ask("m8000fffe,10") == "0000");  // As far as it is there.
  CHECK(gdb.ask("m10,4") == "E01");
  CHECK(gdb.ask("m80001000,0").empty());
  CHECK(gdb.ask("X80001000,0:") == "OK");
  for (const char* bad : {"m", "m,", "m80001000", "m80001000,", "m80001000,4x", "M80001000,4:1122",
                          "M80001000,2:112", "M80001000,1", "X80001000,4:ab", "M8000ffff,2:1122"}) {
    CAPTURE(bad);
    CHECK(gdb.ask(bad) == "E01");
  }
}

TEST_CASE("GdbSession reads memory as the hart translates it, or physically", "[gdb]") {
  Conversation gdb;
  Machine& machine = gdb.target.machine;
  machine.set_word(kRamBase + 0x1000, (kRamBase + 0x2000) >> 2 | 1);
  machine.set_word(kRamBase + 0x2000, (kRamBase + 0x3000) >> 2 | 1);
  machine.set_word(kRamBase + 0x3008, (kRamBase + 0x4000) >> 2 | 0xcf);
  machine.set_word(kRamBase + 0x4010, 0xfeed);
  machine.hart.poke_csr(kCsrSatp, std::uint64_t{8} << 60 | (kRamBase + 0x1000) >> 12);
  CHECK(gdb.ask("m1010,2") == "E01");  // M mode: physical.
  machine.hart.set_privilege(Privilege::kSupervisor);
  CHECK(gdb.ask("m1010,2") == "edfe");
  CHECK(gdb.ask("m80004010,2") == "E01");
  CHECK(gdb.monitor("memory physical") == "addresses are physical\n");
  CHECK(gdb.ask("m80004010,2") == "edfe");
  CHECK(gdb.ask("qqemu.PhyMemMode") == "1");
  CHECK(gdb.ask("Qqemu.PhyMemMode:0") == "OK");
  CHECK(gdb.ask("M1010,1:00") == "OK");
  CHECK(machine.word(kRamBase + 0x4010) == 0xfe00);
  CHECK(gdb.monitor("translate 0x1010") ==
        "0x1010 -> 0x80004010  rwx--ad page of 4 KiB\n  entry at 0x80001000\n"
        "  entry at 0x80002000\n  entry at 0x80003008\n  leaf 0x200010cf\n");
  CHECK(gdb.monitor("translate 0x2000") == "0x2000 is not mapped\n");
}

TEST_CASE("GdbSession sets breakpoints and watchpoints, and takes them away at its end", "[gdb]") {
  Target target;
  {
    GdbSession session(target);
    const auto tell = [&](std::string_view packet) { session.receive(gdb_packet(packet)); };
    tell("Z0,80000010,4");
    tell("Z1,80000020,2");
    tell("Z1,80000020,2");
    CHECK(target.breakpoints == std::set<Addr>{0x8000'0010, 0x8000'0020});
    tell("z0,80000010,4");
    CHECK(target.breakpoints == std::set<Addr>{0x8000'0020});
    tell("Z2,80001000,8");
    tell("Z3,80001000,8");
    tell("Z4,80001008,1");
    CHECK(target.watchpoints == std::vector<Watchpoint>{{0x8000'1000, 8, false, true},
                                                        {0x8000'1000, 8, true, false},
                                                        {0x8000'1008, 1, true, true}});
    tell("z3,80001000,8");
    CHECK(target.watchpoints.size() == 2);
    session.take_output();
    tell("Z2,80001000,0");
    CHECK(Conversation::text_of(session.take_output()) == "E01");
    tell("Z5,80001000,4");
    CHECK(Conversation::text_of(session.take_output()).empty());
  }
  CHECK(target.breakpoints.empty());
  CHECK(target.watchpoints.empty());
}

TEST_CASE("GdbSession lets threads go on as vCont says", "[gdb]") {
  Conversation gdb;
  const auto modes = [&](std::string_view packet) {
    gdb.target.hold();
    CHECK(gdb.ask(packet) == "nothing");
    CHECK(gdb.session.running());
    const std::vector<DebugMode> result = gdb.target.modes;
    gdb.session.receive("\x03");
    CHECK(Conversation::text_of(gdb.session.take_output()) == "T02thread:1;");
    CHECK(gdb.target.modes == std::vector{kHold, kHold});
    return result;
  };
  CHECK(modes("vCont;c") == std::vector{kRun, kRun});
  CHECK(modes("vCont;s:2;c") == std::vector{kRun, kStep});
  CHECK(modes("vCont;c:1") == std::vector{kRun, kHold});
  CHECK(modes("vCont;C05:2;t:1") == std::vector{kHold, kRun});
  CHECK(modes("vCont;S00:1") == std::vector{kStep, kHold});
  CHECK(modes("vCont;s:2;c:-1") == std::vector{kRun, kStep});
  CHECK(modes("c") == std::vector{kRun, kRun});
  CHECK(modes("s") == std::vector{kStep, kRun});
  CHECK(gdb.ask("Hc2") == "OK");
  CHECK(modes("s80000040") == std::vector{kHold, kStep});
  CHECK(gdb.target.second.pc() == 0x8000'0040);
  for (const char* bad : {"vCont;", "vCont;x", "vCont;c:3", "vCont;c:", "vCont;C", "vCont;c;;x",
                          "vCont;t", "vCont;cc"}) {
    CAPTURE(bad);
    CHECK(gdb.ask(bad) == "E01");
    CHECK_FALSE(gdb.session.running());
  }
}

TEST_CASE("GdbSession says why a hart has stopped", "[gdb]") {
  Conversation gdb;
  const auto stop = [&](const DebugStop& why) {
    gdb.ask("vCont;c");
    gdb.session.stopped(why);
    return Conversation::text_of(gdb.session.take_output());
  };
  gdb.ask("Z1,80000000,4");
  CHECK(stop({1, DebugStop::Cause::kStep, {}}) == "T05thread:2;");
  CHECK(stop({0, DebugStop::Cause::kBreakpoint, {}}) == "T05thread:1;hwbreak:;");
  gdb.ask("Z0,80000000,4");
  gdb.ask("z1,80000000,4");  // Of the two at this address one stays.
  CHECK(gdb.target.breakpoints == std::set<Addr>{0x8000'0000});
  CHECK(stop({0, DebugStop::Cause::kBreakpoint, {}}) == "T05thread:1;swbreak:;");
  const Watchpoint watch{0x8000'1000, 8, false, true};
  CHECK(stop({1, DebugStop::Cause::kWatchpoint, WatchHit{watch, 0x8000'1004}}) ==
        "T05thread:2;watch:80001004;");
  CHECK(gdb.ask("?") == "T05thread:2;watch:80001004;");
  CHECK(gdb.ask("qC") == "QC2");
  gdb.ask("vCont;c");
  gdb.session.exited(3);
  CHECK(Conversation::text_of(gdb.session.take_output()) == "W03");
}

TEST_CASE("GdbSession ends by detaching and by killing", "[gdb]") {
  Conversation first, second;
  CHECK(first.ask("D") == "OK");
  CHECK(first.session.end() == GdbSession::End::kDetached);
  CHECK(second.ask("vKill;1") == "OK");
  CHECK(second.session.end() == GdbSession::End::kKilled);
}

TEST_CASE("GdbSession answers monitor commands", "[gdb]") {
  Conversation gdb;
  CHECK(gdb.monitor("help").starts_with("csr "));
  CHECK(gdb.monitor("csr mscratch 0x42") == "mscratch 0x42\n");
  CHECK(gdb.monitor(" csr  0x340 ") == "mscratch 0x42\n");
  CHECK(gdb.monitor("csr").find("mscratch       0x340  0x0000000000000042\n") != std::string::npos);
  CHECK(gdb.monitor("csr mhartid 1") == "mhartid is read-only\n");
  CHECK(gdb.monitor("csr stimecmp") == "hart 0 has no CSR stimecmp\n");
  CHECK(gdb.monitor("csr mscratch x") == "x is no number; expected for example 0x1800\n");
  CHECK(gdb.monitor("harts") == "* thread 1: runs\n  thread 2: wfi\n");
  CHECK(gdb.monitor("stat") == "2 harts\n");
  CHECK(gdb.monitor("reset").starts_with("harts and memory are as after power-up"));
  CHECK(gdb.target.resets == 1);
  CHECK(gdb.monitor("h") == "no command h; monitor help lists them\n");  // harts, help.
  CHECK(gdb.monitor("boot") == "no command boot; monitor help lists them\n");
  CHECK(gdb.monitor("memory odd") == "expected memory virtual or memory physical\n");
  CHECK(gdb.monitor("translate") == "expected an address, for example translate 0x80200000\n");
  CHECK(gdb.ask("qRcmd,6") == "E01");
}

TEST_CASE("GdbSession survives garbage, and answers every whole packet once", "[gdb]") {
  static constexpr const char* kSeeds[] = {"?",
                                           "g",
                                           "G00",
                                           "p20",
                                           "P20=0000008000000000",
                                           "m80000000,40",
                                           "M80000000,2:1122",
                                           "X80000000,2:ab",
                                           "Z0,80000000,4",
                                           "z0,80000000,4",
                                           "Z2,80001000,8",
                                           "vCont;c",
                                           "vCont;s:1;c",
                                           "vCont?",
                                           "vMustReplyEmpty",
                                           "c80000000",
                                           "s",
                                           "Hg1",
                                           "Hc-1",
                                           "T1",
                                           "qSupported:swbreak+",
                                           "qXfer:features:read:target.xml:0,7ff",
                                           "qRcmd,637372",
                                           "qfThreadInfo",
                                           "qsThreadInfo",
                                           "qThreadExtraInfo,2",
                                           "qC",
                                           "qAttached",
                                           "Qqemu.PhyMemMode:1",
                                           "!",
                                           "R00",
                                           "qTStatus",
                                           "qRcmd,7472616e736c61746520307838303030",
                                           "p1041",
                                           "P1041=0100000000000000"};
  Conversation gdb;
  std::mt19937 random(20240611);
  const auto below = [&](std::size_t n) { return random() % n; };
  for (int round = 0; round < 30000; ++round) {
    std::string packet = kSeeds[below(std::size(kSeeds))];
    for (std::size_t edits = below(4); edits > 0; --edits) {
      const std::size_t at = below(packet.size() + 1);
      switch (below(4)) {
        case 0:
          packet.insert(at, 1, static_cast<char>(random()));
          break;
        case 1:
          packet.erase(at, 1 + below(3));
          break;
        case 2:
          packet.insert(at, kSeeds[below(std::size(kSeeds))]);
          break;
        default:
          packet.insert(at, 1 + below(20), "0f,;:=-"[below(7)]);
      }
    }
    if (packet.starts_with("k") || packet.starts_with("D") || packet.starts_with("vKill")) continue;
    gdb.session.receive(gdb_packet(packet));
    const std::string output = gdb.session.take_output();
    if (gdb.session.running()) {
      gdb.session.receive("\x03");
      CHECK(read_all(gdb.session.take_output()).size() == 1);
    } else if (read_all(output).size() != 1) {
      FAIL_CHECK("to " << packet << ": " << output);
    }
    std::string noise(below(40), '\0');  // Bytes of no packet at all.
    for (char& byte : noise) byte = static_cast<char>(random());
    gdb.session.receive(noise);
    gdb.session.take_output();
    REQUIRE(gdb.session.end() == GdbSession::End::kNone);
    gdb.session.receive("#00");  // Ends what the noise may have begun.
    gdb.session.take_output();
  }
}

}  // namespace
}  // namespace cvp
