// SPDX-License-Identifier: Apache-2.0
//
// Wrong bits in the cells of a stack, and what the two layers of correction make of them. Only
// granules of 16 bytes with wrong bits are kept; the data itself is in the stack's store, as it was
// written. No SystemC.
//
//   cells: 2 x (64 data + 8 check) + 9 of the die --> die corrects one bit --> wrong bits of the
//   transfer are added --> controller corrects one bit of each word --> initiator
//
// A poisoned word is one with two check bits inverted, a pattern of its own, so that it survives
// in the cells like data.
#pragma once

#include <array>
#include <map>
#include <span>
#include <vector>

#include "models/core/address_range.h"
#include "models/hbm/ras/sec_ded.h"

namespace cvp {

enum class HbmErrorKind : std::uint8_t { kOnDie, kCorrected, kUncorrected, kPoison };

/// What a decoder found in one word (the die: in one granule).
struct HbmError {
  HbmErrorKind kind;
  Addr address;            ///< Of the word; of the granule, if the die found it.
  std::uint16_t syndrome;  ///< Of the code that found it; 0 of what the die cannot correct.
  std::uint8_t bit;        ///< The corrected one, counted as in inject().
};

struct HbmEccSettings {
  bool controller = true;   ///< The controller checks and corrects words.
  bool on_die = true;       ///< The die corrects granules.
  bool write_back = false;  ///< A word that was corrected on a read is written back.
};

class HbmEcc {
 public:
  static constexpr std::uint64_t kWordBytes = 8, kGranuleBytes = 16;
  static constexpr unsigned kWordBits = WordCode::kBits;
  /// So many granules with wrong bits are kept, and so many of them for the asking of a rate.
  static constexpr std::size_t kMaxGranules = 1 << 20, kMaxByRate = kMaxGranules / 2;

  using Errors = std::vector<HbmError>;

  HbmEccSettings settings;

  bool clean() const { return granules_.empty(); }
  /// Whether all granules of the range could have wrong bits, with `most` of them in all. Those
  /// that have some can have more.
  bool has_room(Addr offset, std::uint64_t length, std::size_t most = kMaxGranules) const;
  /// Inverts bit `bit` (0 to 63 data, 64 to 71 check) of the word at `address` in the cells.
  void inject(Addr address, unsigned bit);
  /// The same, but on the way to the controller, in the next transfer of the word alone. Both
  /// without effect where there is no room.
  void inject_transfer(Addr address, unsigned bit);

  /// Corrects `data`, just read from the store at `offset`, and leaves in it what cannot be
  /// corrected. Adds what was found; returns whether all of it may be used.
  bool read(Addr offset, std::span<std::uint8_t> data, Errors& errors);
  /// New data for [offset, offset + length) is in the store. A word that was written in part and
  /// could not be read is bad from now on.
  void written(Addr offset, std::uint64_t length);
  /// The words that overlap the range are known to be bad. Only with the controller's correction,
  /// and where there is room: poison must not get lost.
  void poison(Addr offset, std::uint64_t length);
  /// Reads the range, and writes back what could be corrected.
  void scrub(Addr offset, std::uint64_t length, Errors& errors);
  /// read() of the operands of a unit on the die, which has the die's correction only: of 16 bytes
  /// that it cannot correct it knows no more than where they are.
  bool read_on_die(Addr offset, std::span<std::uint8_t> data, Errors& errors);

  template <class Archive>
  void serialize(Archive& archive) {
    archive(settings.controller, settings.on_die, settings.write_back, granules_);
  }

 private:
  using Word = WordCode::Bits;
  using Cells = DieCode::Bits;

  struct Granule {
    Cells cells;                   ///< Wrong bits.
    std::array<Word, 2> transfer;  ///< Wrong bits of the next transfer.

    template <class Archive>
    void save(Archive& archive) const {
      archive(cells.to_string(), transfer[0].to_string(), transfer[1].to_string());
    }
    template <class Archive>
    void load(Archive& archive) {
      std::string a, b, c;
      archive(a, b, c);
      cells = Cells(a), transfer = {Word(b), Word(c)};
    }
  };
  using Granules = std::map<Addr, Granule>;  // By address.

  static Word word_of(const Cells& cells, unsigned index);
  static void set_word(Cells& cells, unsigned index, const Word& word);
  Granule& at(Addr address);
  EccVerdict correct_on_die(Addr address, Cells& cells, Errors* errors) const;
  bool read_word(Addr address, Word& wrong, Errors& errors) const;
  void write_cells(Cells& cells, unsigned index, const Word& word) const;
  template <class Visit>
  void visit(Addr offset, std::uint64_t length, Visit visit);

  Granules granules_;
};

}  // namespace cvp
