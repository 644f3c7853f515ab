// SPDX-License-Identifier: Apache-2.0
#include <elf.h>

#include <cstring>

#include <fmt/format.h>

#include "platform/image.h"

namespace cvp {
namespace {

#ifndef EM_RISCV
constexpr unsigned EM_RISCV = 243;
#endif

// One pass over an ELF file. Nothing is read before its place has been checked.
class ElfReader {
 public:
  ElfReader(const std::vector<std::uint8_t>& bytes, Addr pie_base, Image& image)
      : bytes_(bytes), pie_base_(pie_base), image_(image) {}

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
    if (!is_elf(bytes_)) return "is no ELF file; expected an ELF64 RISC-V executable";
    if (bytes_[EI_CLASS] != ELFCLASS64) return "is a 32-bit ELF file; expected ELF64 for RISC-V";
    if (bytes_[EI_DATA] != ELFDATA2LSB) return "is big-endian; expected little-endian RISC-V";
    if (!at(0, header_)) return truncated("the ELF header", sizeof header_);
    if (header_.e_machine != EM_RISCV) {
      return fmt::format("is for machine {}; expected RISC-V ({})", header_.e_machine, EM_RISCV);
    }
    if (header_.e_type != ET_EXEC && header_.e_type != ET_DYN) {
      return fmt::format("has type {}; expected an executable (type {} or {})", header_.e_type,
                         ET_EXEC, ET_DYN);
    }
    if (header_.e_phentsize != sizeof(Elf64_Phdr) || header_.e_phnum == 0) {
      return "has no program headers; expected a linked executable, not an object file";
    }
    return {};
  }

  // A position-independent executable linked at 0 goes to pie_base and relocates itself.
  std::string read_segments() {
    std::vector<Elf64_Phdr> loads;
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
          pie_base_ + segment.p_paddr + segment.p_memsz < segment.p_memsz ||
          segment.p_paddr + segment.p_memsz < segment.p_paddr) {
        return fmt::format("segment {} has impossible sizes; expected file size <= memory size", i);
      }
      loads.push_back(segment);
    }
    if (loads.empty()) return "loads nothing; expected at least one PT_LOAD segment";
    const bool moves = header_.e_type == ET_DYN && loads.front().p_paddr == 0;
    shift_ = moves ? pie_base_ : 0;
    for (const Elf64_Phdr& load : loads) add_segment(load);
    image_.entry = shift_ + physical(loads, header_.e_entry);
    return {};
  }

  void add_segment(const Elf64_Phdr& load) {
    const auto first = bytes_.begin() + static_cast<std::ptrdiff_t>(load.p_offset);
    image_.segments.push_back({shift_ + load.p_paddr,
                               {first, first + static_cast<std::ptrdiff_t>(load.p_filesz)},
                               load.p_memsz});
  }

  // The entry of a kernel may be virtual; translation is off when it is entered.
  static Addr physical(const std::vector<Elf64_Phdr>& loads, Addr address) {
    for (const Elf64_Phdr& load : loads) {
      if (address - load.p_vaddr < load.p_memsz) return address - load.p_vaddr + load.p_paddr;
    }
    return address;
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
      if (length == 0) continue;
      if (is_function(symbol, name)) {
        image_.functions.push_back(
            {shift_ + symbol.st_value, symbol.st_size, std::string(name, length)});
      }
      image_.symbols.emplace(std::string(name, length), shift_ + symbol.st_value);
    }
  }

  // Labels in assembly have no type; `$x` and the like say only what the bytes are.
  bool is_function(const Elf64_Sym& symbol, const char* name) const {
    const unsigned type = ELF64_ST_TYPE(symbol.st_info);
    if (type == STT_FUNC) return true;
    if (type != STT_NOTYPE || name[0] == '$' || name[0] == '.') return false;
    Elf64_Shdr section;
    return symbol.st_shndx < header_.e_shnum &&
           at(header_.e_shoff + std::uint64_t{symbol.st_shndx} * sizeof section, section) &&
           (section.sh_flags & SHF_EXECINSTR) != 0;
  }

  const std::vector<std::uint8_t>& bytes_;
  const Addr pie_base_;
  Image& image_;
  Addr shift_ = 0;
  Elf64_Ehdr header_{};
};

}  // namespace

bool is_elf(const std::vector<std::uint8_t>& bytes) {
  return bytes.size() >= EI_NIDENT && std::memcmp(bytes.data(), ELFMAG, SELFMAG) == 0;
}

std::optional<Image> parse_elf(const std::string& file, const std::vector<std::uint8_t>& bytes,
                               const std::string& option, Diagnostics& diagnostics, Addr pie_base) {
  Image image;
  image.file = file;
  image.option = option;
  const std::string problem = ElfReader(bytes, pie_base, image).read();
  if (problem.empty()) return image;
  diagnostics.error(file, 0, option, problem);
  return {};
}

std::optional<Image> read_elf(const std::string& file, const std::string& option,
                              Diagnostics& diagnostics, Addr pie_base) {
  const auto bytes = read_file(file, option, diagnostics);
  if (!bytes) return {};
  return parse_elf(file, *bytes, option, diagnostics, pie_base);
}

}  // namespace cvp
