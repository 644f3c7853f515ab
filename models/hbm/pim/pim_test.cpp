// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <set>

#include "models/hbm/hbm_inverse.h"
#include "models/hbm/pim/pim_array.h"
#include "models/hbm/pim/pim_timeline.h"
#include "tests/harness/archive.h"

using namespace cvp;

namespace {

// What a half is worth, by the definition of the format.
double worth(Half half) {
  const int exponent = half >> 10 & 31;
  const double fraction = half & 0x3ff;
  const double magnitude =
      exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return half & 0x8000 ? -magnitude : magnitude;
}

// The half nearest to a finite exact value, found among all of them; of two as near, the even one.
Half nearest(double value) {
  const Half sign = std::signbit(value) ? 0x8000 : 0;
  const double magnitude = std::abs(value);
  unsigned low = 0, high = 0x7c00;  // Ascending in worth; 0x7c00 counts as 2^16.
  while (high - low > 1) {
    const unsigned middle = (low + high) / 2;
    (worth(static_cast<Half>(middle)) <= magnitude ? low : high) = middle;
  }
  const double below = magnitude - worth(static_cast<Half>(low));
  const double above = worth(static_cast<Half>(high)) - magnitude;
  const bool up = above < below || (above == below && high % 2 == 0);
  return static_cast<Half>(sign | (up ? high : low));
}

std::uint64_t next_random(std::uint64_t& x) {
  x = x * 6364136223846793005u + 1442695040888963407u;
  return x >> 33;
}

// Cells as a map from place to burst.
struct Cells : PimMemory {
  std::map<std::uint64_t, PimVector> bursts;
  std::set<std::uint64_t> bad;

  bool read(const HbmPlace& place, PimVector& data) override {
    data = bursts[place.bits];
    return !bad.contains(place.bits);
  }
  bool write(const HbmPlace& place, const PimVector& data) override {
    bursts[place.bits] = data;
    return true;
  }
};

HbmTiming small_hbm3() {
  HbmTiming timing = *find_hbm_timing("hbm3-6400");
  timing.geometry.channels = 1;
  return timing;
}

using Program = std::array<std::uint32_t, kPimCrfEntries>;

Program program(std::initializer_list<std::uint32_t> instructions) {
  Program crf;
  crf.fill(pim_instruction(kPimExit, 0, 0, 0));
  std::copy(instructions.begin(), instructions.end(), crf.begin());
  return crf;
}

// y = W x: columns of W in the even banks, x in the odd ones, 16 elements a burst.
Program gemv(unsigned columns) {
  return program({pim_instruction(kPimMov, kPimGrfB, kPimZero, 0),
                  pim_instruction(kPimFill, kPimSrf, kPimOdd, 0),
                  pim_instruction(kPimMac, kPimGrfB, kPimEven, kPimSrf) | kPimCountsUpSecond,
                  pim_jump(2, 15), pim_jump(1, columns / 16 - 1),
                  pim_instruction(kPimMov, kPimEven, kPimGrfB, 0)});
}

}  // namespace

TEST_CASE("Pim FP16 sums and products are the nearest halves", "[unit][hbm]") {
  std::uint64_t x = 1;
  std::vector<Half> values = {0,      0x8000, 1,      0x8001, 0x03ff, 0x0400, 0x0401,
                              0x7bff, 0xfbff, 0x3c00, 0xbc00, 0x3c01, 0x1400, 0x1001};
  while (values.size() < 600) {
    const auto half = static_cast<Half>(next_random(x));
    if ((half & 0x7c00) != 0x7c00) values.push_back(half);
  }
  for (const Half a : values) {
    REQUIRE(half_of(half_to_float(a)) == a);
    for (const Half b : values) {
      INFO(a << " " << b);
      // Both are exact in a double.
      REQUIRE(half_mul(a, b) == nearest(worth(a) * worth(b)));
      REQUIRE(half_add(a, b) == nearest(worth(a) + worth(b)));
    }
  }
  CHECK(half_add(0x7c00, 0xfc00) == 0x7e00);
  CHECK(half_mul(0, 0x7c00) == 0x7e00);
  CHECK(half_add(0x7c00, 0x3c00) == 0x7c00);
  CHECK(half_mul(0xfe01, 0x3c00) == 0x7e00);
}

TEST_CASE("Pim GEMV gives what multiplying and adding in order gives", "[unit][hbm]") {
  const HbmTiming timing = small_hbm3();
  Cells cells;
  PimArray array(timing, cells);
  constexpr unsigned kColumns = 48;  // A row and a half of W.
  const unsigned units = array.units_a_channel();
  REQUIRE(units == 32);
  std::uint64_t random = 5;
  const auto small = [&] {
    return half_of(static_cast<float>(next_random(random) % 2001) / 1000 - 1);
  };
  std::vector<Half> x(kColumns);
  for (Half& value : x) value = small();
  std::vector<std::vector<Half>> w(units * kPimLanes, std::vector<Half>(kColumns));
  for (auto& row : w) {
    for (Half& value : row) value = small();
  }
  const PimPointer start{.row = 7, .column = 0};
  for (unsigned unit = 0; unit < units; ++unit) {
    for (unsigned column = 0; column < kColumns; ++column) {
      PimVector burst;
      for (unsigned lane = 0; lane < kPimLanes; ++lane)
        burst[lane] = w[unit * kPimLanes + lane][column];
      cells.write(place_at(0, 2 * unit, 7 + column / 32, column % 32), burst);
    }
  }
  PimPointer odd{.row = 9, .column = 30};
  for (unsigned first = 0; first < kColumns; first += 16) {
    PimVector burst;
    std::copy_n(x.begin() + first, 16, burst.begin());
    REQUIRE(array.broadcast(1, true, odd, burst) == PimError::kNone);
  }
  const Program crf = gemv(kColumns);
  const auto out = array.run({crf, 1, start, {.row = 9, .column = 30}, 0, false});
  CHECK(out.error == PimError::kNone);
  CHECK(out.entry == 6);
  CHECK(out.even.column == kColumns % 32 + 1);
  for (unsigned m = 0; m < units * kPimLanes; ++m) {
    double sum = 0;
    for (unsigned k = 0; k < kColumns; ++k) {
      sum = worth(nearest(sum + worth(nearest(worth(w[m][k]) * worth(x[k])))));
    }
    const PimVector& y = cells.bursts[place_at(0, m / kPimLanes * 2, 8, 16).bits];
    REQUIRE(worth(y[m % kPimLanes]) == sum);
  }
  CHECK(array.counters().operations == std::uint64_t{units} * kPimLanes * kColumns * 2);
  CHECK(array.counters().bursts_read == std::uint64_t{units} * (kColumns + 3));
  CHECK(array.counters().bursts_written == std::uint64_t{units} * (3 + 1));
  // Rows 7 and 8, 9 and 10; and the latter two for the broadcasts before.
  CHECK(array.counters().activates == (4 + 2) * units);
}

TEST_CASE("Pim instructions do what their names say", "[unit][hbm]") {
  const HbmTiming timing = small_hbm3();
  Cells cells;
  PimArray array(timing, cells);
  PimVector a{}, b{};
  for (unsigned lane = 0; lane < kPimLanes; ++lane) {
    a[lane] = half_of(static_cast<float>(lane));
    b[lane] = half_of(2);
  }
  cells.write(place_at(0, 4, 0, 0), a);
  cells.write(place_at(0, 4, 0, 1), b);
  const Program crf = program({
      pim_instruction(kPimFill, kPimGrfA, kPimEven, 0),
      pim_instruction(kPimFill, kPimGrfB, kPimEven, 0) | 3 << 8,
      pim_instruction(kPimNop, 0, 0, 0) | 5,
      pim_instruction(kPimAdd, kPimGrfA, kPimGrfA, kPimGrfB) | 1 << 8 | 3,
      pim_instruction(kPimMul, kPimGrfA, kPimGrfA, kPimGrfB) | 2 << 8 | 1 << 4 | 3,
      pim_instruction(kPimMov, kPimGrfB, kPimGrfA, 0) | 2 << 4,
      pim_instruction(kPimMov, kPimOdd, kPimGrfB, 0),
  });
  const auto out = array.run({crf, 1, {}, {}, 0, 0});
  CHECK(out.error == PimError::kNone);
  const PimVector& y = cells.bursts[place_at(0, 5, 0, 0).bits];
  for (unsigned lane = 0; lane < kPimLanes; ++lane)
    CHECK(half_to_float(y[lane]) == (lane + 2) * 2.0f);
  CHECK(array.counters().commands == 11);
}

TEST_CASE("Pim run ends where a program cannot go on", "[unit][hbm]") {
  const HbmTiming timing = small_hbm3();
  Cells cells;
  PimArray array(timing, cells);
  const auto error = [&](std::initializer_list<std::uint32_t> crf, PimPointer even = {}) {
    const Program all = program(crf);
    return array.run({all, 1, even, {}, 0, false}).error;
  };
  CHECK(error({0x8000'0000}) == PimError::kInstruction);
  CHECK(error({pim_instruction(kPimMov, kPimEven, kPimOdd, 0)}) == PimError::kInstruction);
  CHECK(error({pim_instruction(kPimAdd, kPimEven, kPimGrfA, kPimGrfA)}) == PimError::kInstruction);
  CHECK(error({pim_instruction(kPimMac, kPimGrfA, kPimEven, kPimOdd)}) == PimError::kInstruction);
  CHECK(error({pim_instruction(kPimFill, kPimGrfA, kPimZero, 0)}) == PimError::kInstruction);
  CHECK(error({pim_instruction(kPimFill, kPimGrfA, 7, 0)}) == PimError::kInstruction);
  CHECK(error({pim_jump(0, 65535), pim_jump(0, 65535)}) == PimError::kLimit);
  CHECK(error({pim_instruction(kPimFill, kPimGrfA, kPimEven, 0), pim_jump(0, 1)},
              {.row = 16383, .column = 31}) == PimError::kAddress);
  cells.bad.insert(place_at(0, 6, 1, 0).bits);
  CHECK(error({pim_instruction(kPimFill, kPimGrfA, kPimEven, 0)}, {.row = 1}) == PimError::kData);
  CHECK(error({pim_instruction(kPimFill, kPimGrfA, kPimEven, 0)}, {.row = 2}) == PimError::kNone);
}

TEST_CASE("Pim timeline keeps the DRAM's distances", "[unit][hbm]") {
  // HBM3-6400: RCDRD 31, CCDL 4, RTP 9, RP 26, RAS 45, RRDL 5, CWL 10, WR 33, RTW 20, burst 2.
  const HbmTiming timing = *find_hbm_timing("hbm3-6400");
  SECTION("columns of one row at tCCDL") {
    PimTimeline line(timing, 100, 0);
    for (int i = 0; i < 32; ++i) line.access(PimTimeline::kEven, 1, false);
    CHECK(line.finish() == 100 + 31 + 31 * 4 + 9 + 26);
    CHECK(line.activates() == 1);
  }
  SECTION("a row with one command takes tRC") {
    PimTimeline line(timing, 0, 0);
    line.access(PimTimeline::kEven, 1, false);
    line.access(PimTimeline::kEven, 2, false);
    CHECK(line.finish() == 2 * 72);  // tRC: the rows may be opened again.
    CHECK(line.activates() == 2);
  }
  SECTION("the two sets open one behind the other") {
    PimTimeline line(timing, 0, 0);
    line.access(PimTimeline::kEven, 1, false);
    line.access(PimTimeline::kOdd, 1, false);  // At 36: ACT at 5.
    CHECK(line.finish() == 5 + 72);
  }
  SECTION("a write after a read, and its recovery") {
    PimTimeline line(timing, 0, 0);
    line.access(PimTimeline::kEven, 1, false);
    line.access(PimTimeline::kEven, 1, true);
    CHECK(line.finish() == 31 + 20 + 10 + 2 + 33 + 26);
  }
  SECTION("refresh closes the rows for tRFC") {
    PimTimeline line(timing, 6230, 1);
    line.access(PimTimeline::kEven, 1, false);  // At 6261: the refresh is late.
    line.access(PimTimeline::kEven, 1, false);
    CHECK(line.refreshes() == 1);
    // tRC of the first time, tRFC, tRC of the second.
    CHECK(line.finish() == 6230 + 72 + timing.rfc_ab + 72);
    CHECK(line.activates() == 2);
  }
  SECTION("commands without a bank pause for refreshes too, and rows open again behind them") {
    PimTimeline line(timing, 100, 1);
    line.access(PimTimeline::kEven, 1, false);
    line.pass(10 * 6240 / 4);  // Ten tREFI, which refreshes make longer.
    // With 560 clocks of each 6240 for a refresh, 62,400 take eleven.
    CHECK(line.refreshes() == 11 - 1);
    line.access(PimTimeline::kEven, 1, false);
    CHECK(line.activates() == 2);
    const std::uint64_t end = line.finish();
    const std::uint64_t slots = 100 + 31 + 4 + 62400;
    CHECK(end >= slots + line.refreshes() * 560);
    CHECK(end <= slots + line.refreshes() * (560 + 4) + 31 + 9 + 26);
  }
  SECTION("a run that begins in a refresh waits for its end") {
    PimTimeline line(timing, 6240 + 10, 1);
    line.access(PimTimeline::kEven, 1, false);
    CHECK(line.finish() == 6240 + 560 + 72);
    PimTimeline unrefreshed(timing, 6240 + 10, 0);
    unrefreshed.access(PimTimeline::kEven, 1, false);
    CHECK(unrefreshed.finish() == 6240 + 10 + 72);
  }
  SECTION("a hot stack is refreshed twice as often") {
    // Columns at tCCDL for a whole tREFI of 6240 clocks.
    const auto refreshes = [&](unsigned times) {
      PimTimeline line(timing, 100, times);
      for (int i = 0; i < 6240 / 4; ++i) line.access(PimTimeline::kEven, 1, false);
      line.finish();
      return line.refreshes();
    };
    CHECK(refreshes(0) == 0);
    CHECK(refreshes(1) == 1);
    CHECK(refreshes(2) == 2);
  }
}

TEST_CASE("Pim array goes on identically after save and load", "[unit][hbm]") {
  const HbmTiming timing = small_hbm3();
  Cells cells;
  PimVector burst;
  burst.fill(half_of(1.5f));
  cells.write(place_at(0, 0, 0, 0), burst);
  PimArray one(timing, cells), two(timing, cells);
  const Program load_it = program({pim_instruction(kPimFill, kPimGrfA, kPimEven, 0)});
  one.run({load_it, 1, {}, {}, 0, 0});
  load(two, save(one));
  const Program store_it = program({pim_instruction(kPimMov, kPimOdd, kPimGrfA, 0)});
  two.run({store_it, 1, {}, {.row = 3}, 0, 0});
  CHECK(cells.bursts[place_at(0, 1, 3, 0).bits] == burst);
  CHECK(two.counters().commands == 2);
}

TEST_CASE("Hbm inverse of a map leads back", "[unit][hbm]") {
  for (const char* text : {"p1g2c3b2s1c2r14y", "c5p1s1g2b2r14"}) {
    const HbmTiming timing = small_hbm3();
    const HbmMap map(text, timing.geometry);
    REQUIRE(HbmInverse::possible(timing.geometry));
    const HbmInverse inverse(map, timing.geometry);
    std::uint64_t x = 3;
    for (int i = 0; i < 1000; ++i) {
      const Addr offset = next_random(x) % timing.geometry.stack_bytes() / 32 * 32;
      REQUIRE(inverse.offset(map.place(offset)) == offset);
    }
    CHECK_FALSE(inverse.offset(place_at(1, 0, 0, 0)));
    CHECK_FALSE(inverse.offset(place_at(0, 64, 0, 0)));
    CHECK_FALSE(inverse.offset(place_at(0, 0, 16384, 0)));
  }
}
