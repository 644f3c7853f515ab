// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/approximate/hbm_calendar.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>

#include "models/hbm/approximate/hbm_occupancy.h"
#include "tests/harness/archive.h"

using namespace cvp;

TEST_CASE("Hbm calendar finds the free windows that a set of taken ones leaves", "[hbm]") {
  std::mt19937_64 random(1);
  for (const Slot quarters : {4, 8, 11, 15, 48}) {
    HbmCalendar calendar(quarters);
    std::set<std::uint64_t> taken;
    Slot now = 0;
    for (int i = 0; i < 20000; ++i) {
      if (random() % 8 == 0) {
        now += static_cast<Slot>(random() % (random() % 100 == 0 ? 100000 : 50));
        calendar.forget_before(calendar.window(now));
      }
      const Slot from = now + static_cast<Slot>(random() % 400);
      const std::uint64_t first = static_cast<std::uint64_t>(from) * 4 / quarters;
      REQUIRE(calendar.window(from) == first);
      std::uint64_t expected = first;
      while (taken.count(expected) > 0) ++expected;
      const HbmCalendar::Window found = calendar.free(calendar.window(from));
      REQUIRE(found == expected);
      REQUIRE(calendar.start(found) * 4 >= static_cast<Slot>(found) * quarters);
      REQUIRE(calendar.window(calendar.start(found)) == found);
      REQUIRE_FALSE(calendar.taken(found));
      calendar.take(found);
      taken.insert(found);
      REQUIRE(calendar.taken(found));
    }
  }
}

TEST_CASE("Hbm calendar forgets what lies too far ahead, and goes on after loading", "[hbm]") {
  HbmCalendar calendar(8);
  calendar.take(HbmCalendar::kWindows - 1);
  calendar.take(HbmCalendar::kWindows);
  CHECK(calendar.taken(HbmCalendar::kWindows - 1));
  CHECK_FALSE(calendar.taken(HbmCalendar::kWindows));
  CHECK(calendar.free(HbmCalendar::kWindows - 1) == HbmCalendar::kWindows);
  HbmCalendar other(8);
  load(other, save(calendar));
  CHECK(other.taken(HbmCalendar::kWindows - 1));
}

// Against a list of who is inside until when.
TEST_CASE("Hbm occupancy lets requests in when enough have left", "[hbm]") {
  std::mt19937_64 random(2);
  for (const unsigned capacity : {1u, 7u, 64u}) {
    HbmOccupancy queue(capacity);
    std::multiset<Slot> inside;  // By the slot in which they leave.
    Slot now = 0, entered = 0;
    for (int i = 0; i < 20000; ++i) {
      now += static_cast<Slot>(random() % 4 == 0 ? random() % (random() % 50 == 0 ? 5000 : 20) : 0);
      Slot expected = std::max(entered, now);
      inside.erase(inside.begin(), inside.upper_bound(expected));
      while (inside.size() >= capacity) {
        expected = *inside.begin();
        inside.erase(inside.begin());
      }
      entered = queue.enter(now);
      REQUIRE(entered == expected);
      Slot leaves = entered + static_cast<Slot>(random() % 300);
      queue.leave(leaves);
      if (leaves <= entered) continue;
      while (inside.count(leaves) > 0) ++leaves;  // One a slot.
      inside.insert(leaves);
    }
  }
}
