// SPDX-License-Identifier: Apache-2.0
//
// A driver that knows nothing: random registers, random rings, random answers on the way, for each
// kind of device, while things arrive from outside. Nothing may fail a check or go on for ever.
#include "models/virtio/virtio_test_driver.h"
#include "tests/harness/scratch_directory.h"

namespace cvp {
namespace {

using D = TestDriver;

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t operator()(std::uint64_t range) {
    state_ = state_ * 6364136223846793005 + 1442695040888963407;
    return (state_ >> 33) % range;
  }

 private:
  std::uint64_t state_;
};

VirtioCore::Device make(unsigned kind, const std::string& image) {
  switch (kind) {
    case 0:
      return BlockDevice(DiskImage(image, DiskMode::kSnapshot), {});
    case 1:
      return RngDevice(1, {});
    case 2:
      return ConsoleDevice({});
    default:
      return NetDevice({0x52, 0x54, 0, 0, 0, 1}, {});
  }
}

/// A queue index that is seldom beyond the table.
std::uint16_t small(Random& random) {
  return static_cast<std::uint16_t>(random(D::kSize) + (random(40) == 0));
}

void random_descriptor(Random& random, D& driver) {
  const std::uint64_t table = random(3) ? 0x10000 + 0x4000 * random(2) : 0x8000;
  const bool wild = random(8) == 0;
  const std::uint64_t address = wild ? random(~0ull) : 0x8000 + random(4) * 0x1000;
  const std::uint64_t bytes = wild ? random(1u << 31) : 16 * (1 + random(120));
  const std::uint64_t flags = random(2) ? 2 * random(2) : random(8);
  driver.descriptor(table, small(random), address, static_cast<std::uint32_t>(bytes),
                    static_cast<std::uint16_t>(flags), small(random));
}

/// Something to start from: pairs of a buffer to read and one to write.
void good_descriptors(D& driver) {
  for (unsigned i = 0; i < D::kSize; ++i) {
    const bool written = i % 2 != 0;
    driver.descriptor(i, 0x8000 + 0x400 * i, 512, written ? 2 : 1,
                      static_cast<std::uint16_t>(written ? 0 : i + 1));
  }
}

void arrive(Random& random, VirtioCore& core) {
  if (auto* console = core.device_as<ConsoleDevice>()) {
    for (std::uint64_t i = random(20); i > 0; --i) console->receive('x');
  }
  if (auto* card = core.device_as<NetDevice>()) {
    card->receive(std::vector<std::uint8_t>(random(1600)));
  }
}

struct Counts {
  unsigned resets = 0, answers = 0;
};

void round(Random& random, unsigned kind, const std::string& image, Counts& counts) {
  TestWorld world;
  VirtioCore core(make(kind, image), world);
  const unsigned queues = kind < 2 ? 1 : 2;
  D drivers[] = {{core, world, 0}, {core, world, 1}};
  core.notified = [&core](unsigned queue) { core.kick(queue); };
  drivers[0].negotiate(D::kVersion1 | (random(2) ? D::kIndirect : 0) |
                       (random(2) ? D::kEventIndex : 0));
  for (unsigned queue = 0; queue < queues; ++queue) {
    drivers[queue].set_up_queue();
    good_descriptors(drivers[queue]);
  }
  drivers[0].reg(0x070, 15);
  for (unsigned step = 0; step < 80; ++step) {
    D& driver = drivers[random(queues)];
    switch (random(7)) {
      case 0:
      case 1:
        random_descriptor(random, driver);
        break;
      case 2:
        driver.make_available(small(random));
        break;
      case 3:
        driver.notify();
        break;
      case 4:
        world.run(core, static_cast<unsigned>(random(50)));
        break;
      case 5:
        arrive(random, core);
        break;
      default:
        if (random(8) == 0) driver.reg(static_cast<unsigned>(4 * random(64)), random(1 << 16));
    }
  }
  REQUIRE(world.run(core));
  if (drivers[0].needs_reset()) ++counts.resets;
  if (drivers[0].used() + drivers[1].used() > 0) ++counts.answers;
  CHECK(drivers[0].start() == 15);
  REQUIRE(world.run(core));
}

}  // namespace

TEST_CASE("Virtio survives random rings and registers", "[unit][virtio]") {
  ScratchDirectory directory;
  directory.write("disk", std::string(8192, 'x'));
  Random random(20260101);
  for (const unsigned kind : {0, 1, 2, 3}) {
    Counts counts;
    for (unsigned i = 0; i < 300; ++i) round(random, kind, directory.path("disk"), counts);
    INFO("device " << kind << ": " << counts.resets << " resets, " << counts.answers << " answers");
    CHECK(counts.resets > 30);
    CHECK(counts.answers > 10);
  }
}

}  // namespace cvp
