// SPDX-License-Identifier: Apache-2.0
#include "platform/symbol_table.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <tuple>

namespace cvp {
namespace {

/// A label without a size ends at the next one, but not farther away than this.
constexpr std::uint64_t kMaxLabel = 64 << 10;

}  // namespace

void SymbolTable::add(const Image& image) {
  functions_.insert(functions_.end(), image.functions.begin(), image.functions.end());
}

void SymbolTable::read(const std::string& text, const std::string& option,
                       Diagnostics& diagnostics) {
  const auto at = text.rfind('@');
  const bool placed = at != std::string::npos && !std::filesystem::exists(text);
  const std::string file = placed ? text.substr(0, at) : text;
  Addr base = kDramBase;
  if (placed) {
    const auto address = parse_quantity(Unit::kCount, text.substr(at + 1));
    if (!address) {
      diagnostics.error("", 0, option + " " + text,
                        "expected FILE or FILE@ADDRESS, for example fw_dynamic.elf@0x80000000");
      return;
    }
    base = address->integer;
  }
  const auto bytes = read_file(file, option, diagnostics);
  if (!bytes) return;
  if (!is_elf(*bytes)) return read_list(file, *bytes, option, diagnostics);
  const auto image = parse_elf(file, *bytes, option, diagnostics, base);
  if (!image) return;
  if (image->functions.empty()) {
    diagnostics.error(file, 0, option, "has no symbols of functions; expected a file with them");
  }
  add(*image);
}

/// Lines of `address type name`; types t, T, w and W are code.
void SymbolTable::read_list(const std::string& file, const std::vector<std::uint8_t>& bytes,
                            const std::string& option, Diagnostics& diagnostics) {
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t before = functions_.size();
  std::size_t begin = 0;
  for (int line = 1; begin < all.size(); ++line) {
    const std::size_t end = std::min(all.find('\n', begin), all.size());
    const std::string_view text = all.substr(begin, end - begin);
    begin = end + 1;
    ImageFunction function;
    const auto [rest, error] =
        std::from_chars(text.data(), text.data() + text.size(), function.address, 16);
    const auto used = static_cast<std::size_t>(rest - text.data());
    if (error != std::errc{} || used + 3 >= text.size() || text[used] != ' ' ||
        text[used + 2] != ' ') {
      diagnostics.error(file, line, option,
                        "is no ELF file and no list of symbols; expected lines such as "
                        "\"ffffffff80001000 T start_kernel\"");
      return;
    }
    if (std::string_view("tTwW").find(text[used + 1]) == std::string_view::npos) continue;
    function.name = text.substr(used + 3);
    if (function.name[0] != '$' && function.name[0] != '.') functions_.push_back(function);
  }
  if (functions_.size() == before) {
    diagnostics.error(file, 0, option, "names no function; expected a list of symbols");
  }
}

// Of several names for one address the first in the alphabet with a size is kept.
void SymbolTable::sort() const {
  sorted_ = true;
  std::sort(functions_.begin(), functions_.end(),
            [](const ImageFunction& a, const ImageFunction& b) {
              return std::make_tuple(a.address, a.size == 0, std::string_view(a.name)) <
                     std::make_tuple(b.address, b.size == 0, std::string_view(b.name));
            });
  const auto same = [](const ImageFunction& a, const ImageFunction& b) {
    return a.address == b.address;
  };
  functions_.erase(std::unique(functions_.begin(), functions_.end(), same), functions_.end());
}

std::size_t SymbolTable::find(Addr pc) const {
  if (!sorted_) sort();
  const auto after =
      std::upper_bound(functions_.begin(), functions_.end(), pc,
                       [](Addr address, const ImageFunction& f) { return address < f.address; });
  if (after == functions_.begin()) return kNone;
  const ImageFunction& function = *std::prev(after);
  const std::uint64_t size = function.size != 0 ? function.size : kMaxLabel;
  if (pc - function.address >= size) return kNone;
  return static_cast<std::size_t>(std::prev(after) - functions_.begin());
}

}  // namespace cvp
