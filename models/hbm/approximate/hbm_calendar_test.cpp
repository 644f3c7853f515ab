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

// Against one window after the other.
TEST_CASE("Hbm calendar takes runs of windows as it takes single ones", "[hbm]") {
  std::mt19937_64 random(3);
  for (const unsigned stride : {1u, 2u, 3u, 7u, 63u, 64u}) {
    const StridedBits strided(stride);
    HbmCalendar calendar(8), single(8);
    HbmCalendar::Window now = 0;
    for (int i = 0; i < 5000; ++i) {
      now += random() % 40;
      for (HbmCalendar* each : {&calendar, &single}) each->forget_before(now);
      const HbmCalendar::Window first = now + random() % (random() % 50 == 0 ? 4200 : 300);
      const auto wanted = static_cast<unsigned>(1 + random() % 80);
      const HbmCalendar::Window remembered = now / 64 * 64 + HbmCalendar::kWindows;
      unsigned free = 0;
      while (free < wanted && first + stride * free < remembered &&
             !single.taken(first + stride * free)) {
        single.take(first + stride * free++);
      }
      REQUIRE(calendar.free_run(first, strided, wanted) == free);
      calendar.take_run(first, strided, free);
      for (HbmCalendar::Window window = now; window < remembered; ++window) {
        if (calendar.taken(window) != single.taken(window)) FAIL(window);
      }
    }
  }
}

// Each enters as it could alone, and so the queue is as full for those that come behind.
TEST_CASE("Hbm occupancy lets runs of requests through", "[hbm]") {
  std::mt19937_64 random(4);
  for (const unsigned stride : {1u, 4u, 6u, 64u}) {
    const StridedBits strided(stride);
    HbmOccupancy queue(8), single(8);
    Slot now = 0;
    for (int i = 0; i < 5000; ++i) {
      now += static_cast<Slot>(random() % 200);
      const Slot entered = queue.enter(now);
      REQUIRE(entered == single.enter(now));
      const Slot first = entered + 1 + static_cast<Slot>(random() % 50);
      const auto count = static_cast<unsigned>(1 + random() % 32);
      for (HbmOccupancy* each : {&queue, &single}) each->leave(first);
      const Slot next = first + stride, last = first + Slot{stride} * count;
      REQUIRE(queue.pass_run(next, strided, last, count));
      for (Slot slot = next; slot <= last; slot += stride) {
        REQUIRE(single.enter(now) < slot);
        single.leave(slot);
      }
    }
  }
}

TEST_CASE("Hbm occupancy refuses runs that it cannot remember", "[hbm]") {
  HbmOccupancy queue(8);
  const StridedBits strided(64);
  queue.enter(100);
  CHECK_FALSE(queue.pass_run(100, strided, 164, 2));
  CHECK_FALSE(queue.pass_run(101, strided, 101 + 64 * 127, 128));
  CHECK(queue.pass_run(101, strided, 101 + 64 * 63, 64));
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
