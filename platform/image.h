// SPDX-License-Identifier: Apache-2.0
//
// Files that are put into memory before the start: ELF64 RISC-V programs and raw bytes. Reading
// and checking only; the builder writes them into the models. No SystemC.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/core/address_range.h"
#include "models/core/input_file.h"
#include "platform/package.h"

namespace cvp {

struct ImageSegment {
  Addr address = 0;
  std::vector<std::uint8_t> bytes;
  std::uint64_t memory_size = 0;  ///< At least bytes.size(); the rest is zero.

  AddrRange range() const { return {address, memory_size}; }
};

/// A piece of code that has a name.
struct ImageFunction {
  Addr address = 0;
  std::uint64_t size = 0;  ///< 0: not known, as of a label in assembly.
  std::string name;
};

struct Image {
  std::string file;
  std::string option;  ///< For messages: `--firmware`.
  Addr entry = 0;
  std::vector<ImageSegment> segments;
  std::map<std::string, Addr, std::less<>> symbols;  ///< Of an ELF file.
  std::vector<ImageFunction> functions;              ///< Likewise: those of them that are code.

  std::optional<Addr> symbol(std::string_view name) const;
};

inline constexpr Addr kDramBase = 0x8000'0000;  ///< Of the low map, where programs are linked to.

/// Checks class, machine and every offset and size in the file; empty after an error. A
/// position-independent executable that is linked at 0 goes to `pie_base`.
std::optional<Image> parse_elf(const std::string& file, const std::vector<std::uint8_t>& bytes,
                               const std::string& option, Diagnostics& diagnostics,
                               Addr pie_base = kDramBase);
std::optional<Image> read_elf(const std::string& file, const std::string& option,
                              Diagnostics& diagnostics, Addr pie_base = kDramBase);
bool is_elf(const std::vector<std::uint8_t>& bytes);
/// `FILE@ADDRESS` for raw bytes, where the address is decimal or 0x hexadecimal; `FILE` for ELF.
std::optional<Image> read_load(const std::string& text, const std::string& option,
                               Diagnostics& diagnostics);
/// One image from bytes in memory.
Image make_image(std::string name, Addr address, std::vector<std::uint8_t> bytes);

/// Every segment must lie in one memory of the package, and none on another or on the device tree.
void check_placement(const Package& package, const std::vector<Image>& images,
                     std::optional<AddrRange> tree, Diagnostics& diagnostics);

/// All of a regular file; empty after an error.
std::optional<std::vector<std::uint8_t>> read_file(const std::string& file,
                                                   const std::string& option,
                                                   Diagnostics& diagnostics,
                                                   std::uint64_t max_bytes = kMaxInputBytes);

}  // namespace cvp
