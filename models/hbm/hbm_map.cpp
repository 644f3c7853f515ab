// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_map.h"

#include <bit>

#include "models/core/report.h"

namespace cvp {
namespace {

constexpr std::string_view kLetters = "pgbscrh";
enum Letter : unsigned { kPseudoChannel, kGroup, kBank, kStackId, kColumn, kRow, kChannel };

unsigned index_of(char letter) { return static_cast<unsigned>(kLetters.find(letter)); }

std::array<std::uint32_t, kLetters.size()> counts_of(const HbmGeometry& g) {
  return {g.pseudo_channels, g.bank_groups, g.banks, g.stack_ids, g.columns, g.rows, g.channels};
}

unsigned width_of(std::uint32_t count) { return static_cast<unsigned>(std::bit_width(count - 1)); }

// Lowest bit of each field in HbmPlace, if all counts are powers of two.
std::array<unsigned, kLetters.size()> shifts_of(const HbmGeometry& g) {
  const unsigned group = 40 + width_of(g.banks);
  const unsigned stack_id = group + width_of(g.bank_groups);
  return {stack_id + width_of(g.stack_ids), group, 40, stack_id, 32, 0, 52};
}

bool parity(std::uint32_t bits) { return std::popcount(bits) % 2 != 0; }

// What is wrong with the digits of one letter.
std::string check_letter(const HbmMapText& text, unsigned letter, std::uint32_t count) {
  std::uint64_t product = 1;
  bool ended = false;  // A digit that is no power of two is the highest of its letter.
  for (const auto& field : text.fields) {
    if (index_of(field.letter) != letter) continue;
    if (ended) {
      return concat("'", field.letter,
                    "' goes on after a count that is no power of two; expected "
                    "that one last");
    }
    ended = !std::has_single_bit(field.radix);
    product *= field.radix;
    if (product > std::uint64_t{1} << 32) break;
  }
  if (product == count) return {};
  if (std::has_single_bit(product) && std::has_single_bit(count)) {
    return concat("has ", std::countr_zero(product), " bits of '", kLetters[letter], "'; expected ",
                  std::countr_zero(count));
  }
  return concat("counts ", product, " of '", kLetters[letter], "'; expected ", count);
}

}  // namespace

std::string HbmMap::check(std::string_view text, const HbmGeometry& geometry) {
  const HbmMapText parsed(text);
  if (!parsed.error.empty()) return parsed.error;
  const auto counts = counts_of(geometry);
  for (unsigned letter = 0; letter < kLetters.size(); ++letter) {
    if (const auto wrong = check_letter(parsed, letter, counts[letter]); !wrong.empty()) {
      return concat("address map \"", text, "\" ", wrong);
    }
  }
  if (geometry.stack_bytes() / geometry.burst_bytes > std::uint64_t{1} << 32) {
    return concat("address map \"", text, "\" is wider than 32 bits");
  }
  // Every digit once makes a bijection, and so does each fold: it changes a field by what the row
  // alone says. What is left are folds of bits that do not exist. The usual ones go as far as the
  // fields do.
  if (!text.ends_with(')')) return {};
  for (const auto& fold : parsed.folds) {
    if (fold.bit >= width_of(counts[index_of(fold.letter)]) ||
        fold.row_bits >> width_of(geometry.rows) != 0) {
      return concat("address map \"", text, "\" folds a bit that '", fold.letter,
                    "' or the row does not have");
    }
  }
  return {};
}

std::string HbmMap::interleaved(const HbmGeometry& geometry, unsigned interleave) {
  const auto counts = counts_of(geometry);
  auto left = counts;
  std::string map;
  const auto add_bits = [&](Letter letter, unsigned most) {
    const unsigned bits = std::min<unsigned>(most, std::countr_zero(left[letter]));
    if (bits > 0) map += kLetters[letter] + std::to_string(bits);
    left[letter] >>= bits;
    return bits;
  };
  const auto add_rest = [&](Letter letter) {
    add_bits(letter, 32);
    if (left[letter] > 1) map += concat(kLetters[letter], '*', left[letter]);
  };
  unsigned below = width_of(interleave / geometry.burst_bytes);
  for (const Letter letter : {kPseudoChannel, kGroup, kColumn}) below -= add_bits(letter, below);
  add_rest(kChannel);
  add_rest(kPseudoChannel);
  add_rest(kGroup);
  // Two bits of the column above the banks, as in the reference experiment.
  const unsigned columns = static_cast<unsigned>(std::countr_zero(left[kColumn]));
  add_bits(kColumn, columns - std::min(columns, 2u));
  add_rest(kBank);
  add_rest(kStackId);
  add_rest(kColumn);
  add_rest(kRow);
  return map + "y";
}

HbmMap::HbmMap(std::string_view text, const HbmGeometry& geometry)
    : bytes_(geometry.stack_bytes()),
      burst_bits_(static_cast<unsigned>(std::countr_zero(geometry.burst_bytes))),
      counts_(counts_of(geometry)) {
  const std::string error = check(text, geometry);
  CVP_CHECK(error.empty(), error);
  const HbmMapText parsed(text);
  bool powers = true;
  for (const std::uint32_t count : counts_) powers = powers && std::has_single_bit(count);
  if (powers) {
    build_tables(parsed, geometry);
  } else {
    build_digits(parsed);
  }
}

void HbmMap::build_tables(const HbmMapText& text, const HbmGeometry& geometry) {
  const auto shifts = shifts_of(geometry);
  std::vector<std::uint64_t> columns;  // Place bits of each address bit.
  std::array<unsigned, kLetters.size()> used{};
  for (const auto& field : text.fields) {
    const unsigned letter = index_of(field.letter);
    for (unsigned i = 0; i < width_of(field.radix); ++i) {
      const unsigned bit = used[letter]++;
      std::uint64_t place = std::uint64_t{1} << (shifts[letter] + bit);
      for (const auto& fold : text.folds) {
        const unsigned target = index_of(fold.letter);
        if (letter == kRow && (fold.row_bits >> bit & 1) && fold.bit < width_of(counts_[target])) {
          place ^= std::uint64_t{1} << (shifts[target] + fold.bit);
        }
      }
      columns.push_back(place);
    }
  }
  for (unsigned byte = 0; byte < kBytes; ++byte) {
    for (unsigned value = 0; value < 256; ++value) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        const unsigned column = byte * 8 + bit;
        if ((value >> bit & 1) && column < columns.size()) table_[byte][value] ^= columns[column];
      }
    }
  }
}

void HbmMap::build_digits(const HbmMapText& text) {
  std::array<unsigned, kLetters.size()> used{};
  for (const auto& field : text.fields) {
    const unsigned letter = index_of(field.letter), bits = width_of(field.radix);
    const bool power = std::has_single_bit(field.radix);
    digits_.push_back({letter, used[letter], field.radix, power ? bits : 0});
    used[letter] += bits;
  }
  for (const auto& fold : text.folds) {
    const unsigned letter = index_of(fold.letter);
    if (fold.bit < width_of(counts_[letter])) folds_.push_back({letter, fold.bit, fold.row_bits});
  }
}

HbmPlace HbmMap::place_of_digits(std::uint32_t burst) const {
  std::array<std::uint32_t, kLetters.size()> value{}, fold{};
  for (const Digit& digit : digits_) {
    const std::uint32_t rest = digit.bits > 0 ? burst >> digit.bits : burst / digit.radix;
    value[digit.letter] |= (burst - rest * digit.radix) << digit.shift;
    burst = rest;
  }
  for (const Fold& each : folds_) {
    fold[each.letter] ^= std::uint32_t{parity(value[kRow] & each.row_bits)} << each.bit;
  }
  for (unsigned letter = 0; letter < value.size(); ++letter) {
    if (std::has_single_bit(counts_[letter])) {
      value[letter] ^= fold[letter];
    } else {
      value[letter] = (value[letter] + fold[letter]) % counts_[letter];
    }
  }
  std::uint64_t bank = value[kPseudoChannel];
  bank = bank * counts_[kStackId] + value[kStackId];
  bank = bank * counts_[kGroup] + value[kGroup];
  bank = bank * counts_[kBank] + value[kBank];
  return {value[kRow] | std::uint64_t{value[kColumn]} << 32 | bank << 40 |
          std::uint64_t{value[kChannel]} << 52};
}

}  // namespace cvp
