// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include "models/virtio/virtio_test_driver.h"
#include "tests/harness/archive.h"
#include "tests/harness/scratch_directory.h"

namespace cvp {
namespace {

constexpr std::uint32_t kHeader = 0x4000, kData = 0x5000, kStatus = 0x9000, kSectors = 16;

// An image of kSectors sectors; byte i of sector s is s + i.
struct Bench {
  explicit Bench(DiskMode mode = DiskMode::kWrite, std::uint32_t bytes = kSectors * 512) {
    std::string image;
    for (std::uint32_t i = 0; i < bytes; ++i) image.push_back(static_cast<char>(i / 512 + i));
    directory.write("disk", image);
    core = std::make_unique<VirtioCore>(BlockDevice(DiskImage(file(), mode), {}), world);
    driver = std::make_unique<TestDriver>(*core, world);
    CHECK(driver->start() == 15);
  }
  std::string file() { return directory.path("disk"); }
  std::string content() {
    std::ifstream stream(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  void header(std::uint32_t type, std::uint64_t sector) {
    driver->put(kHeader, type);
    driver->put(kHeader + 8, sector);
    world.memory[kStatus] = 0xee;
  }
  std::uint8_t read(std::uint64_t sector, std::uint32_t bytes) {
    header(0, sector);
    driver->send({{kHeader, 16, false}, {kData, bytes, true}, {kStatus, 1, true}});
    return world.memory[kStatus];
  }
  std::uint8_t write(std::uint64_t sector, std::uint32_t bytes) {
    header(1, sector);
    driver->send({{kHeader, 16, false}, {kData, bytes, false}, {kStatus, 1, true}});
    return world.memory[kStatus];
  }
  std::uint8_t request(std::uint32_t type) {
    header(type, 0);
    driver->send({{kHeader, 16, false}, {kStatus, 1, true}});
    return world.memory[kStatus];
  }
  std::uint32_t config(unsigned offset) { return driver->reg(0x100 + offset); }

  ScratchDirectory directory;
  TestWorld world;
  std::unique_ptr<VirtioCore> core;
  std::unique_ptr<TestDriver> driver;
};

}  // namespace

TEST_CASE("Block device shows its capacity and block size", "[unit][virtio]") {
  Bench b;
  CHECK(b.config(0) == kSectors);
  CHECK(b.config(4) == 0);
  CHECK(b.config(12) == 254);
  CHECK(b.config(20) == 512);
  CHECK(b.core->regs.read(0x100, 1).value == kSectors);
  b.driver->reg(0x014, 0);
  CHECK((b.driver->reg(0x010) & (1 << 5)) == 0);
  Bench read_only(DiskMode::kReadOnly);
  read_only.driver->reg(0x014, 0);
  CHECK((read_only.driver->reg(0x010) & (1 << 5)) != 0);
}

TEST_CASE("Block device reads sectors", "[unit][virtio]") {
  Bench b;
  CHECK(b.read(3, 1024) == 0);
  CHECK(b.driver->used_length(0) == 1025);
  const std::string image = b.content();
  CHECK(std::equal(image.begin() + 3 * 512, image.begin() + 5 * 512, b.world.memory.begin() + kData,
                   [](char a, std::uint8_t c) { return static_cast<std::uint8_t>(a) == c; }));
}

TEST_CASE("Block device fills up the last sector of an odd image with zeros", "[unit][virtio]") {
  Bench b(DiskMode::kWrite, 700);
  CHECK(b.config(0) == 2);
  CHECK(b.read(1, 512) == 0);
  CHECK(b.world.memory[kData + 700 - 512 - 1] == static_cast<std::uint8_t>(1 + 699));
  CHECK(b.world.memory[kData + 700 - 512] == 0);
}

TEST_CASE("Block device writes to its file, or keeps a snapshot, or refuses", "[unit][virtio]") {
  for (const DiskMode mode : {DiskMode::kWrite, DiskMode::kSnapshot, DiskMode::kReadOnly}) {
    Bench b(mode);
    const std::string before = b.content();
    std::fill_n(b.world.memory.begin() + kData, 1024, 0xa5);
    CHECK(b.write(2, 1024) == (mode == DiskMode::kReadOnly ? 1 : 0));
    CHECK(b.request(4) == 0);
    std::string expected = before;
    if (mode == DiskMode::kWrite) std::fill_n(expected.begin() + 1024, 1024, '\xa5');
    CHECK(b.content() == expected);
    CHECK(b.read(1, 4 * 512) == 0);
    const bool kept = mode != DiskMode::kReadOnly;
    CHECK(b.world.memory[kData + 511] == static_cast<std::uint8_t>(before[1023]));
    CHECK((b.world.memory[kData + 512] == 0xa5) == kept);
    CHECK((b.world.memory[kData + 1535] == 0xa5) == kept);
    CHECK(b.world.memory[kData + 1536] == static_cast<std::uint8_t>(before[2048]));
  }
}

TEST_CASE("Block device answers an error beyond its end and for half sectors", "[unit][virtio]") {
  Bench b;
  CHECK(b.read(kSectors - 1, 512) == 0);
  CHECK(b.read(kSectors - 1, 1024) == 1);
  CHECK(b.read(kSectors, 512) == 1);
  CHECK(b.read(~std::uint64_t{0}, 512) == 1);
  CHECK(b.read(std::uint64_t{1} << 55, 512) == 1);
  CHECK(b.read(0, 500) == 1);
  CHECK(b.write(kSectors - 1, 1024) == 1);
  CHECK(b.write(0, 100) == 1);
  CHECK(b.driver->used_length(1) == 0);  // The status alone, behind a gap.
  CHECK(b.request(99) == 2);
  CHECK_FALSE(b.driver->needs_reset());
}

TEST_CASE("Block device tells its name", "[unit][virtio]") {
  Bench b;
  b.header(8, 0);
  b.driver->send({{kHeader, 16, false}, {kData, 20, true}, {kStatus, 1, true}});
  CHECK(std::string(reinterpret_cast<char*>(b.world.memory.data()) + kData) == "chiplet-vp");
}

TEST_CASE("Block device needs a reset after a request without header or status", "[unit][virtio]") {
  Bench short_header, no_status;
  short_header.driver->send({{kHeader, 15, false}, {kStatus, 1, true}});
  CHECK(short_header.driver->needs_reset());
  no_status.driver->send({{kHeader, 16, false}});
  CHECK(no_status.driver->needs_reset());
}

TEST_CASE("Block device goes on from an archive with what its snapshot holds", "[unit][virtio]") {
  Bench saved(DiskMode::kSnapshot), loaded(DiskMode::kSnapshot);
  std::fill_n(saved.world.memory.begin() + kData, 512, 0x77);
  CHECK(saved.write(5, 512) == 0);
  load(*loaded.core, save(*saved.core));
  TestDriver driver(*loaded.core, loaded.world);
  driver.start();
  loaded.header(0, 5);
  driver.send({{kHeader, 16, false}, {kData, 512, true}, {kStatus, 1, true}});
  CHECK(loaded.world.memory[kData] == 0x77);
}

TEST_CASE("Disk image says why a file cannot be a disk", "[unit][virtio]") {
  ScratchDirectory directory;
  directory.write("empty", "");
  CHECK(DiskImage::error_of(directory.path("none"), DiskMode::kWrite).find("cannot open") == 0);
  CHECK(DiskImage::error_of(directory.path("empty"), DiskMode::kWrite).find("is empty") !=
        std::string::npos);
  CHECK(DiskImage::error_of("/dev/null", DiskMode::kWrite).find("no regular file") !=
        std::string::npos);
}

TEST_CASE("Random numbers follow from the seed", "[unit][virtio]") {
  // First output of SplitMix64 for seed 0, by its authors' reference code: 0xe220a8397b1dcdaf.
  RngDevice zero(0, {}), again(0, {}), other(1, {});
  const auto first = zero.serve(0, {}, 8).data;
  CHECK(first == std::vector<std::uint8_t>{0xaf, 0xcd, 0x1d, 0x7b, 0x39, 0xa8, 0x20, 0xe2});
  CHECK(again.serve(0, {}, 8).data == first);
  CHECK(other.serve(0, {}, 8).data != first);
  CHECK(zero.serve(0, {}, 8).data != first);
}

}  // namespace cvp
