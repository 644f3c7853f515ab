// SPDX-License-Identifier: Apache-2.0
#include <elf.h>

#include <cstring>
#include <random>

#include "platform/image.h"
#include "platform/output_file.h"
#include "platform/test_files.h"

using namespace cvp;

namespace {

// A program of one segment of 16 bytes at 0x8000_0000, as a linker would write it.
std::vector<std::uint8_t> small_elf() {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = 243;
  header.e_entry = 0x8000'0004;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  Elf64_Phdr segment{};
  segment.p_type = PT_LOAD;
  segment.p_offset = sizeof header + sizeof segment;
  segment.p_paddr = segment.p_vaddr = 0x8000'0000;
  segment.p_filesz = 16;
  segment.p_memsz = 64;
  std::vector<std::uint8_t> bytes(sizeof header + sizeof segment + 16, 0x13);
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, &segment, sizeof segment);
  return bytes;
}

std::string error_of(const std::vector<std::uint8_t>& bytes) {
  Diagnostics diagnostics;
  const auto image = parse_elf("prog.elf", bytes, "--firmware", diagnostics);
  CHECK(image.has_value() == diagnostics.ok());
  return diagnostics.ok() ? "" : format_error(diagnostics.errors().front());
}

Package small_package() {
  ScratchDirectory directory;
  directory.write("host.toml", kSmallHost);
  directory.write("npu.toml", kSmallNpu);
  Diagnostics diagnostics;
  auto package = load_package({directory.write("small.toml", kSmallPackage), {}, {}}, diagnostics);
  REQUIRE(package);
  return *package;
}

}  // namespace

TEST_CASE("Image reads entry and segments of an ELF file", "[image]") {
  Diagnostics diagnostics;
  const auto image = parse_elf("prog.elf", small_elf(), "--firmware", diagnostics);
  REQUIRE(image);
  CHECK(image->entry == 0x8000'0004);
  REQUIRE(image->segments.size() == 1);
  CHECK(image->segments[0].range() == AddrRange{0x8000'0000, 64});
  CHECK(image->segments[0].bytes.size() == 16);
}

TEST_CASE("Image refuses foreign files and says what they are", "[image]") {
  CHECK(error_of({}) ==
        "prog.elf: --firmware: is no ELF file; expected an ELF64 RISC-V executable");
  CHECK(error_of(
            {'#', '!', '/', 'b', 'i', 'n', '/', 's', 'h', '\n', 'e', 'c', 'h', 'o', '\n', ' '}) ==
        "prog.elf: --firmware: is no ELF file; expected an ELF64 RISC-V executable");
  auto bytes = small_elf();
  bytes[EI_CLASS] = ELFCLASS32;
  CHECK(error_of(bytes) == "prog.elf: --firmware: is a 32-bit ELF file; expected ELF64 for RISC-V");
  bytes = small_elf();
  bytes[EI_DATA] = ELFDATA2MSB;
  CHECK(error_of(bytes) == "prog.elf: --firmware: is big-endian; expected little-endian RISC-V");
  bytes = small_elf();
  bytes[18] = EM_X86_64;
  CHECK(error_of(bytes) == "prog.elf: --firmware: is for machine 62; expected RISC-V (243)");
  bytes = small_elf();
  bytes[16] = ET_REL;
  CHECK(error_of(bytes) ==
        "prog.elf: --firmware: has type 1; expected an executable (type 2 or 3)");
}

TEST_CASE("Image puts a position-independent ELF file where it is told", "[image]") {
  Elf64_Ehdr header;
  Elf64_Phdr segment;
  auto bytes = small_elf();
  std::memcpy(&header, bytes.data(), sizeof header);
  std::memcpy(&segment, bytes.data() + sizeof header, sizeof segment);
  header.e_type = ET_DYN;
  header.e_entry = 4;
  segment.p_paddr = segment.p_vaddr = 0;
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, &segment, sizeof segment);
  Diagnostics diagnostics;
  const auto image = parse_elf("pie.elf", bytes, "--bios", diagnostics, 0x9000'0000);
  REQUIRE(image);
  CHECK(image->entry == 0x9000'0004);
  CHECK(image->segments[0].range() == AddrRange{0x9000'0000, 64});
}

TEST_CASE("Image enters an ELF file with virtual addresses at the physical one", "[image]") {
  auto bytes = small_elf();
  const std::uint64_t virtual_base = 0xffff'ffff'8000'0000, entry = virtual_base + 8;
  std::memcpy(bytes.data() + offsetof(Elf64_Ehdr, e_entry), &entry, sizeof entry);
  std::memcpy(bytes.data() + sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_vaddr), &virtual_base,
              sizeof virtual_base);
  Diagnostics diagnostics;
  const auto image = parse_elf("vmlinux", bytes, "--kernel", diagnostics);
  REQUIRE(image);
  CHECK(image->entry == 0x8000'0008);
}

TEST_CASE("Image names the part at which a file is truncated", "[image]") {
  auto bytes = small_elf();
  bytes.resize(40);
  CHECK(error_of(bytes) ==
        "prog.elf: --firmware: truncated: the ELF header ends at byte 64, the "
        "file has 40; expected a whole ELF file");
  bytes = small_elf();
  bytes.resize(100);
  CHECK(error_of(bytes) ==
        "prog.elf: --firmware: truncated: the program header table ends at byte "
        "120, the file has 100; expected a whole ELF file");
  bytes = small_elf();
  bytes.resize(130);
  CHECK(error_of(bytes) ==
        "prog.elf: --firmware: truncated: segment 0 ends at byte 136, the file "
        "has 130; expected a whole ELF file");
}

TEST_CASE("Image survives random damage to an ELF file", "[image][fuzz]") {
  std::mt19937 random(77);
  for (int round = 0; round < 20000; ++round) {
    auto bytes = small_elf();
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    for (unsigned edits = 1 + random() % 6; edits > 0 && !bytes.empty(); --edits) {
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    }
    Diagnostics diagnostics;
    const auto image = parse_elf("prog.elf", bytes, "--firmware", diagnostics);
    REQUIRE(image.has_value() == diagnostics.ok());
  }
}

TEST_CASE("Image reports a segment outside every memory", "[image]") {
  Diagnostics diagnostics;
  check_placement(small_package(), {make_image("a.bin", 0x8010'0000, {1, 2, 3, 4})}, {},
                  diagnostics);
  REQUIRE(diagnostics.errors().size() == 1);
  CHECK(diagnostics.errors()[0].what ==
        "[0x80100000, 0x80100004) lies in no memory of package \"small\"; expected one of "
        "host.dram [0x80000000, 0x80100000), npu0.hbm0 [0x11000000000, 0x11400000000)");
}

TEST_CASE("Image reports two images that overlap", "[image]") {
  Diagnostics diagnostics;
  check_placement(small_package(),
                  {make_image("a.bin", 0x8000'0000, std::vector<std::uint8_t>(16)),
                   make_image("b.bin", 0x8000'0008, std::vector<std::uint8_t>(16))},
                  {}, diagnostics);
  REQUIRE(diagnostics.errors().size() == 1);
  CHECK(diagnostics.errors()[0].what ==
        "[0x80000008, 0x80000018) overlaps [0x80000000, "
        "0x80000010) of a.bin; expected images apart");
}

TEST_CASE("Image reports --load without an address or with a missing file", "[image]") {
  Diagnostics diagnostics;
  CHECK_FALSE(read_load("data.bin", "--load", diagnostics));
  CHECK_FALSE(read_load("/no/such/file@0x1000", "--load", diagnostics));
  REQUIRE(diagnostics.errors().size() == 2);
  CHECK(format_error(diagnostics.errors()[0]) ==
        "command line: --load data.bin: expected FILE@ADDRESS, for example data.bin@0x90000000, "
        "or an ELF file");
  CHECK(format_error(diagnostics.errors()[1]) ==
        "/no/such/file: --load: cannot read the file; expected a readable file");
}

TEST_CASE("Image reads regular files only", "[image]") {
  Diagnostics diagnostics;
  CHECK_FALSE(read_elf("/dev/zero", "--firmware", diagnostics));
  CHECK_FALSE(read_load("/dev/zero@0x90000000", "--load", diagnostics));
  REQUIRE(diagnostics.errors().size() == 2);
  for (const ConfigError& error : diagnostics.errors()) {
    CHECK(error.what ==
          "cannot read the file; expected a readable file (it is a device or a pipe; copy it to a "
          "regular file)");
  }
  CHECK(errors_of({"/dev/zero", {}, {}}).find("(it is a device or a pipe; ") != std::string::npos);
}

TEST_CASE("OutputFile appears whole or not at all", "[output]") {
  ScratchDirectory directory;
  Diagnostics diagnostics;
  {
    auto file = OutputFile::open(directory.path("a.json"), "--stats", diagnostics);
    REQUIRE(file);
    CHECK_FALSE(std::filesystem::exists(directory.path("a.json")));
    file->commit("whole");
  }
  CHECK(directory.read("a.json") == "whole");
  { auto dropped = OutputFile::open(directory.path("a.json"), "--stats", diagnostics); }
  CHECK(directory.read("a.json") == "whole");
  CHECK(directory.files() == 1);
}

TEST_CASE("OutputFile reports a place that cannot be written", "[output]") {
  ScratchDirectory directory;
  Diagnostics diagnostics;
  CHECK_FALSE(OutputFile::open(directory.path("no/dir/a.json"), "--stats", diagnostics));
  CHECK_FALSE(OutputFile::open(directory.path(""), "--stats", diagnostics));
  REQUIRE(diagnostics.errors().size() == 2);
  CHECK(diagnostics.errors()[0].what ==
        "cannot be written (No such file or directory); expected a "
        "file in a directory that you may write to");
  CHECK(diagnostics.errors()[1].what ==
        "cannot be written (is a directory); expected a file in a directory that you may write to");
}
