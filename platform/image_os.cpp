// SPDX-License-Identifier: Apache-2.0
#include "platform/image_os.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "platform/gzip.h"

namespace cvp {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t kMegapage = 2 << 20;

Addr align_up(Addr address) { return (address + kMegapage - 1) & ~(kMegapage - 1); }

std::uint64_t little_endian(const Bytes& bytes, std::size_t offset, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | bytes[offset + i];
  return value;
}

// [LINUX: Boot image header in RISC-V Linux]
struct LinuxHeader {
  std::uint64_t image_size, flags;
};
std::optional<LinuxHeader> linux_header(const Bytes& bytes) {
  constexpr std::size_t kHeaderBytes = 64;
  constexpr std::uint32_t kMagic = 0x0543'5352;  // "RSC\x05"
  if (bytes.size() < kHeaderBytes || little_endian(bytes, 56, 4) != kMagic) return {};
  return LinuxHeader{little_endian(bytes, 16, 8), little_endian(bytes, 24, 8)};
}

bool contains(const Bytes& bytes, std::string_view text) {
  return std::search(bytes.begin(), bytes.end(), text.begin(), text.end()) != bytes.end();
}

// OpenSBI's fw_dynamic loads the magic number of its argument block with `lui rd, 0x49425`.
bool takes_dynamic_info(const Bytes& bytes) {
  for (std::size_t i = 0; i + 4 <= bytes.size(); i += 2) {
    if ((little_endian(bytes, i, 4) & 0xffff'f07f) == 0x4942'5037) return true;
  }
  return false;
}

class OsReader {
 public:
  OsReader(const Package& package, Diagnostics& diagnostics)
      : dram_(main_memory(package)), tree_(tree_place(package)), diagnostics_(diagnostics) {}

  std::optional<OsImages> read(const OsFiles& files) {
    bool good = read_bios(files.bios, !files.kernel.empty());
    good = (files.kernel.empty() || read_kernel(files.kernel)) && good;
    good = (files.initrd.empty() || read_initrd(files.initrd)) && good;
    if (!good) return {};
    return std::move(out_);
  }

 private:
  bool fail(const std::string& file, const char* option, const std::string& what) {
    diagnostics_.error(file, 0, option, what);
    return false;
  }

  // The file's bytes, unpacked if they are gzip's.
  std::optional<Bytes> bytes_of(const std::string& file, const char* option) {
    auto bytes = read_file(file, option, diagnostics_, dram_.size);
    if (bytes && bytes->empty()) {
      fail(file, option, "is empty; expected an image");
      return {};
    }
    if (!bytes || !is_gzip(*bytes)) return bytes;
    std::string problem;
    auto unpacked = gunzip(*bytes, dram_.size, problem);
    if (!unpacked) fail(file, option, problem);
    return unpacked;
  }

  bool place(Image image, const char* option) {
    image.option = option;
    for (const ImageSegment& segment : image.segments) {
      const AddrRange range = segment.range();
      if (dram_.contains(range.base, range.size) && !range.overlaps(tree_)) continue;
      return fail(image.file, option,
                  fmt::format("needs {} bytes at {}; expected room in DRAM, [{}, {}) without the "
                              "device tree's [{}, {})",
                              range.size, hex(range.base), hex(dram_.base), hex(dram_.end()),
                              hex(tree_.base), hex(tree_.end())));
    }
    const Addr end = image.segments.back().range().end();
    end_ = std::max(end_, end);
    out_.images.push_back(std::move(image));
    return true;
  }

  bool read_bios(const std::string& file, bool has_kernel) {
    end_ = dram_.base;
    auto bytes = bytes_of(file, "--bios");
    if (!bytes) return false;
    // Where fw_jump of OpenSBI's generic platform enters the kernel and puts the device tree.
    const bool opensbi = contains(*bytes, "OpenSBI v"), dynamic = takes_dynamic_info(*bytes);
    if (opensbi && dynamic && !has_kernel) {
      diagnostics_.note(file, 0, "--bios",
                        "is fw_dynamic, which enters address 0 when it has nothing to boot; "
                        "expected --kernel");
    }
    if (opensbi && !dynamic) fixed_ = FixedPlaces{dram_.base + 0x20'0000, dram_.base + 0x220'0000};
    auto image = executable(file, "--bios", std::move(*bytes), dram_.base);
    return image && place(std::move(*image), "--bios");
  }

  std::optional<Image> executable(const std::string& file, const char* option, Bytes bytes,
                                  Addr base) {
    if (is_elf(bytes)) return parse_elf(file, bytes, option, diagnostics_, base);
    return make_image(file, base, std::move(bytes));
  }

  bool read_kernel(const std::string& file) {
    auto bytes = bytes_of(file, "--kernel");
    if (!bytes) return false;
    if (bytes->size() > 8 && little_endian(*bytes, 4, 4) == 0x676d'697a) {  // "zimg"
      return fail(file, "--kernel",
                  "is a kernel compressed for EFI; expected an Image, an ELF file or raw bytes");
    }
    const auto header = linux_header(*bytes);
    auto image = executable(file, "--kernel", std::move(*bytes), align_up(end_));
    if (!image) return false;
    if (header) {
      if (header->flags & 1) return fail(file, "--kernel", "is big-endian; expected little-endian");
      ImageSegment& all = image->segments.front();
      all.memory_size = std::max<std::uint64_t>(all.memory_size, header->image_size);
    }
    out_.kernel_entry = image->entry;
    return suits_fixed_places(*image) && place(std::move(*image), "--kernel");
  }

  bool suits_fixed_places(const Image& image) {
    if (!fixed_) return true;
    if (image.entry != fixed_->entry) {
      return fail(
          image.file, "--kernel",
          fmt::format("is entered at {}, but fw_jump goes to {}; expected --bios fw_dynamic",
                      hex(image.entry), hex(fixed_->entry)));
    }
    for (const ImageSegment& segment : image.segments) {
      if (!segment.range().overlaps({fixed_->tree, kTreeRoom})) continue;
      return fail(image.file, "--kernel",
                  fmt::format("covers [{}, {}), but fw_jump puts the device tree at {}; expected "
                              "--bios fw_dynamic, or a kernel that ends before it",
                              hex(segment.address), hex(segment.range().end()), hex(fixed_->tree)));
    }
    return true;
  }

  bool read_initrd(const std::string& file) {
    auto bytes = read_file(file, "--initrd", diagnostics_, dram_.size);
    if (!bytes) return false;
    if (bytes->empty()) return fail(file, "--initrd", "is empty; expected an initial RAM disk");
    const Addr kernel = out_.kernel_entry != 0 ? out_.kernel_entry : align_up(end_);
    const Addr usual = kernel + std::min<std::uint64_t>(dram_.size / 2, 128 << 20);
    Image image = make_image(file, std::max(align_up(end_), usual), std::move(*bytes));
    out_.initrd = image.segments.front().range();
    return place(std::move(image), "--initrd");
  }

  struct FixedPlaces {
    Addr entry, tree;
  };

  const AddrRange dram_, tree_;
  Diagnostics& diagnostics_;
  OsImages out_;
  Addr end_ = 0;                      // Of what has been placed so far.
  std::optional<FixedPlaces> fixed_;  // Those of a firmware that cannot be told.
};

}  // namespace

AddrRange main_memory(const Package& package) {
  for (const Instance* ram : package.host().of_type("ram")) {
    const AddrRange range = ram->window("map")->range;
    if (range.base >= kDramBase) return range;
  }
  return {};
}

AddrRange tree_place(const Package& package) {
  const AddrRange dram = main_memory(package);
  const std::uint64_t usable = std::min<std::uint64_t>(dram.size, std::uint64_t{2} << 30);
  return {(dram.base + usable - kTreeRoom) & ~(kMegapage - 1), kTreeRoom};
}

std::optional<OsImages> read_os(const OsFiles& files, const Package& package,
                                Diagnostics& diagnostics) {
  return OsReader(package, diagnostics).read(files);
}

}  // namespace cvp
