// SPDX-License-Identifier: Apache-2.0
//
// The text of an address map: a string of fields, least significant first above the offset bits of
// a burst. No SystemC.
//
//   p pseudo channel   g bank group   b bank   s stack id   c column   h channel   r row
//
// `p1g2c1h4c2b2s1c2r14y`: a letter and its number of bits; a letter used twice gives its low bits
// first. A count that is no power of two ends with `*`: `s*3` takes a digit 0 to 2, `r13r*3` makes
// 24,576 rows. Folds spread rows: a trailing `y` XORs the row bits of README.md into bank group,
// bank, pseudo channel, stack id and channel; `y(g0=r0^r6,h1=r2)` says others. A field whose count
// is no power of two adds its fold modulo the count.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cvp {

/// A map's text, parsed.
struct HbmMapText {
  struct Field {
    char letter;
    std::uint32_t radix;  ///< Values of this digit.
  };
  struct Fold {
    char letter;
    unsigned bit;            ///< Of the field that is changed ...
    std::uint32_t row_bits;  ///< ... by the XOR of these.
  };
  std::vector<Field> fields;
  std::vector<Fold> folds;
  std::string error;  ///< Empty if the text is well formed.

  explicit HbmMapText(std::string_view text) { parse(text); }

 private:
  void parse(std::string_view text);
};

}  // namespace cvp
