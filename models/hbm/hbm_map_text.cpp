// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_map_text.h"

#include <algorithm>
#include <charconv>

#include "models/core/report.h"

namespace cvp {
namespace {

// The folds of a plain `y`.
const std::vector<HbmMapText::Fold>& usual_folds() {
  const auto bits = [](std::initializer_list<unsigned> list) {
    std::uint32_t mask = 0;
    for (const unsigned bit : list) mask |= std::uint32_t{1} << bit;
    return mask;
  };
  static const std::vector<HbmMapText::Fold> folds = {
      {'g', 0, bits({0, 6})},    {'g', 1, bits({1, 7})},     {'b', 0, bits({2, 8})},
      {'b', 1, bits({3, 9})},    {'p', 0, bits({4, 9})},     {'s', 0, bits({5})},
      {'h', 0, bits({1, 5, 9})}, {'h', 1, bits({2, 6, 10})}, {'h', 2, bits({3, 7, 11})},
      {'h', 3, bits({4, 8, 12})}};
  return folds;
}

/// Reads a text from left to right.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool done() const { return at_ == text_.size(); }
  bool take(char expected) {
    if (done() || text_[at_] != expected) return false;
    ++at_;
    return true;
  }
  char next() { return done() ? '\0' : text_[at_++]; }
  /// The digits that follow.
  std::string_view digits() {
    const std::size_t from = at_;
    while (!done() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return text_.substr(from, at_ - from);
  }
  /// A decimal number; one of more than 32 bits is the largest of them.
  bool number(std::uint32_t& value) {
    const std::string_view text = digits();
    const auto code = std::from_chars(text.data(), text.data() + text.size(), value).ec;
    if (code == std::errc::result_out_of_range) value = ~std::uint32_t{0};
    return !text.empty();
  }
  std::string_view since(std::size_t begin) const { return text_.substr(begin, at_ - begin); }
  std::size_t at() const { return at_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

constexpr std::uint32_t kMostValues = 1 << 24;  // Of a field: more than any bank has rows.

bool is_letter(char c) { return std::string_view("pgbscrh").find(c) != std::string_view::npos; }

// `g0=r0^r6`
bool parse_fold(Cursor& cursor, HbmMapText::Fold& fold) {
  std::uint32_t bit = 0;
  fold.letter = cursor.next();
  if (!is_letter(fold.letter) || fold.letter == 'r' || !cursor.number(bit) || bit > 31) {
    return false;
  }
  fold.bit = bit;
  fold.row_bits = 0;
  if (!cursor.take('=')) return false;
  do {
    if (!cursor.take('r') || !cursor.number(bit) || bit > 31) return false;
    if (fold.row_bits >> bit & 1) return false;  // Twice would be not at all.
    fold.row_bits |= std::uint32_t{1} << bit;
  } while (cursor.take('^'));
  return true;
}

}  // namespace

void HbmMapText::parse(std::string_view text) {
  const auto wrong = [&](const auto&... what) {
    error = concat("address map \"", text, "\": ", what...);
  };
  Cursor cursor(text);
  while (!cursor.done()) {
    const char letter = cursor.next();
    if (letter == 'y') {
      if (cursor.done()) {
        folds = usual_folds();
        return;
      }
      if (!cursor.take('(')) return wrong("expected nothing after y, or folds in parentheses");
      do {
        Fold fold{};
        if (!parse_fold(cursor, fold)) {
          return wrong("expected folds such as g0=r0^r6, each row bit once");
        }
        for (const Fold& other : folds) {
          if (other.letter != fold.letter || other.bit != fold.bit) continue;
          return wrong("folds ", fold.letter, fold.bit, " twice; expected all its row bits in one");
        }
        folds.push_back(fold);
      } while (cursor.take(','));
      if (!cursor.take(')') || !cursor.done()) return wrong("expected ) at the end");
      return;
    }
    if (!is_letter(letter)) {
      return wrong("unknown field '", letter, "'; expected one of p g b s c r h, or y at the end");
    }
    const bool digit = cursor.take('*');
    const std::size_t begin = cursor.at();
    std::uint32_t number = 0;
    if (!cursor.number(number)) {
      return wrong("field '", letter,
                   "' has no width; expected a number of bits, or * and a count");
    }
    if (number == 0 || number > (digit ? kMostValues : 31)) {
      return wrong("field '", letter, "' of ", cursor.since(begin), digit ? " values" : " bits",
                   "; expected ", digit ? concat("1 to ", kMostValues) : "1 to 31");
    }
    fields.push_back({letter, digit ? number : std::uint32_t{1} << number});
  }
}

}  // namespace cvp
