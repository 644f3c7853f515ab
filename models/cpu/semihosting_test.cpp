// SPDX-License-Identifier: Apache-2.0
//
// What a program gets from the host by semihosting.
#include <catch2/catch.hpp>

#include "models/cpu/hart_bench.h"
#include "models/cpu/semihosting.h"

namespace cvp {
namespace {

using namespace code;

constexpr Word kMarkBefore = 0x01f0'1013, kMarkBehind = 0x4070'5013;
constexpr std::uint64_t kFailed = ~std::uint64_t{0};

struct SemihostingBench : Bench {
  SemihostingBench() : Bench({kMarkBefore, kEbreak, kMarkBehind, jump_back(0)}) {
    hart.add_probe(semihosting);
  }
  /// One call; the value in a0 behind it.
  std::uint64_t call(std::uint64_t operation, std::uint64_t parameter) {
    hart.set_pc(kRamBase);
    hart.set_x(a0, operation);
    hart.set_x(a1, parameter);
    run(3);
    return hart.x(a0);
  }
  std::uint64_t call_with(std::uint64_t operation, const std::vector<std::uint64_t>& block) {
    for (std::size_t i = 0; i < block.size(); ++i) set_word(kData + 8 * i, block[i]);
    return call(operation, kData);
  }
  void set_text(Addr at, std::string_view text) {
    std::memcpy(memory.data() + (at - kRamBase), text.data(), text.size());
  }
  bool inside(Addr at, std::size_t size) const {
    return AddrRange{kRamBase, memory.size()}.contains(at, size);
  }
  std::string output;
  std::vector<std::uint64_t> exits;
  Semihosting semihosting{{[this](std::uint64_t code) { exits.push_back(code); },
                           [this](char character) { output += character; },
                           [this](Addr at, std::span<std::uint8_t> out) {
                             if (!inside(at, out.size())) return false;
                             std::memcpy(out.data(), memory.data() + (at - kRamBase), out.size());
                             return true;
                           },
                           [this](Addr at, std::span<const std::uint8_t> in) {
                             if (!inside(at, in.size())) return false;
                             std::memcpy(memory.data() + (at - kRamBase), in.data(), in.size());
                             return true;
                           }},
                          10'000'000};
};

constexpr Addr kText = kData + 0x100;

TEST_CASE("Semihosting prints characters, strings and buffers", "[cpu]") {
  SemihostingBench bench;
  bench.set_text(kText, std::string("hello\0, world", 13));
  bench.call(0x03, kText + 1);
  bench.call(0x04, kText);
  CHECK(bench.call_with(0x05, {2, kText + 6, 7}) == 0);
  CHECK(bench.call_with(0x05, {3, kText, 1}) == 0);
  CHECK(bench.output == "ehello, worldh");
  CHECK(bench.call_with(0x05, {1, kText, 5}) == 5);  // To the input.
  CHECK(bench.call_with(0x05, {2, kRamBase + 0xfffe, 5}) == 3);
  CHECK(bench.call_with(0x05, {2, 0, kFailed}) == kFailed);
}

TEST_CASE("Semihosting opens the console and the list of features, and no file of the host",
          "[cpu]") {
  SemihostingBench bench;
  bench.set_text(kText, ":tt");
  CHECK(bench.call_with(0x01, {kText, 0, 3}) == 1);
  CHECK(bench.call_with(0x01, {kText, 4, 3}) == 2);
  CHECK(bench.call_with(0x01, {kText, 8, 3}) == 3);
  CHECK(bench.call_with(0x09, {2}) == 1);
  bench.set_text(kText, ":semihosting-features");
  CHECK(bench.call_with(0x01, {kText, 0, 21}) == 4);
  CHECK(bench.call_with(0x0c, {4}) == 5);
  CHECK(bench.call_with(0x06, {4, kText, 4}) == 0);
  CHECK((bench.word(kText) & 0xffff'ffff) == 0x4246'4853);  // SHFB
  CHECK(bench.call_with(0x06, {4, kText, 4}) == 3);
  CHECK(bench.call_with(0x02, {4}) == 0);
  bench.set_text(kText, "/etc/passwd");
  CHECK(bench.call_with(0x01, {kText, 0, 11}) == kFailed);
  CHECK(bench.call(0x13, 0) == 2);  // ENOENT
  CHECK(bench.call_with(0x01, {kText, 0, kFailed}) == kFailed);
  CHECK(bench.call_with(0x02, {77}) == kFailed);
}

TEST_CASE("Semihosting has no input", "[cpu]") {
  SemihostingBench bench;
  CHECK(bench.call_with(0x06, {1, kText, 10}) == 10);
  CHECK(bench.call(0x07, 0) == kFailed);
}

TEST_CASE("Semihosting tells the time of the hart", "[cpu]") {
  SemihostingBench bench;
  bench.hart.advance_to(3'210'000'000);  // mtime is a tenth of the cycles: 32.1 s.
  CHECK(bench.call(0x31, 0) == 10'000'000);
  CHECK(bench.call(0x10, 0) == 3210);
  CHECK(bench.call(0x11, 0) == 32);
  CHECK(bench.call(0x30, kText) == 0);
  CHECK(bench.word(kText) == 321'000'001);
}

TEST_CASE("Semihosting ends the run with the program's code", "[cpu]") {
  SemihostingBench bench;
  bench.call_with(0x18, {0x2'0026, 42});
  CHECK(bench.exits == std::vector<std::uint64_t>{42});
  CHECK(bench.hart.pc() == kRamBase + 4);  // Nothing runs behind it.
}

TEST_CASE("Semihosting ends with 1 for any other reason", "[cpu]") {
  SemihostingBench bench;
  bench.call_with(0x20, {0x2'0023, 0});
  CHECK(bench.exits == std::vector<std::uint64_t>{1});
}

TEST_CASE("Semihosting leaves other breakpoints and unknown operations alone", "[cpu]") {
  SemihostingBench bench;
  CHECK(bench.call(0x99, 0) == kFailed);
  CHECK(bench.call(0x13, 0) == 95);  // ENOTSUP
  bench.load({Bench::set_handler(), kEbreak, kMarkBehind});
  bench.hart.set_pc(kRamBase);
  bench.run(1);
  bench.run(1);
  CHECK(bench.csr(kCsrMcause) == number(Cause::kBreakpoint));
  CHECK(bench.exits.empty());
}

TEST_CASE("Semihosting survives parameters that point nowhere", "[cpu]") {
  SemihostingBench bench;
  for (std::uint64_t operation = 0; operation < 0x40; ++operation) {
    if (operation == 0x18 || operation == 0x20) continue;
    for (const std::uint64_t parameter :
         {std::uint64_t{0}, kFailed, kFailed - 7, kRamBase + 0xfffc}) {
      bench.call(operation, parameter);
      CHECK(bench.hart.pc() == kRamBase + 12);
    }
  }
}

}  // namespace
}  // namespace cvp
