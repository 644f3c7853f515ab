// SPDX-License-Identifier: Apache-2.0
//
// Negotiation and queues, on the random number device: it answers any chain with room.
#include "models/virtio/virtio_test_driver.h"
#include "tests/harness/archive.h"

namespace cvp {
namespace {

using D = TestDriver;

struct Bench {
  TestWorld world;
  VirtioCore core{RngDevice(1, {}), world};
  TestDriver driver{core, world};
};

}  // namespace

TEST_CASE("Virtio names itself as the specification wants", "[unit][virtio]") {
  Bench b;
  CHECK(b.driver.reg(0x000) == 0x74726976);
  CHECK(b.driver.reg(0x004) == 2);
  CHECK(b.driver.reg(0x008) == 4);
  CHECK(b.driver.reg(0x034) == 256);
  b.driver.reg(0x030, 1);
  CHECK(b.driver.reg(0x034) == 0);
  CHECK(b.driver.reg(0x0b0) == 0xffff'ffff);
  b.driver.reg(0x014, 0);
  CHECK(b.driver.reg(0x010) == (D::kIndirect | D::kEventIndex));
  b.driver.reg(0x014, 1);
  CHECK(b.driver.reg(0x010) == 1);  // VERSION_1
  b.driver.reg(0x014, 2);
  CHECK(b.driver.reg(0x010) == 0);
}

TEST_CASE("Virtio takes only features that it offers, and VERSION_1 among them", "[unit][virtio]") {
  Bench b;
  b.driver.negotiate(D::kVersion1 | D::kIndirect);
  CHECK(b.driver.reg(0x070) == 11);
  b.driver.negotiate(D::kIndirect);
  CHECK(b.driver.reg(0x070) == 3);
  b.driver.negotiate(D::kVersion1 | 1);
  CHECK(b.driver.reg(0x070) == 3);
  b.driver.reg(0x070, 7);  // DRIVER_OK all the same.
  CHECK(b.driver.reg(0x070) == 3);
  CHECK(b.world.errors.size() == 1);
}

TEST_CASE("Virtqueue answers a chain, interrupts, and is ready for the next", "[unit][virtio]") {
  Bench b;
  CHECK(b.driver.start() == 15);
  for (std::uint16_t n = 0; n < 3 * D::kSize; ++n) {
    b.driver.send({{0x4000, 100, true}});
    CHECK(b.driver.used() == n + 1);
    CHECK(b.driver.used_head(n) == 0);
    CHECK(b.driver.used_length(n) == 100);
    CHECK(b.driver.interrupted());
    CHECK_FALSE(b.core.interrupting());
  }
  CHECK(b.world.memory[0x4000 + 99] != 0);
  CHECK(b.world.memory[0x4000 + 100] == 0);
  CHECK(b.world.errors.empty());
}

TEST_CASE("Virtqueue uses several chains behind one notification", "[unit][virtio]") {
  Bench b;
  b.driver.start();
  for (std::uint16_t n = 0; n < D::kSize; ++n) {
    b.driver.descriptor(n, 0x4000 + 0x100u * n, 16, 2, 0);
    b.driver.make_available(static_cast<std::uint16_t>(D::kSize - 1 - n));
  }
  b.driver.notify();
  REQUIRE(b.world.run(b.core));
  CHECK(b.driver.used() == D::kSize);
  for (unsigned n = 0; n < D::kSize; ++n) CHECK(b.driver.used_head(n) == D::kSize - 1 - n);
}

TEST_CASE("Virtqueue writes to pieces, and over the ends of pages", "[unit][virtio]") {
  Bench whole, pieces;
  whole.driver.start();
  whole.driver.send({{0x20000, 10'000, true}});
  pieces.driver.start();
  pieces.driver.send({{0x20fff, 1, true}, {0x30ffd, 6'000, true}, {0x40000, 3'999, true}});
  const auto at = [](Bench& b, std::uint32_t address, std::uint32_t bytes) {
    return std::string(b.world.memory.begin() + address, b.world.memory.begin() + address + bytes);
  };
  CHECK(at(whole, 0x20000, 10'000) ==
        at(pieces, 0x20fff, 1) + at(pieces, 0x30ffd, 6'000) + at(pieces, 0x40000, 3'999));
  CHECK(pieces.driver.used_length(0) == 10'000);
}

TEST_CASE("Virtqueue follows an indirect table, also behind plain descriptors", "[unit][virtio]") {
  Bench b;
  b.driver.start(D::kVersion1 | D::kIndirect);
  b.driver.chain(0x8000, 0, {{0x4000, 10, true}, {0x5000, 20, true}, {0x6000, 30, true}});
  b.driver.descriptor(3, 0x8000, 48, 4, 0);
  b.driver.make_available(3);
  b.driver.descriptor(5, 0x7000, 5, 1 | 2, 6);
  b.driver.descriptor(6, 0x8000, 48, 4, 0);
  b.driver.make_available(5);
  b.driver.notify();
  REQUIRE(b.world.run(b.core));
  CHECK(b.driver.used() == 2);
  CHECK(b.driver.used_length(0) == 60);
  CHECK(b.driver.used_length(1) == 65);
  CHECK(b.world.errors.empty());
}

TEST_CASE("Virtqueue leaves the interrupt out where the driver does not want it",
          "[unit][virtio]") {
  Bench b;
  b.driver.start();
  b.driver.set_no_interrupt(true);
  b.driver.send({{0x4000, 16, true}});
  CHECK_FALSE(b.driver.interrupted());
  b.driver.set_no_interrupt(false);
  b.driver.send({{0x4000, 16, true}});
  CHECK(b.driver.interrupted());
}

TEST_CASE("Virtqueue with EVENT_IDX interrupts at the event and asks for the next notification",
          "[unit][virtio]") {
  Bench b;
  b.driver.start(D::kVersion1 | D::kEventIndex);
  b.driver.set_no_interrupt(true);  // Must not count.
  b.driver.set_used_event(1);
  b.driver.send({{0x4000, 16, true}});
  CHECK_FALSE(b.driver.interrupted());
  CHECK(b.driver.available_event() == 1);
  b.driver.send({{0x4000, 16, true}});
  CHECK(b.driver.interrupted());
  CHECK(b.driver.available_event() == 2);
  b.driver.send({{0x4000, 16, true}});
  CHECK_FALSE(b.driver.interrupted());
}

TEST_CASE("Virtqueue sees buffers that come while it asks for the next notification",
          "[unit][virtio]") {
  Bench b;
  b.driver.start(D::kVersion1 | D::kEventIndex);
  b.driver.descriptor(0, 0x4000, 16, 2, 0);
  b.driver.make_available(0);
  b.driver.notify();
  // As soon as the first chain is used the driver adds another one and does not notify.
  while (b.driver.used() == 0) {
    REQUIRE_FALSE(b.world.run(b.core, 1));
  }
  b.driver.make_available(0);
  REQUIRE(b.world.run(b.core));
  CHECK(b.driver.used() == 2);
}

TEST_CASE("Virtio does nothing before DRIVER_OK, and starts with what is there then",
          "[unit][virtio]") {
  Bench b;
  b.driver.negotiate(D::kVersion1);
  b.driver.set_up_queue();
  b.driver.send({{0x4000, 16, true}});
  CHECK(b.world.accesses == 0);
  b.driver.reg(0x070, 15);
  REQUIRE(b.world.run(b.core));
  CHECK(b.driver.used() == 1);
}

TEST_CASE("Virtio reset forgets the queue and everything in flight", "[unit][virtio]") {
  Bench b;
  b.driver.start();
  b.driver.descriptor(0, 0x4000, 16, 2, 0);
  b.driver.make_available(0);
  b.driver.notify();
  b.world.run(b.core, 2);
  b.driver.reg(0x070, 0);
  REQUIRE(b.world.run(b.core));
  CHECK(b.driver.used() == 0);
  CHECK(b.driver.reg(0x044) == 0);
  CHECK(b.driver.reg(0x070) == 0);
  CHECK(b.driver.start() == 15);  // The chain is still there.
  REQUIRE(b.world.run(b.core));
  CHECK(b.driver.used() == 1);
}

TEST_CASE("Virtio needs a reset after each rule that a driver can break", "[unit][virtio]") {
  struct Case {
    const char* error;
    std::function<void(TestDriver&)> make;
  };
  constexpr std::uint64_t kTable = 0x8000, kFar = std::uint64_t{1} << 40;
  const std::vector<Case> cases = {
      {"head", [](D& d) { d.make_available(D::kSize); }},
      {"index", [](D& d) { d.set_available_index(D::kSize + 1); }},
      {"next descriptor beyond",
       [](D& d) { d.descriptor(0, 0x4000, 16, 1 | 2, D::kSize), d.make_available(0); }},
      {"loops",
       [](D& d) {
         d.descriptor(0, 0x4000, 16, 1 | 2, 1);
         d.descriptor(1, 0x4000, 16, 1 | 2, 0);
         d.make_available(0);
       }},
      {"length 0", [](D& d) { d.descriptor(0, 0x4000, 0, 2, 0), d.make_available(0); }},
      {"end of the address space",
       [](D& d) { d.descriptor(0, ~std::uint64_t{0}, 16, 2, 0), d.make_available(0); }},
      {"does not answer", [](D& d) { d.descriptor(0, kFar, 16, 2, 0), d.make_available(0); }},
      {"behind one for writing",
       [](D& d) {
         d.chain(0x10000, 0, {{0x4000, 16, true}, {0x5000, 16, false}}), d.make_available(0);
       }},
      {"longer than any device takes",
       [](D& d) { d.descriptor(0, 0, 0xffff'ffff, 0, 0), d.make_available(0); }},
      {"over 4 GiB",
       [](D& d) {
         d.chain(0x10000, 0, {{0, 0xffff'ffff, true}, {0, 2, true}});
         d.make_available(0);
       }},
      {"indirect descriptor with a next one",
       [](D& d) { d.descriptor(0, kTable, 16, 4 | 1, 1), d.make_available(0); }},
      {"odd length", [](D& d) { d.descriptor(0, kTable, 24, 4, 0), d.make_available(0); }},
      {"table longer than the queue",
       [](D& d) { d.descriptor(0, kTable, 257 * 16, 4, 0), d.make_available(0); }},
      {"inside an indirect table",
       [](D& d) {
         d.descriptor(kTable, 0, kTable, 16, 4, 0);
         d.descriptor(0, kTable, 16, 4, 0);
         d.make_available(0);
       }},
      {"loops",
       [](D& d) {
         d.descriptor(kTable, 0, 0x4000, 16, 2 | 1, 0);
         d.descriptor(0, kTable, 32, 4, 0);
         d.make_available(0);
       }},
      {"next descriptor beyond",
       [](D& d) {
         d.descriptor(kTable, 0, 0x4000, 16, 2 | 1, 2);
         d.descriptor(0, kTable, 32, 4, 0);
         d.make_available(0);
       }},
      {"without room", [](D& d) { d.descriptor(0, 0x4000, 16, 0, 0), d.make_available(0); }},
      {"no power of two", [](D& d) { d.reg(0x044, 0), d.set_up_queue(3); }},
      {"no power of two", [](D& d) { d.reg(0x044, 0), d.set_up_queue(512); }},
  };
  for (const Case& each : cases) {
    INFO(each.error);
    Bench b;
    b.driver.start(D::kVersion1 | D::kIndirect);
    each.make(b.driver);
    b.driver.notify();
    REQUIRE(b.world.run(b.core));
    CHECK(b.driver.needs_reset());
    CHECK(b.driver.reg(0x060) == 2);  // A change of the configuration says so.
    REQUIRE(b.world.errors.size() == 1);
    const bool head = std::string_view(each.error) == "head";
    CHECK(b.world.errors[0].find(head ? "beyond the table" : each.error) != std::string::npos);
    // Deaf until it is reset, then as good as new.
    const auto accesses = b.world.accesses;
    b.driver.notify();
    b.driver.reg(0x070, 15);
    REQUIRE(b.world.run(b.core));
    CHECK(b.world.accesses == accesses);
    CHECK(b.driver.needs_reset());
    Bench fresh;
    b.driver.reg(0x070, 0);
    CHECK(b.driver.reg(0x070) == 0);
    std::fill(b.world.memory.begin(), b.world.memory.end(), 0);
    TestDriver again(b.core, b.world);
    CHECK(again.start() == 15);
    again.send({{0x4000, 16, true}});
    CHECK(again.used() == 1);
  }
}

TEST_CASE("Virtqueue refuses an indirect descriptor that was not agreed on", "[unit][virtio]") {
  Bench b;
  b.driver.start();
  b.driver.descriptor(0, 0x8000, 16, 4, 0);
  b.driver.make_available(0);
  b.driver.notify();
  REQUIRE(b.world.run(b.core));
  CHECK(b.driver.needs_reset());
}

TEST_CASE("Virtio that needs a reset interrupts nobody before DRIVER_OK", "[unit][virtio]") {
  Bench b;
  b.driver.negotiate(D::kVersion1);
  b.driver.set_up_queue(3);
  CHECK(b.driver.needs_reset());
  CHECK_FALSE(b.core.interrupting());
}

TEST_CASE("Virtio takes latency and bandwidth for a request", "[unit][virtio]") {
  TestWorld world;
  VirtioCore core(RngDevice(1, {.latency = 5_us, .bandwidth = 2_GBps}), world);
  TestDriver driver(core, world);
  driver.start();
  driver.send({{0x4000, 4000, true}});
  CHECK(world.slept == 7_us);  // 4000 bytes at 2 GB/s take 2 us.
}

TEST_CASE("VirtioCore goes on identically from an archive", "[unit][virtio]") {
  Bench straight;
  straight.driver.start();
  straight.driver.send({{0x4000, 64, true}});
  straight.driver.send({{0x5000, 64, true}});
  Bench saved, loaded;
  saved.driver.start();
  saved.driver.send({{0x4000, 64, true}});
  load(loaded.core, save(saved.core));
  loaded.world.memory = saved.world.memory;
  loaded.driver.descriptor(0, 0x5000, 64, 2, 1);
  loaded.driver.put<std::uint16_t>(0x11000 + 4 + 2, 0);
  loaded.driver.put<std::uint16_t>(0x11000 + 2, 2);
  loaded.driver.notify();
  REQUIRE(loaded.world.run(loaded.core));
  const bool same = loaded.world.memory == straight.world.memory;
  CHECK(same);
}

}  // namespace cvp
