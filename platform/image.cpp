// SPDX-License-Identifier: Apache-2.0
#include "platform/image.h"

#include <limits>

#include <fmt/format.h>

namespace cvp {
namespace {

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
  for (const Device& expander : package.devices) {
    windows.push_back({expander.name, package.direct_range(expander)});
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

std::optional<Image> read_load(const std::string& text, const std::string& option,
                               Diagnostics& diagnostics) {
  const auto at = text.rfind('@');
  if (at == std::string::npos && std::filesystem::is_regular_file(text)) {
    const auto bytes = read_file(text, option, diagnostics);
    if (bytes && is_elf(*bytes)) return parse_elf(text, *bytes, option, diagnostics);
  }
  const auto address =
      at == std::string::npos ? std::nullopt : parse_quantity(Unit::kCount, text.substr(at + 1));
  if (!address) {
    diagnostics.error("", 0, option + " " + text,
                      "expected FILE@ADDRESS, for example data.bin@0x90000000, or an ELF file");
    return {};
  }
  // Only the package's memories limit what can be put into them.
  auto bytes =
      read_file(text.substr(0, at), option, diagnostics, std::numeric_limits<std::uint64_t>::max());
  if (!bytes) return {};
  Image image = make_image(text.substr(0, at), address->integer, std::move(*bytes));
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
                     std::optional<AddrRange> tree, Diagnostics& diagnostics) {
  const auto windows = memory_windows(package);
  std::vector<std::pair<std::string, AddrRange>> placed;
  if (tree) placed.emplace_back("the device tree", *tree);
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
                                      hex(taken.base), hex(taken.end()), other));
      }
      placed.emplace_back(image.file, range);
    }
  }
}

}  // namespace cvp
