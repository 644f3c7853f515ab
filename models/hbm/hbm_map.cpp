// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_map.h"

#include <bit>

#include "models/core/report.h"

namespace cvp {
namespace {

constexpr unsigned kMaxBits = 32;

struct Field {
  char letter;
  unsigned bits;
};

struct Parsed {
  std::vector<Field> fields;
  bool fold = false;
  std::string error;
};

Parsed parse(std::string_view text) {
  Parsed parsed;
  std::size_t at = 0;
  while (at < text.size()) {
    const char letter = text[at++];
    if (letter == 'y' && at == text.size()) {
      parsed.fold = true;
      break;
    }
    if (std::string_view("pgbscrh").find(letter) == std::string_view::npos) {
      parsed.error = concat("unknown field '", letter, "' in address map \"", text,
                            "\"; expected one of p g b s c r h, or y at the end");
      return parsed;
    }
    unsigned bits = 0, digits = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9' && digits < 2) {
      bits = bits * 10 + static_cast<unsigned>(text[at++] - '0');
      ++digits;
    }
    if (bits == 0) {
      parsed.error = concat("field '", letter, "' in address map \"", text,
                            "\" has no width; expected a number of bits");
      return parsed;
    }
    parsed.fields.push_back({letter, bits});
  }
  return parsed;
}

unsigned width_of(char letter, const HbmGeometry& g) {
  const auto bits = [](unsigned count) { return static_cast<unsigned>(std::countr_zero(count)); };
  switch (letter) {
    case 'p':
      return bits(g.pseudo_channels);
    case 'g':
      return bits(g.bank_groups);
    case 'b':
      return bits(g.banks);
    case 's':
      return bits(g.stack_ids);
    case 'c':
      return bits(g.columns);
    case 'h':
      return bits(g.channels);
    default:
      return bits(g.rows);
  }
}

// Lowest bit of a field in HbmPlace.
unsigned shift_of(char letter, const HbmGeometry& g) {
  switch (letter) {
    case 'r':
      return 0;
    case 'c':
      return 32;
    case 'b':
      return 40;
    case 'g':
      return 40 + width_of('b', g);
    case 's':
      return 40 + width_of('b', g) + width_of('g', g);
    case 'p':
      return 40 + width_of('b', g) + width_of('g', g) + width_of('s', g);
    default:
      return 52;
  }
}

// What the fold of row `r` XORs into the other fields.
std::uint64_t fold_of(std::uint64_t r, const HbmGeometry& g) {
  const auto into = [&](char letter, std::uint64_t value) {
    return (value & ((std::uint64_t{1} << width_of(letter, g)) - 1)) << shift_of(letter, g);
  };
  return into('g', (r ^ r >> 6) & 3) | into('b', (r >> 2 ^ r >> 8) & 3) |
         into('p', (r >> 4 ^ r >> 9) & 1) | into('s', r >> 5 & 1) |
         into('h', (r >> 1 ^ r >> 5 ^ r >> 9) & 15);
}

// Place of each single address bit above the burst offset.
std::vector<std::uint64_t> columns_of(const Parsed& parsed, const HbmGeometry& g) {
  std::vector<std::uint64_t> columns;
  unsigned used[128] = {};
  for (const Field& field : parsed.fields) {
    for (unsigned i = 0; i < field.bits; ++i) {
      const unsigned bit = used[static_cast<unsigned char>(field.letter)]++;
      std::uint64_t place = std::uint64_t{1} << (shift_of(field.letter, g) + bit);
      if (field.letter == 'r' && parsed.fold) place |= fold_of(std::uint64_t{1} << bit, g);
      columns.push_back(place);
    }
  }
  return columns;
}

// A linear map is a bijection exactly if its columns are independent.
bool independent(std::vector<std::uint64_t> columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] == 0) return false;
    const std::uint64_t lowest = columns[i] & -columns[i];
    for (std::size_t j = i + 1; j < columns.size(); ++j) {
      if (columns[j] & lowest) columns[j] ^= columns[i];
    }
  }
  return true;
}

}  // namespace

std::string HbmMap::check(std::string_view text, const HbmGeometry& geometry) {
  const Parsed parsed = parse(text);
  if (!parsed.error.empty()) return parsed.error;
  unsigned total = 0;
  for (const char letter : std::string_view("pgbscrh")) {
    unsigned bits = 0;
    for (const Field& field : parsed.fields) bits += field.letter == letter ? field.bits : 0;
    if (bits != width_of(letter, geometry)) {
      return concat("address map \"", text, "\" has ", bits, " bits of '", letter, "'; expected ",
                    width_of(letter, geometry));
    }
    total += bits;
  }
  if (total > kMaxBits) return concat("address map \"", text, "\" is wider than 32 bits");
  if (!independent(columns_of(parsed, geometry))) {
    return concat("address map \"", text, "\" is no bijection");
  }
  return {};
}

HbmMap::HbmMap(std::string_view text, const HbmGeometry& geometry)
    : bytes_(geometry.stack_bytes()),
      burst_bits_(static_cast<unsigned>(std::countr_zero(geometry.burst_bytes))),
      table_{} {
  const std::string error = check(text, geometry);
  CVP_CHECK(error.empty(), error);
  const auto columns = columns_of(parse(text), geometry);
  for (unsigned byte = 0; byte < kBytes; ++byte) {
    for (unsigned value = 0; value < 256; ++value) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        const unsigned column = byte * 8 + bit;
        if ((value >> bit & 1) && column < columns.size()) table_[byte][value] ^= columns[column];
      }
    }
  }
}

}  // namespace cvp
