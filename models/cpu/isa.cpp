// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/isa.h"

#include <algorithm>
#include <cctype>
#include <iterator>

#include "models/core/report.h"

namespace cvp {
namespace {

using enum Extension;

struct Row {
  std::string_view name;
  Extension extension;
  ExtensionSet implies = 0;
};

constexpr Row kRows[] = {
    {"zicbom", kZicbom},
    {"zicbop", kZicbop},
    {"zicboz", kZicboz},
    {"zicntr", kZicntr},
    {"zicond", kZicond},
    {"zicsr", kZicsr},
    {"zifencei", kZifencei},
    {"zihintpause", kZihintpause},
    {"zihpm", kZihpm},
    {"zawrs", kZawrs},
    {"zfh", kZfh, set_of(kZfhmin)},
    {"zfhmin", kZfhmin},
    {"zba", kZba},
    {"zbb", kZbb},
    {"zbc", kZbc, set_of(kZbkc)},
    {"zbkb", kZbkb},
    {"zbkc", kZbkc},
    {"zbkx", kZbkx},
    {"zbs", kZbs},
    {"sstc", kSstc},
    {"sv39", kZicsr},  // Always there.
    {"sv48", kSv48},
    {"sv57", kSv57, set_of(kSv48)},
    {"svade", kSvade},
    {"svadu", kSvadu},
    {"svinval", kSvinval},
    {"svnapot", kSvnapot},
    {"svpbmt", kSvpbmt},
};

constexpr std::string_view kPrefix = "rv64", kLetters = "imafdc";
constexpr ExtensionSet kAlways = set_of(kZicsr, kZifencei), kGeneral = set_of(kZicntr, kZihpm),
                       kBits = set_of(kZba, kZbb, kZbs);

const Row* find_row(std::string_view name) {
  const Row* const row = std::find_if(std::begin(kRows), std::end(kRows),
                                      [&](const Row& candidate) { return candidate.name == name; });
  return row == std::end(kRows) ? nullptr : row;
}

/// A mode of translation has a place of its own in a device tree, `mmu-type`.
bool is_mode(const Row& row) {
  return row.name == "sv39" || row.extension == kSv48 || row.extension == kSv57;
}

std::string known_names() {
  std::string text = "i, m, a, f, d, c, g, b";
  for (const Row& row : kRows) text += concat(", ", row.name);
  return text;
}

/// What a single letter adds, or nothing. `seen` collects those of kLetters.
bool add_letter(char letter, std::string& seen, ExtensionSet& extensions) {
  if (letter == 'g') {
    seen += "imafd";
    extensions |= kGeneral;
    return true;
  }
  if (letter == 'b') {
    extensions |= kBits;
    return true;
  }
  seen += letter;
  return kLetters.find(letter) != std::string_view::npos;
}

}  // namespace

Isa::Isa() : extensions_(kAlways | kGeneral) {}

std::string Isa::everything() {
  std::string text = "rv64gc";
  for (const Row& row : kRows) {
    const bool named = (set_of(row.extension) & (kAlways | kGeneral | set_of(kSvade))) == 0;
    if (named) text += concat('_', row.name);
  }
  return text;
}

std::optional<Isa> Isa::parse(std::string_view text, std::string& error) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto fail = [&](const std::string& what) {
    error = concat('"', text, "\": ", what);
    return std::nullopt;
  };
  const auto unknown = [&](std::string_view name) {
    return fail(concat("unknown extension '", name, "'; known are ", known_names()));
  };
  if (lower.rfind(kPrefix, 0) != 0) return fail("expected rv64 and extensions, such as rv64gc_zba");

  ExtensionSet extensions = kAlways;
  std::string seen;
  const std::size_t end = std::min(lower.find_first_of("_sxz", kPrefix.size()), lower.size());
  for (std::size_t at = kPrefix.size(); at < end; ++at) {
    if (!add_letter(lower[at], seen, extensions)) return unknown(lower.substr(at, 1));
  }
  for (const char letter : kLetters) {
    if (seen.find(letter) == std::string::npos) {
      return fail(concat("'", letter, "' is missing; a hart here always has ", kLetters));
    }
  }
  for (std::size_t at = end; at < lower.size();) {
    if (lower[at] == '_') ++at;
    const std::size_t next = std::min(lower.find('_', at), lower.size());
    const std::string name = lower.substr(at, next - at);
    const Row* const row = find_row(name);
    if (row == nullptr) return unknown(name);
    extensions |= set_of(row->extension) | row->implies;
    at = next;
  }
  return Isa(extensions);
}

Isa Isa::checked(std::string_view text) {
  std::string error;
  const std::optional<Isa> isa = parse(text, error);
  CVP_CHECK(isa.has_value(), "isa ", error);
  return *isa;
}

unsigned Isa::levels() const { return has(kSv57) ? 5 : has(kSv48) ? 4 : 3; }

std::uint64_t Isa::misa() const {
  const auto bit = [](char letter) { return std::uint64_t{1} << (letter - 'a'); };
  std::uint64_t value = std::uint64_t{2} << 62 | bit('s') | bit('u');
  for (const char letter : kLetters) value |= bit(letter);
  return (extensions_ & kBits) == kBits ? value | bit('b') : value;
}

std::vector<std::string> Isa::names() const {
  std::vector<std::string> names;
  for (const char letter : kLetters) names.emplace_back(1, letter);
  for (const Row& row : kRows) {
    if (has(row.extension) && !is_mode(row)) names.emplace_back(row.name);
  }
  return names;
}

std::string Isa::text() const {
  std::string text(kPrefix);
  for (const std::string& name : names()) text += name.size() == 1 ? name : "_" + name;
  return text;
}

std::string Isa::mmu_type() const {
  return levels() == 5 ? "riscv,sv57" : levels() == 4 ? "riscv,sv48" : "riscv,sv39";
}

}  // namespace cvp
