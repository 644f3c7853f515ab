// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/isa.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <set>

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

/// What a single letter adds, or nothing. `letters` collects those of kLetters.
bool add_letter(char letter, std::string& letters, ExtensionSet& extensions) {
  if (letter == 'g') {
    letters += "imafd";
    extensions |= kGeneral;
    return true;
  }
  if (letter == 'b') {
    extensions |= kBits;
    return true;
  }
  letters += letter;
  return kLetters.find(letter) != std::string_view::npos;
}

std::size_t digits(std::string_view text) {
  return std::min(text.find_first_not_of("0123456789"), text.size());
}

/// The version that may follow a name: `2`, `2p1`, or nothing.
std::size_t version_length(std::string_view text) {
  const std::size_t major = digits(text);
  if (major == 0 || !text.substr(major).starts_with('p')) return major;
  const std::size_t minor = digits(text.substr(major + 1));
  return minor == 0 ? major : major + 1 + minor;
}

/// The name that a text begins with: a letter, or all until the next underscore without its
/// version, which is of a known name if one fits.
std::string_view name_in(std::string_view text) {
  if (text.empty() || std::string_view("sxz").find(text[0]) == std::string_view::npos) {
    return text.substr(0, 1);
  }
  const std::string_view all = text.substr(0, text.find('_'));
  std::string_view name = all;
  std::size_t longest = 0;
  for (const Row& row : kRows) {
    if (!all.starts_with(row.name) || row.name.size() < longest) continue;
    const std::string_view rest = all.substr(row.name.size());
    if (version_length(rest) == rest.size()) name = row.name, longest = row.name.size();
  }
  return name;
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
  std::string letters;
  std::set<std::string_view> named;
  std::string_view rest = std::string_view(lower).substr(kPrefix.size());
  while (!rest.empty()) {
    if (rest[0] == '_') rest.remove_prefix(1);
    const std::string_view name = name_in(rest);
    const Row* const row = name.size() > 1 ? find_row(name) : nullptr;
    if (name.empty() || (row == nullptr && name.size() > 1)) return unknown(name);
    if (row == nullptr && !add_letter(name[0], letters, extensions)) return unknown(name);
    if (!named.insert(name).second) return fail(concat("'", name, "' is named twice"));
    if (row != nullptr) extensions |= set_of(row->extension) | row->implies;
    rest.remove_prefix(name.size());
    rest.remove_prefix(version_length(rest));
  }
  for (const char letter : kLetters) {
    if (letters.find(letter) == std::string::npos) {
      return fail(concat("'", letter, "' is missing; a hart here always has ", kLetters));
    }
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
