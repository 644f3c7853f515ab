// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_map.h"

#include <bit>

#include "models/core/report.h"
#include "models/hbm/hbm_map_text.h"

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

// Where a map gathers the folds of counts that are no power of two: above the row's 20 bits.
constexpr unsigned kStackIdFold = 24, kChannelFold = 27;
constexpr std::uint64_t kFolds = 0xff000000;

unsigned fold_shift(unsigned letter, const HbmGeometry& g) {
  if (letter == kStackId && !std::has_single_bit(g.stack_ids)) return kStackIdFold;
  if (letter == kChannel && !std::has_single_bit(g.channels)) return kChannelFold;
  return shifts_of(g)[letter];
}

// The place bits that one bit of a field changes.
std::uint64_t place_of_bit(unsigned letter, unsigned bit, const HbmMapText& text,
                           const HbmGeometry& g) {
  std::uint64_t place = std::uint64_t{1} << (shifts_of(g)[letter] + bit);
  for (const auto& fold : text.folds) {
    const unsigned target = index_of(fold.letter);
    if (letter == kRow && (fold.row_bits >> bit & 1) && fold.bit < width_of(counts_of(g)[target])) {
      place ^= std::uint64_t{1} << (fold_shift(target, g) + fold.bit);
    }
  }
  return place;
}

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
      channel_block_(geometry.burst_bytes),
      row_block_(geometry.burst_bytes),
      burst_bits_(static_cast<unsigned>(std::countr_zero(geometry.burst_bytes))),
      stack_id_shift_(shifts_of(geometry)[kStackId]),
      stack_id_bits_(width_of(geometry.stack_ids)) {
  const std::string error = check(text, geometry);
  CVP_CHECK(error.empty(), error);
  if (!std::has_single_bit(geometry.stack_ids)) stack_ids_ = geometry.stack_ids;
  if (!std::has_single_bit(geometry.channels)) channels_ = geometry.channels;

  const HbmMapText parsed(text);
  for (const auto& field : parsed.fields) {
    if (field.letter == 'h' || field.letter == 'r') break;  // A channel may be folded by the row.
    channel_block_ *= field.radix;
  }
  for (const auto& field : parsed.fields) {
    if (field.letter != 'c') break;
    row_block_ *= field.radix;
  }
  std::array<unsigned, kLetters.size()> used{};
  std::vector<std::uint64_t> places;  // Of the bits that are not in a part yet.
  for (const auto& field : parsed.fields) {
    const unsigned letter = index_of(field.letter);
    const bool digit = !std::has_single_bit(field.radix);
    if (digit && !places.empty()) add_part(places, 0), places.clear();
    for (unsigned i = 0; i < width_of(field.radix); ++i) {
      places.push_back(place_of_bit(letter, used[letter]++, parsed, geometry));
    }
    if (digit) add_part(places, field.radix), places.clear();
  }
  if (!places.empty() || parts_.empty()) add_part(places, 0);
  if (parts_.size() == 1) tables_.resize(4);
}

void HbmMap::add_part(const std::vector<std::uint64_t>& places, std::uint32_t radix) {
  parts_.push_back({static_cast<unsigned>(places.size()), radix, tables_.size()});
  for (std::size_t first = 0; first < places.size(); first += 8) {
    Table& table = tables_.emplace_back();
    for (unsigned value = 0; value < table.size(); ++value) {
      for (unsigned bit = 0; bit < 8 && first + bit < places.size(); ++bit) {
        if (value >> bit & 1) table[value] ^= places[first + bit];
      }
    }
  }
}

HbmPlace HbmMap::place_by_parts(std::uint32_t burst) const {
  std::uint64_t place = 0;
  for (const Part& part : parts_) {
    const std::uint32_t rest = part.radix == 0
                                   ? static_cast<std::uint32_t>(std::uint64_t{burst} >> part.bits)
                                   : burst / part.radix;
    std::uint32_t value =
        part.radix == 0 ? burst - (std::uint64_t{rest} << part.bits) : burst - rest * part.radix;
    for (const Table* table = &tables_[part.tables]; value != 0; ++table, value >>= 8) {
      place ^= (*table)[value & 0xff];
    }
    burst = rest;
  }
  return {fold_counts(place)};
}

// What XOR cannot do: adds folds modulo the count, and numbers banks through a count of stack ids.
std::uint64_t HbmMap::fold_counts(std::uint64_t bits) const {
  if (channels_ > 0) {
    const std::uint64_t channel = ((bits >> 52) + (bits >> kChannelFold & 0x1f)) % channels_;
    bits = (bits & ((std::uint64_t{1} << 52) - 1)) | channel << 52;
  }
  if (stack_ids_ > 0) {
    const std::uint64_t mask = (std::uint64_t{1} << stack_id_bits_) - 1;
    const std::uint64_t stack_id =
        ((bits >> stack_id_shift_ & mask) + (bits >> kStackIdFold & 7)) % stack_ids_;
    const unsigned above = stack_id_shift_ + stack_id_bits_;
    const std::uint64_t pseudo_channel = bits >> above & ((std::uint64_t{1} << (52 - above)) - 1);
    const std::uint64_t keep =
        ~(((std::uint64_t{1} << (52 - stack_id_shift_)) - 1) << stack_id_shift_);
    bits = (bits & keep) | (pseudo_channel * stack_ids_ + stack_id) << stack_id_shift_;
  }
  return bits & ~kFolds;
}

}  // namespace cvp
