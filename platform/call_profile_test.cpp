// SPDX-License-Identifier: Apache-2.0
//
// Names of code, and what a profile makes of calls, returns, tail calls, traps and threads.
#include <catch2/catch.hpp>

#include "models/cpu/hart_bench.h"
#include "platform/call_profile.h"
#include "tests/harness/scratch_directory.h"

namespace cvp {
namespace {

using namespace code;

Word jal(Word rd, int offset) {
  const auto u = static_cast<Word>(offset);
  return (u >> 20 & 1) << 31 | (u >> 1 & 0x3ff) << 21 | (u >> 11 & 1) << 20 | (u & 0xff000) |
         rd << 7 | 0x6f;
}
constexpr Word kReturn = 0x0000'8067;  // jalr x0, 0(ra)

Image image_of(std::vector<ImageFunction> functions) {
  Image image;
  image.functions = std::move(functions);
  return image;
}

TEST_CASE("SymbolTable finds the function that holds an address", "[platform]") {
  SymbolTable table;
  table.add(image_of({{0x200, 0x10, "sized"}, {0x100, 0, "label"}, {0x180, 0, "next"}}));
  table.add(image_of({{0x200, 0, "alias"}, {0x200, 0x10, "zebra"}}));
  const auto name = [&](Addr pc) {
    const std::size_t index = table.find(pc);
    return index == SymbolTable::kNone ? "" : table.function(index).name;
  };
  CHECK(name(0xff).empty());
  CHECK(name(0x100) == "label");
  CHECK(name(0x17f) == "label");
  CHECK(name(0x180) == "next");
  CHECK(name(0x20f) == "sized");
  CHECK(name(0x210).empty());
}

TEST_CASE("SymbolTable reads the list of nm", "[platform]") {
  ScratchDirectory files;
  Diagnostics diagnostics;
  SymbolTable table;
  table.read(files.write("System.map",
                         "ffffffff80000000 T _start\nffffffff80000100 t local\n"
                         "ffffffff80000140 D data\nffffffff80000180 W weak\n"),
             "--symbols", diagnostics);
  CHECK(diagnostics.ok());
  CHECK(table.function(table.find(0xffff'ffff'8000'0104)).name == "local");
  CHECK(table.function(table.find(0xffff'ffff'8000'0144)).name == "local");  // No end is known.
  CHECK(table.function(table.find(0xffff'ffff'8000'0184)).name == "weak");
}

TEST_CASE("SymbolTable refuses what names nothing", "[platform]") {
  const std::string text =
      GENERATE("", "hello\n", "8000 D data\n", "8000 T\n", "zz T name\n", "8000 T good\nbad\n");
  ScratchDirectory files;
  Diagnostics diagnostics;
  SymbolTable table;
  table.read(files.write("list", text), "--symbols", diagnostics);
  CAPTURE(text);
  CHECK_FALSE(diagnostics.ok());
}

/// Functions of 0x100 bytes from the start of RAM: main, outer, inner, handler, thread.
struct ProfileBench : Machine {
  ProfileBench() {
    symbols.add(image_of({{kMain, 0x100, "main"},
                          {kOuter, 0x100, "outer"},
                          {kInner, 0x100, "inner"},
                          {kTrap, 0x100, "handler"},
                          {kThread, 0x100, "thread"}}));
    hart.add_probe(profile);
    hart.set_x(sp, 0x8000'8000);
  }
  static constexpr Addr kMain = kRamBase, kOuter = kRamBase + 0x100, kInner = kRamBase + 0x200,
                        kTrap = kRamBase + 0x300, kThread = kRamBase + 0x400;
  SymbolTable symbols;
  CallProfile profile{"hart0", symbols};
};

TEST_CASE("CallProfile counts every instruction for the stack it ran on", "[platform]") {
  ProfileBench bench;
  bench.load({kNop, jal(ra, 0xfc), kNop, jump_back(0)});
  bench.load({addi(s1, ra, 0), jal(ra, 0xfc), addi(ra, s1, 0), kReturn}, bench.kOuter);
  bench.load({kNop, kNop, kReturn}, bench.kInner);
  const bool one_by_one = GENERATE(false, true);
  if (one_by_one) {
    for (int i = 0; i < 12; ++i) bench.run(1);
  } else {
    bench.run(12);
  }
  CHECK(bench.profile.folded() ==
        "hart0;main 5\n"
        "hart0;main;outer 4\n"
        "hart0;main;outer;inner 3\n");
}

TEST_CASE("CallProfile puts a tail call in the place of its caller", "[platform]") {
  ProfileBench bench;
  bench.load({jal(ra, 0x100), jump_back(0)});
  bench.load({kNop, jal(zero, 0xfc)}, bench.kOuter);
  bench.load({kNop, kReturn}, bench.kInner);
  bench.run(8);
  CHECK(bench.profile.folded() ==
        "hart0;main 4\n"
        "hart0;main;inner 2\n"
        "hart0;main;outer 2\n");
}

TEST_CASE("CallProfile notices a function that was reached by a branch", "[platform]") {
  ProfileBench bench;
  bench.load({jal(ra, 0x100), jump_back(0)});
  bench.load({kNop, beq(zero, zero, 0xfc)}, bench.kOuter);
  bench.load({kNop, kReturn}, bench.kInner);
  bench.run(6);
  CHECK(bench.profile.folded() ==
        "hart0;main 2\n"
        "hart0;main;inner 4\n");  // Since the last event, which was the call.
}

TEST_CASE("CallProfile shows traps on top of what they interrupt", "[platform]") {
  ProfileBench bench;
  bench.load({csrw(kCsrMtvec, t2), jal(ra, 0xfc), jump_back(0)});
  bench.load({kNop, kEcall, kNop, kReturn}, bench.kOuter);
  bench.load({csrr(t0, kCsrMepc), addi(t0, t0, 4), csrw(kCsrMepc, t0), kMret}, bench.kTrap);
  bench.hart.set_x(t2, bench.kTrap);
  for (int i = 0; i < 12; ++i) bench.run(1);
  CHECK(bench.profile.folded() ==
        "hart0;main 4\n"
        "hart0;main;outer 3\n"
        "hart0;main;outer;[ecall from M];handler 4\n");
}

TEST_CASE("CallProfile follows threads that switch stacks", "[platform]") {
  // main calls outer, which goes to a new thread by a return that fits nothing; the thread calls
  // inner, which returns on the stack of main.
  ProfileBench bench;
  bench.load({jal(ra, 0x100), kNop, jump_back(0)});
  bench.load({addi(s0, sp, 0), addi(s1, ra, 0), addi(sp, a0, 0), addi(ra, a1, 0), kReturn},
             bench.kOuter);
  bench.load({kNop, jal(ra, -0x204), kNop}, bench.kThread);
  bench.load({addi(sp, s0, 0), addi(ra, s1, 0), kReturn}, bench.kInner);
  bench.hart.set_x(a0, 0x8000'9000);
  bench.hart.set_x(a1, bench.kThread);
  bench.run(12);
  CHECK(bench.profile.folded() ==
        "hart0;main 2\n"
        "hart0;main;outer 5\n"
        "hart0;thread 2\n"
        "hart0;thread;inner 3\n");
}

TEST_CASE("CallProfile survives a guest that calls for ever", "[platform]") {
  ProfileBench bench;
  bench.load({jal(ra, 0)});
  bench.run(10000);
  const std::string folded = bench.profile.folded();
  CHECK(std::count(folded.begin(), folded.end(), '\n') < 300);
}

}  // namespace
}  // namespace cvp
