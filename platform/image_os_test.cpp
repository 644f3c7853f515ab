// SPDX-License-Identifier: Apache-2.0
//
// Where firmware, kernel and initial RAM disk lie, and what is said of files that do not fit.
#include <zlib.h>

#include <cstring>
#include <random>

#include "platform/gzip.h"
#include "platform/image_os.h"
#include "platform/test_files.h"

using namespace cvp;

namespace {

using Text = std::string;

// The smallest bytes that pass for each kind of OpenSBI: its banner, and for fw_dynamic the load of
// the magic number, `lui a1, 0x49425`.
const Text kFwJump("OpenSBI v1.1\0\0\0\0", 16);
const Text kFwDynamic = Text("OpenSBI v1.1\0\0\0\0", 16) + Text("\xb7\x55\x42\x49", 4);

Text linux_image(std::uint64_t image_size, std::uint64_t flags = 0) {
  Text image(4096, '\0');
  std::memcpy(image.data() + 16, &image_size, 8);
  std::memcpy(image.data() + 24, &flags, 8);
  std::memcpy(image.data() + 56, "RSC\x05", 4);
  return image;
}

Text gzipped(const Text& plain) {
  z_stream stream{};
  REQUIRE(::deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  Text packed(plain.size() + 1024, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  return packed;
}

struct Boot {
  Text bios = kFwDynamic, kernel, initrd;
  Text dram = "2 GiB";
  Diagnostics diagnostics = {};

  std::optional<OsImages> read() {
    ScratchDirectory directory;
    directory.write("host.toml", kSmallHost);
    directory.write("npu.toml", kSmallNpu);
    const auto package =
        load_package({directory.write("small.toml", kSmallPackage), {"host.dram.size=" + dram}, {}},
                     diagnostics);
    REQUIRE(package);
    OsFiles files{directory.write("fw.bin", bios), {}, {}};
    if (!kernel.empty()) files.kernel = directory.write("kernel", kernel);
    if (!initrd.empty()) files.initrd = directory.write("initrd", initrd);
    auto images = read_os(files, *package, diagnostics);
    CHECK(images.has_value() == diagnostics.ok());
    return images;
  }
  Text error() {
    CHECK_FALSE(read());
    REQUIRE(diagnostics.errors().size() == 1);
    return diagnostics.errors()[0].key + ": " + diagnostics.errors()[0].what;
  }
};

}  // namespace

TEST_CASE("Boot images lie where QEMU puts them", "[image_os]") {
  Boot boot{.kernel = linux_image(0x1e6'b000), .initrd = "disk"};
  const auto images = boot.read();
  REQUIRE(images);
  REQUIRE(images->images.size() == 3);
  CHECK(images->images[0].entry == 0x8000'0000);
  CHECK(images->kernel_entry == 0x8020'0000);
  CHECK(images->images[1].segments[0].range() == AddrRange{0x8020'0000, 0x1e6'b000});
  CHECK(images->initrd == AddrRange{0x8820'0000, 4});
}

TEST_CASE("Boot images: the RAM disk lies behind a kernel of any size", "[image_os]") {
  Boot boot{.kernel = linux_image(0x1000'0000), .initrd = "disk"};
  const auto images = boot.read();
  REQUIRE(images);
  CHECK(images->initrd.base == 0x9020'0000);
}

TEST_CASE("Boot images: the kernel lies behind a firmware of any size", "[image_os]") {
  Boot boot{.bios = kFwDynamic + Text(0x20'0000, '\0'), .kernel = "kernel"};
  const auto images = boot.read();
  REQUIRE(images);
  CHECK(images->kernel_entry == 0x8040'0000);
}

TEST_CASE("Boot images: firmware and kernel may be packed with gzip", "[image_os]") {
  const Text kernel = linux_image(0x10'0000);
  Boot boot{.bios = gzipped(kFwDynamic), .kernel = gzipped(kernel), .initrd = gzipped("disk")};
  const auto images = boot.read();
  REQUIRE(images);
  const auto& bytes = images->images[1].segments[0].bytes;
  CHECK(Text(bytes.begin(), bytes.end()) == kernel);
  CHECK(images->images[0].segments[0].bytes.size() == kFwDynamic.size());
  CHECK(images->initrd.size == gzipped("disk").size());  // That is the kernel's to unpack.
}

TEST_CASE("Boot images: a kernel over fw_jump's device tree is an error that says so",
          "[image_os]") {
  Boot boot{.bios = kFwJump, .kernel = linux_image(0x23b'0000)};
  CHECK(boot.error() ==
        "--kernel: covers [0x80200000, 0x825b0000), but fw_jump puts the device tree at "
        "0x82200000; expected --bios fw_dynamic, or a kernel that ends before it");
  CHECK(Boot{.bios = kFwJump, .kernel = linux_image(0x1e6'b000)}.read());
  CHECK(Boot{.bios = kFwDynamic, .kernel = linux_image(0x23b'0000)}.read());
}

TEST_CASE("Boot images: fw_dynamic without a kernel is noted", "[image_os]") {
  Boot alone;
  CHECK(alone.read());
  REQUIRE(alone.diagnostics.notes().size() == 1);
  CHECK(alone.diagnostics.notes()[0].what.find("enters address 0") != Text::npos);
  Boot jump{.bios = kFwJump}, both{.kernel = linux_image(0x1e6'b000)};
  CHECK(jump.read());
  CHECK(both.read());
  CHECK((jump.diagnostics.notes().empty() && both.diagnostics.notes().empty()));
}

TEST_CASE("Boot images: fw_jump enters one address only", "[image_os]") {
  Boot boot{.bios = kFwJump + Text(0x20'0000, '\0'), .kernel = "kernel"};
  CHECK(boot.error() ==
        "--kernel: is entered at 0x80400000, but fw_jump goes to 0x80200000; expected --bios "
        "fw_dynamic");
}

TEST_CASE("Boot images must fit into DRAM beside the device tree", "[image_os]") {
  Boot large{.kernel = linux_image(0x1000'0000), .dram = "64 MiB"};
  CHECK(large.error() ==
        "--kernel: needs 268435456 bytes at 0x80200000; expected room in DRAM, [0x80000000, "
        "0x84000000) without the device tree's [0x83e00000, 0x83e20000)");
  Boot endless{.kernel = linux_image(~std::uint64_t{0})};
  CHECK(endless.error().starts_with("--kernel: needs 18446744073709551615 bytes at 0x80200000; "));
  Boot disk{.kernel = "kernel", .initrd = Text(0x300'0000, '\0'), .dram = "64 MiB"};
  CHECK(disk.error().starts_with("--initrd: needs 50331648 bytes at 0x82200000; "));
}

TEST_CASE("Boot images: every broken file gets one message", "[image_os]") {
  CHECK(Boot{.bios = ""}.error() == "--bios: is empty; expected an image");
  const Text packed = gzipped(linux_image(0));
  for (std::size_t size = 3; size < packed.size(); ++size) {
    CHECK(Boot{.kernel = packed.substr(0, size)}.error() ==
          "--kernel: is a broken gzip file; expected a whole one");
  }
  CHECK(Boot{.kernel = Text("\x7f"
                            "ELF\2\1\1") +
                       Text(9, '\0')}
            .error()
            .starts_with("--kernel: truncated: the ELF header"));
  CHECK(Boot{.kernel = linux_image(0, 1)}.error() ==
        "--kernel: is big-endian; expected little-endian");
  CHECK(Boot{.kernel = Text("MZ\0\0zimg", 8) + Text(64, '\0')}.error() ==
        "--kernel: is a kernel compressed for EFI; expected an Image, an ELF file or raw bytes");
  CHECK(Boot{.kernel = gzipped(Text(8 << 20, '\0')), .dram = "4 MiB"}.error() ==
        "--kernel: unpacks to more than 4194304 bytes of DRAM; expected a smaller image");
}

TEST_CASE("Boot images survive any bytes", "[image_os][fuzz]") {
  std::mt19937 random(41);
  const Text starts[] = {"",
                         Text("\x7f"
                              "ELF\2\1\1"),
                         Text("\x1f\x8b\x08"), linux_image(4096)};
  for (int round = 0; round < 500; ++round) {
    const auto garbage = [&] {
      Text text = starts[random() % 4];
      for (std::size_t more = 1 + random() % 200; more > 0; --more) {
        text.push_back(static_cast<char>(random()));
      }
      return text;
    };
    Boot boot{.bios = garbage(), .kernel = garbage(), .initrd = garbage()};
    boot.read();
    CHECK(boot.diagnostics.errors().size() <= 3);
  }
}
