// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/ras/hbm_ecc.h"

#include <catch2/catch.hpp>

#include "tests/harness/archive.h"

using namespace cvp;

namespace {

template <class Code>
void check_code() {
  for (unsigned a = 0; a < Code::kBits; ++a) {
    typename Code::Bits wrong;
    wrong.set(a);
    REQUIRE(Code::decode(wrong) == EccVerdict::kCorrected);
    REQUIRE(wrong.none());
    for (unsigned b = 0; b < a; ++b) {
      typename Code::Bits two;
      two.set(a).set(b);
      const auto before = two;
      REQUIRE(Code::decode(two) == EccVerdict::kUncorrectable);
      REQUIRE(two == before);
    }
  }
}

std::vector<std::uint8_t> counting(std::size_t bytes) {
  std::vector<std::uint8_t> data(bytes);
  for (std::size_t i = 0; i < bytes; ++i) data[i] = static_cast<std::uint8_t>(i * 37 + 1);
  return data;
}

struct Reading {
  bool good;
  std::vector<std::uint8_t> data;
  HbmEcc::Errors errors;
};

// The store holds counting(64) from address 0 on.
Reading read(HbmEcc& ecc, Addr offset, std::size_t bytes) {
  const auto all = counting(64);
  const auto first = all.begin() + static_cast<std::ptrdiff_t>(offset);
  Reading reading{false, {first, first + static_cast<std::ptrdiff_t>(bytes)}, {}};
  reading.good = ecc.read(offset, reading.data, reading.errors);
  return reading;
}

}  // namespace

TEST_CASE("HbmEcc codes correct each wrong bit and detect each pair", "[unit][hbm]") {
  check_code<WordCode>();
  check_code<DieCode>();
}

TEST_CASE("HbmEcc check bits computed over wrong data hide it from the decoder", "[unit][hbm]") {
  WordCode::Bits wrong;
  wrong.set(3).set(17).set(40).set(70);
  WordCode::encode(wrong);
  CHECK(WordCode::syndrome(wrong) == 0);
  CHECK((wrong[3] && wrong[17] && wrong[40]));
}

TEST_CASE("HbmEcc one wrong bit is the die's business", "[unit][hbm]") {
  HbmEcc ecc;
  ecc.inject(0x1f, 5);
  const Reading reading = read(ecc, 16, 16);
  CHECK(reading.good);
  CHECK(reading.data == read(ecc, 16, 16).data);
  CHECK(std::equal(reading.data.begin(), reading.data.end(), counting(64).begin() + 16));
  REQUIRE(reading.errors.size() == 1);
  CHECK(reading.errors[0].kind == HbmErrorKind::kOnDie);
  CHECK(reading.errors[0].address == 0x10);
  CHECK(reading.errors[0].bit == 72 + 5);
  CHECK_FALSE(ecc.clean());  // It stays in the cells.
}

TEST_CASE("HbmEcc the controller corrects what the die leaves", "[unit][hbm]") {
  HbmEcc ecc;
  SECTION("without the die's correction") {
    ecc.settings.on_die = false;
    ecc.inject(8, 5);
  }
  SECTION("one wrong bit in each word of a granule") {
    ecc.inject(0, 63);
    ecc.inject(8, 5);
  }
  SECTION("a wrong bit of the transfer") { ecc.inject_transfer(8, 5); }
  const Reading reading = read(ecc, 8, 8);
  CHECK(reading.good);
  CHECK(std::equal(reading.data.begin(), reading.data.end(), counting(64).begin() + 8));
  REQUIRE(reading.errors.size() == 1);
  CHECK(reading.errors[0].kind == HbmErrorKind::kCorrected);
  CHECK(reading.errors[0].address == 8);
  CHECK(reading.errors[0].bit == 5);
}

TEST_CASE("HbmEcc two wrong bits in a word cannot be corrected", "[unit][hbm]") {
  HbmEcc ecc;
  ecc.inject(24, 0);
  ecc.inject(24, 9);
  CHECK(read(ecc, 16, 8).good);  // The other word of the granule.
  const Reading reading = read(ecc, 24, 8);
  CHECK_FALSE(reading.good);
  REQUIRE(reading.errors.size() == 1);
  CHECK(reading.errors[0].kind == HbmErrorKind::kUncorrected);
  CHECK(reading.data[0] == (counting(64)[24] ^ 1));
  CHECK(reading.data[1] == (counting(64)[25] ^ 2));
  SECTION("without correction they are data") {
    ecc.settings = {false, false, false};
    CHECK(read(ecc, 24, 8).good);
    CHECK(read(ecc, 24, 8).data == reading.data);
  }
  SECTION("a write of the word heals it") {
    ecc.written(24, 8);
    CHECK(ecc.clean());
  }
  SECTION("a write of a part leaves it bad") {
    ecc.written(26, 2);
    CHECK_FALSE(read(ecc, 24, 8).good);
    CHECK(read(ecc, 24, 8).errors[0].kind == HbmErrorKind::kPoison);
    ecc.written(16, 16);
    CHECK(ecc.clean());
  }
}

TEST_CASE("HbmEcc a wrong bit of a transfer is gone with it", "[unit][hbm]") {
  HbmEcc ecc;
  ecc.inject_transfer(0, 1);
  ecc.inject_transfer(0, 2);
  CHECK_FALSE(read(ecc, 0, 8).good);
  CHECK(ecc.clean());
  CHECK(read(ecc, 0, 8).good);
}

TEST_CASE("HbmEcc poison stays until its word is written", "[unit][hbm]") {
  HbmEcc ecc;
  ecc.poison(4, 8);  // Two words.
  for (int turn = 0; turn < 2; ++turn) {
    const Reading reading = read(ecc, 0, 16);
    CHECK_FALSE(reading.good);
    REQUIRE(reading.errors.size() == 2);
    CHECK(reading.errors[0].kind == HbmErrorKind::kPoison);
    CHECK(std::equal(reading.data.begin(), reading.data.end(), counting(64).begin()));
  }
  HbmEcc::Errors errors;
  ecc.scrub(0, 32, errors);
  CHECK_FALSE(read(ecc, 8, 8).good);
  ecc.written(0, 8);
  CHECK(read(ecc, 0, 8).good);
  CHECK_FALSE(read(ecc, 8, 8).good);
  std::vector<std::uint8_t> data(16);
  errors.clear();
  CHECK_FALSE(ecc.read_on_die(0, data, errors));
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].kind == HbmErrorKind::kPoison);
  CHECK(errors[0].address == 8);
}

TEST_CASE("HbmEcc has room for so many granules, and always in those that it keeps",
          "[unit][hbm]") {
  HbmEcc ecc;
  constexpr std::uint64_t kGranule = HbmEcc::kGranuleBytes;
  constexpr Addr kEnd = (HbmEcc::kMaxGranules - 1) * kGranule;
  for (Addr at = 0; at < kEnd; at += kGranule) ecc.inject(at, 3);
  CHECK_FALSE(ecc.has_room(kEnd, 1, HbmEcc::kMaxByRate));
  CHECK(ecc.has_room(kEnd - 1, 1, HbmEcc::kMaxByRate));
  CHECK(ecc.has_room(kEnd - 40, 40 + kGranule));
  CHECK_FALSE(ecc.has_room(kEnd - 40, 41 + kGranule));
  ecc.poison(kEnd, kGranule);
  CHECK_FALSE(read(ecc, 0, 8).errors.empty());
  CHECK_FALSE(ecc.has_room(kEnd + kGranule, 1));
  CHECK(ecc.has_room(kEnd, kGranule));
  ecc.inject(kEnd + kGranule, 3);
  ecc.inject_transfer(kEnd + kGranule, 3);
  HbmEcc::Errors errors;
  std::vector<std::uint8_t> data(8);
  CHECK(ecc.read(kEnd + kGranule, data, errors));
  CHECK(errors.empty());
  CHECK_FALSE(ecc.read(kEnd, data, errors));
}

TEST_CASE("HbmEcc scrubbing and writing back heal what can be corrected", "[unit][hbm]") {
  HbmEcc ecc;
  HbmEcc::Errors errors;
  SECTION("scrubbing") {
    ecc.inject(0, 7);
    ecc.inject(8, 71);
    ecc.inject(32, 7);
    ecc.scrub(0, 32, errors);
    CHECK(errors.size() == 2);
    CHECK_FALSE(ecc.clean());
    ecc.scrub(32, 32, errors);
    CHECK(errors.back().kind == HbmErrorKind::kOnDie);
  }
  SECTION("writing back") {
    ecc.settings = {true, false, true};
    ecc.inject(0, 7);
    CHECK(read(ecc, 0, 8).errors.size() == 1);
    CHECK(read(ecc, 0, 8).errors.empty());
  }
  CHECK(ecc.clean());
}

TEST_CASE("HbmEcc goes on identically after save and load", "[unit][hbm]") {
  HbmEcc one, two;
  one.settings.on_die = false;
  one.inject(24, 70);
  one.inject(56, 1);
  one.inject_transfer(56, 2);
  load(two, save(one));
  for (const Addr at : {24, 56, 56}) {
    const Reading a = read(one, at, 8), b = read(two, at, 8);
    CHECK(a.good == b.good);
    CHECK(a.errors.size() == b.errors.size());
  }
}
