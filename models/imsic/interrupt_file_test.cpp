// SPDX-License-Identifier: Apache-2.0
#include "models/imsic/interrupt_file.h"

#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "tests/harness/archive.h"

namespace cvp {
namespace {

// Numbers of [AIA: CSRs for external interrupts via an IMSIC].
constexpr unsigned kDelivery = 0x70, kThreshold = 0x72, kPending = 0x80, kEnabled = 0xc0;

constexpr std::uint32_t topei(unsigned identity) { return identity << 16 | identity; }

struct File : InterruptFile {
  explicit File(unsigned identities = 255) : InterruptFile(identities) {}
  std::uint64_t get(unsigned select) const {
    std::uint64_t value = ~std::uint64_t{0};
    REQUIRE(read(select, value));
    return value;
  }
  void set(unsigned select, std::uint64_t value) { REQUIRE(write(select, value)); }
  void enable(unsigned identity) {
    const unsigned select = kEnabled + identity / 64 * 2;
    set(select, get(select) | std::uint64_t{1} << identity % 64);
  }
};

}  // namespace

TEST_CASE("InterruptFile starts with delivery from wires and nothing pending or enabled",
          "[unit][imsic]") {
  const File file;
  CHECK(file.delivery() == Delivery::kWires);
  CHECK(file.get(kDelivery) == 0x4000'0000);
  CHECK(file.top() == 0);
  for (unsigned select = kThreshold; select < 0x100; select += 2) CHECK(file.get(select) == 0);
}

TEST_CASE("InterruptFile takes a message of each of its identities and ignores the others",
          "[unit][imsic]") {
  for (const unsigned identities : {63u, 127u, 255u, 2047u}) {
    File file(identities);
    for (unsigned identity = 1; identity <= identities; ++identity) {
      CHECK(file.set_pending(identity));
      CHECK(file.get(kPending + identity / 64 * 2) >> identity % 64 & 1);
    }
    CHECK_FALSE(file.set_pending(0));
    CHECK_FALSE(file.set_pending(identities + 1));
    CHECK_FALSE(file.set_pending(0xffff'ffff));
    CHECK(file.get(kPending) == ~std::uint64_t{1});
  }
}

TEST_CASE("InterruptFile has a size that is one less than a multiple of 64, 63 to 2047",
          "[unit][imsic]") {
  std::set<unsigned> legal;
  for (unsigned size = 0; size < 3000; ++size) {
    if (InterruptFile::is_legal_size(size)) legal.insert(size);
  }
  CHECK(legal.size() == 32);
  CHECK(*legal.begin() == 63);
  CHECK(*legal.rbegin() == 2047);
  CHECK(legal.count(191) == 1);
}

TEST_CASE("InterruptFile names the lowest identity that is pending and enabled", "[unit][imsic]") {
  File file;
  file.set_pending(200);
  CHECK(file.top() == 0);
  file.enable(200);
  CHECK(file.top() == topei(200));
  file.enable(64);
  CHECK(file.top() == topei(200));
  file.set_pending(64);
  CHECK(file.top() == topei(64));
  file.set_pending(3);  // Not enabled.
  CHECK(file.top() == topei(64));
}

TEST_CASE("InterruptFile claims what it names, once for several messages", "[unit][imsic]") {
  File file;
  for (const unsigned identity : {9u, 70u}) file.enable(identity);
  for (int n = 0; n < 3; ++n) file.set_pending(9);
  file.set_pending(70);
  file.claim();
  CHECK(file.top() == topei(70));
  file.claim();
  CHECK(file.top() == 0);
  file.claim();
  CHECK(file.top() == 0);
  for (unsigned select = kPending; select < kEnabled; select += 2) CHECK(file.get(select) == 0);
}

TEST_CASE("InterruptFile threshold hides its own identity and those above, from claims too",
          "[unit][imsic]") {
  File file;
  file.enable(20);
  file.set_pending(20);
  file.set(kThreshold, 20);
  CHECK(file.top() == 0);
  file.claim();
  file.set(kThreshold, 21);
  CHECK(file.top() == topei(20));
  file.set(kThreshold, 1);
  CHECK(file.top() == 0);
  file.set(kThreshold, 0);  // No threshold.
  CHECK(file.top() == topei(20));
}

TEST_CASE("InterruptFile threshold holds every number up to its largest identity",
          "[unit][imsic]") {
  for (const unsigned identities : {63u, 191u, 2047u}) {
    File file(identities);
    for (unsigned value = 0; value <= identities; ++value) {
      file.set(kThreshold, value);
      CHECK(file.get(kThreshold) == value);
    }
  }
}

TEST_CASE("InterruptFile delivery takes its three values and keeps them against others",
          "[unit][imsic]") {
  File file;
  for (const std::uint64_t legal : {0u, 1u, 0x4000'0000u}) {
    file.set(kDelivery, legal);
    CHECK(file.get(kDelivery) == legal);
    for (const std::uint64_t other : {2ull, 0x8000'0000ull, 0x4000'0001ull, 1ull << 32, ~0ull}) {
      file.set(kDelivery, other);
      CHECK(file.get(kDelivery) == legal);
    }
  }
}

TEST_CASE("InterruptFile has even-numbered registers for 64 bits and reserved ones read as zero",
          "[unit][imsic]") {
  File file;
  std::uint64_t value = 0;
  for (unsigned select = 0; select < 0x200; ++select) {
    INFO("iselect " << select);
    const bool exists =
        (select >= 0x70 && select < 0x80) || (select >= 0x80 && select < 0x100 && select % 2 == 0);
    CHECK(file.read(select, value) == exists);
    CHECK(file.write(select, ~std::uint64_t{0}) == exists);
  }
  for (unsigned select = 0x73; select < 0x80; ++select) CHECK(file.get(select) == 0);
  CHECK(file.get(0x71) == 0);
}

TEST_CASE("InterruptFile bits of identities that do not exist are read-only zero",
          "[unit][imsic]") {
  File file(127);
  for (unsigned select = kPending; select < 0x100; select += 2) file.set(select, ~0ull);
  for (const unsigned array : {kPending, kEnabled}) {
    CHECK(file.get(array) == ~1ull);
    CHECK(file.get(array + 2) == ~0ull);
    for (unsigned k = 4; k < 64; k += 2) CHECK(file.get(array + k) == 0);
  }
}

TEST_CASE("InterruptFile agrees with a list of sets over random operations", "[unit][imsic]") {
  std::mt19937_64 random(7);
  File file(191);
  std::set<unsigned> pending, enabled;
  unsigned threshold = 0;
  for (int step = 0; step < 20'000; ++step) {
    const auto identity = static_cast<unsigned>(random() % 193);
    switch (random() % 5) {
      case 0:
        if (file.set_pending(identity)) pending.insert(identity);
        break;
      case 1:
        if (identity >= 1 && identity <= 191) file.enable(identity), enabled.insert(identity);
        break;
      case 2:
        file.set(kThreshold, threshold = identity % 192);
        break;
      case 3: {
        const unsigned word = identity / 64 % 3;
        const std::uint64_t bits = random();
        file.set(kEnabled + 2 * word, bits);
        for (unsigned bit = 0; bit < 64; ++bit) {
          enabled.erase(64 * word + bit);
          if ((bits >> bit & 1) != 0 && word + bit > 0) enabled.insert(64 * word + bit);
        }
        break;
      }
      default:
        pending.erase(file.top() >> 16);
        file.claim();
    }
    unsigned expected = 0;
    for (const unsigned each : pending) {
      if (enabled.count(each) == 0 || (threshold != 0 && each >= threshold)) continue;
      expected = each;
      break;
    }
    REQUIRE(file.top() == topei(expected));
  }
}

TEST_CASE("InterruptFile goes on identically from an archive", "[unit][imsic]") {
  File saved, loaded;
  saved.set(kDelivery, 1);
  saved.set(kThreshold, 100);
  for (const unsigned identity : {80u, 90u, 120u}) saved.enable(identity);
  for (const unsigned identity : {90u, 120u}) saved.set_pending(identity);
  load<InterruptFile>(loaded, save<InterruptFile>(saved));
  CHECK(loaded.delivery() == Delivery::kFile);
  CHECK(loaded.top() == topei(90));
  loaded.claim();
  CHECK(loaded.top() == 0);
  loaded.set(kThreshold, 0);
  CHECK(loaded.top() == topei(120));
}

}  // namespace cvp
