// SPDX-License-Identifier: Apache-2.0
#include "platform/image.h"

#include <elf.h>

#include <cstring>
#include <limits>

#include <fmt/format.h>

namespace cvp {
namespace {

#ifndef EM_RISCV
constexpr unsigned EM_RISCV = 243;
#endif

// One pass over an ELF file. Nothing is read before its place has been checked.
class ElfReader {
 public:
  ElfReader(const std::vector<std::uint8_t>& bytes, Image& image) : bytes_(bytes), image_(image) {}

  /// Empty if the file is good; else what is wrong and what was expected.
  std::string read() {
    std::string problem = read_header();
    if (problem.empty()) problem = read_segments();
    if (problem.empty()) problem = read_symbols();
    return problem;
  }

 private:
  template <class T>
  bool at(std::uint64_t offset, T& out) const {
    if (!inside(offset, sizeof(T))) return false;
    std::memcpy(&out, bytes_.data() + offset, sizeof(T));
    return true;
  }
  bool inside(std::uint64_t offset, std::uint64_t size) const {
    return offset <= bytes_.size() && size <= bytes_.size() - offset;
  }
  std::string truncated(std::string_view part, std::uint64_t end) const {
    return fmt::format("truncated: {} ends at byte {}, the file has {}; expected a whole ELF file",
                       part, end, bytes_.size());
  }

  std::string read_header() {
    if (bytes_.size() < EI_NIDENT || std::memcmp(bytes_.data(), ELFMAG, SELFMAG) != 0) {
      return "is no ELF file; expected an ELF64 RISC-V executable";
    }
    if (bytes_[EI_CLASS] != ELFCLASS64) return "is a 32-bit ELF file; expected ELF64 for RISC-V";
    if (bytes_[EI_DATA] != ELFDATA2LSB) return "is big-endian; expected little-endian RISC-V";
    if (!at(0, header_)) return truncated("the ELF header", sizeof header_);
    if (header_.e_machine != EM_RISCV) {
      return fmt::format("is for machine {}; expected RISC-V ({})", header_.e_machine, EM_RISCV);
    }
    if (header_.e_type != ET_EXEC) {
      return fmt::format("has type {}; expected an executable with fixed addresses (type {})",
                         header_.e_type, ET_EXEC);
    }
    if (header_.e_phentsize != sizeof(Elf64_Phdr) || header_.e_phnum == 0) {
      return "has no program headers; expected a linked executable, not an object file";
    }
    image_.entry = header_.e_entry;
    return {};
  }

  std::string read_segments() {
    for (unsigned i = 0; i < header_.e_phnum; ++i) {
      Elf64_Phdr segment;
      const std::uint64_t offset = header_.e_phoff + std::uint64_t{i} * sizeof segment;
      if (!at(offset, segment))
        return truncated("the program header table", offset + sizeof segment);
      if (segment.p_type != PT_LOAD || segment.p_memsz == 0) continue;
      if (!inside(segment.p_offset, segment.p_filesz)) {
        return truncated(fmt::format("segment {}", i), segment.p_offset + segment.p_filesz);
      }
      if (segment.p_filesz > segment.p_memsz ||
          segment.p_paddr + segment.p_memsz < segment.p_paddr) {
        return fmt::format("segment {} has impossible sizes; expected file size <= memory size", i);
      }
      const auto first = bytes_.begin() + static_cast<std::ptrdiff_t>(segment.p_offset);
      image_.segments.push_back({segment.p_paddr,
                                 {first, first + static_cast<std::ptrdiff_t>(segment.p_filesz)},
                                 segment.p_memsz});
    }
    if (image_.segments.empty()) return "loads nothing; expected at least one PT_LOAD segment";
    return {};
  }

  std::string read_symbols() {
    if (header_.e_shoff == 0 || header_.e_shentsize != sizeof(Elf64_Shdr)) return {};
    for (unsigned i = 0; i < header_.e_shnum; ++i) {
      Elf64_Shdr section;
      const std::uint64_t offset = header_.e_shoff + std::uint64_t{i} * sizeof section;
      if (!at(offset, section))
        return truncated("the section header table", offset + sizeof section);
      if (section.sh_type != SHT_SYMTAB) continue;
      Elf64_Shdr names;
      if (!at(header_.e_shoff + std::uint64_t{section.sh_link} * sizeof names, names) ||
          !inside(section.sh_offset, section.sh_size) || !inside(names.sh_offset, names.sh_size)) {
        return truncated("the symbol table", section.sh_offset + section.sh_size);
      }
      add_symbols(section, names);
    }
    return {};
  }

  void add_symbols(const Elf64_Shdr& section, const Elf64_Shdr& names) {
    for (std::uint64_t n = 0; n + sizeof(Elf64_Sym) <= section.sh_size; n += sizeof(Elf64_Sym)) {
      Elf64_Sym symbol;
      if (!at(section.sh_offset + n, symbol) || symbol.st_name >= names.sh_size) continue;
      if (symbol.st_shndx == SHN_UNDEF) continue;
      const auto* name =
          reinterpret_cast<const char*>(bytes_.data()) + names.sh_offset + symbol.st_name;
      const std::size_t length = strnlen(name, names.sh_size - symbol.st_name);
      if (length > 0) image_.symbols.emplace(std::string(name, length), symbol.st_value);
    }
  }

  const std::vector<std::uint8_t>& bytes_;
  Image& image_;
  Elf64_Ehdr header_{};
};

struct MemoryWindow {
  std::string name;
  AddrRange range;
};

std::vector<MemoryWindow> memory_windows(const Package& package) {
  std::vector<MemoryWindow> windows;
  const auto add = [&](const Die& die, const char* type, const char* key) {
    for (const Instance* memory : die.of_type(type)) {
      const AddrRange range = memory->window(key)->range;
      windows.push_back({die.name + "." + memory->name, {die.base() + range.base, range.size}});
    }
  };
  for (const Die& die : package.dies) {
    add(die, "ram", "map");
    add(die, "hbm_stack", "mem");
  }
  return windows;
}

}  // namespace

std::optional<Addr> Image::symbol(std::string_view name) const {
  const auto found = symbols.find(name);
  return found == symbols.end() ? std::nullopt : std::optional<Addr>(found->second);
}

std::optional<std::vector<std::uint8_t>> read_file(const std::string& file,
                                                   const std::string& option,
                                                   Diagnostics& diagnostics,
                                                   std::uint64_t max_bytes) {
  const InputFile input =
      read_input_file(file, "cannot read the file; expected a readable file", max_bytes);
  if (input.problem.empty())
    return std::vector<std::uint8_t>(input.bytes.begin(), input.bytes.end());
  diagnostics.error(file, 0, option, input.problem);
  return {};
}

std::optional<Image> parse_elf(const std::string& file, const std::vector<std::uint8_t>& bytes,
                               const std::string& option, Diagnostics& diagnostics) {
  Image image;
  image.file = file;
  image.option = option;
  const std::string problem = ElfReader(bytes, image).read();
  if (problem.empty()) return image;
  diagnostics.error(file, 0, option, problem);
  return {};
}

std::optional<Image> read_elf(const std::string& file, const std::string& option,
                              Diagnostics& diagnostics) {
  const auto bytes = read_file(file, option, diagnostics);
  if (!bytes) return {};
  return parse_elf(file, *bytes, option, diagnostics);
}

std::optional<Image> read_raw(const std::string& file_at_address, const std::string& option,
                              Diagnostics& diagnostics) {
  const auto at = file_at_address.rfind('@');
  const auto address = at == std::string::npos
                           ? std::nullopt
                           : parse_quantity(Unit::kCount, file_at_address.substr(at + 1));
  if (!address) {
    diagnostics.error("", 0, option + " " + file_at_address,
                      "expected FILE@ADDRESS, for example data.bin@0x90000000");
    return {};
  }
  // Only the package's memories limit what can be put into them.
  auto bytes = read_file(file_at_address.substr(0, at), option, diagnostics,
                         std::numeric_limits<std::uint64_t>::max());
  if (!bytes) return {};
  Image image = make_image(file_at_address.substr(0, at), address->integer, std::move(*bytes));
  image.option = option;
  return image;
}

Image make_image(std::string name, Addr address, std::vector<std::uint8_t> bytes) {
  Image image;
  image.file = std::move(name);
  image.entry = address;
  const std::uint64_t size = bytes.size();
  if (size > 0) image.segments.push_back({address, std::move(bytes), size});
  return image;
}

void check_placement(const Package& package, const std::vector<Image>& images,
                     Diagnostics& diagnostics) {
  const auto windows = memory_windows(package);
  std::vector<std::pair<const Image*, AddrRange>> placed;
  for (const Image& image : images) {
    for (const ImageSegment& segment : image.segments) {
      const AddrRange range = segment.range();
      const std::string where = fmt::format("[{}, {})", hex(range.base), hex(range.end()));
      bool fits = false;
      std::string list;
      for (const MemoryWindow& window : windows) {
        fits = fits || window.range.contains(range.base, range.size);
        list += fmt::format("{}{} [{}, {})", list.empty() ? "" : ", ", window.name,
                            hex(window.range.base), hex(window.range.end()));
      }
      if (!fits) {
        diagnostics.error(image.file, 0, image.option,
                          fmt::format("{} lies in no memory of package \"{}\"; expected one of {}",
                                      where, package.name, list));
      }
      for (const auto& [other, taken] : placed) {
        if (!range.overlaps(taken)) continue;
        diagnostics.error(image.file, 0, image.option,
                          fmt::format("{} overlaps [{}, {}) of {}; expected images apart", where,
                                      hex(taken.base), hex(taken.end()), other->file));
      }
      placed.emplace_back(&image, range);
    }
  }
}

}  // namespace cvp
