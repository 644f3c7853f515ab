// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/ras/hbm_ecc.h"

#include <algorithm>
#include <iterator>

#include "models/core/report.h"

namespace cvp {
namespace {

// A syndrome of even weight like that of any two wrong bits, told from most of them by its value.
constexpr std::uint16_t kPoisonSyndrome = 0x03;

WordCode::Bits poisoned_word() {
  WordCode::Bits word;
  word.set(64).set(65);
  return word;
}

void flip_bytes(std::span<std::uint8_t> data, Addr offset, Addr word, const WordCode::Bits& wrong) {
  for (unsigned byte = 0; byte < HbmEcc::kWordBytes; ++byte) {
    if (word + byte - offset >= data.size()) continue;
    for (unsigned bit = 0; bit < 8; ++bit) {
      if (wrong[8 * byte + bit]) data[word + byte - offset] ^= static_cast<std::uint8_t>(1u << bit);
    }
  }
}

bool overlap(Addr a, std::uint64_t a_length, Addr b, std::uint64_t b_length) {
  return a < b + b_length && b < a + a_length;
}

}  // namespace

HbmEcc::Word HbmEcc::word_of(const Cells& cells, unsigned index) {
  Word word;
  for (unsigned bit = 0; bit < kWordBits; ++bit) word[bit] = cells[index * kWordBits + bit];
  return word;
}

void HbmEcc::set_word(Cells& cells, unsigned index, const Word& word) {
  for (unsigned bit = 0; bit < kWordBits; ++bit) cells[index * kWordBits + bit] = word[bit];
}

HbmEcc::Granule& HbmEcc::at(Addr address) {
  return granules_[address / kGranuleBytes * kGranuleBytes];
}

bool HbmEcc::has_room(Addr offset, std::uint64_t length, std::size_t most) const {
  const Addr first = offset / kGranuleBytes * kGranuleBytes;
  const std::uint64_t wanted = (offset + length - first + kGranuleBytes - 1) / kGranuleBytes;
  if (granules_.size() + wanted <= most) return true;
  const auto kept = static_cast<std::uint64_t>(
      std::distance(granules_.lower_bound(first), granules_.lower_bound(offset + length)));
  return kept == wanted || granules_.size() - kept + wanted <= most;
}

void HbmEcc::inject(Addr address, unsigned bit) {
  if (!has_room(address, 1)) return;
  at(address).cells.flip(address / kWordBytes % 2 * kWordBits + bit % kWordBits);
}

void HbmEcc::inject_transfer(Addr address, unsigned bit) {
  if (!has_room(address, 1)) return;
  at(address).transfer[address / kWordBytes % 2].flip(bit % kWordBits);
}

// Calls visit(address, granule) for each granule kept that overlaps the range, and forgets those
// without wrong bits afterwards.
template <class Visit>
void HbmEcc::visit(Addr offset, std::uint64_t length, Visit visit) {
  auto it = granules_.lower_bound(offset / kGranuleBytes * kGranuleBytes);
  while (it != granules_.end() && it->first < offset + length) {
    Granule& granule = it->second;
    visit(it->first, granule);
    const bool good =
        granule.cells.none() && granule.transfer[0].none() && granule.transfer[1].none();
    it = good ? granules_.erase(it) : std::next(it);
  }
}

EccVerdict HbmEcc::correct_on_die(Addr address, Cells& cells, Errors* errors) const {
  if (!settings.on_die) return EccVerdict::kClean;
  const auto syndrome = DieCode::syndrome(cells);
  const EccVerdict verdict = DieCode::decode(cells);
  if (verdict == EccVerdict::kCorrected && errors != nullptr) {
    const auto bit = DieCode::find(syndrome).value_or(0);
    errors->push_back({HbmErrorKind::kOnDie, address, syndrome, static_cast<std::uint8_t>(bit)});
  }
  return verdict;
}

// Takes out of `wrong` what the controller corrects; whether the word may be used.
bool HbmEcc::read_word(Addr address, Word& wrong, Errors& errors) const {
  if (!settings.controller) return true;
  const auto syndrome = WordCode::syndrome(wrong);
  switch (WordCode::decode(wrong)) {
    case EccVerdict::kClean:
      return true;
    case EccVerdict::kCorrected:
      errors.push_back({HbmErrorKind::kCorrected, address, syndrome,
                        static_cast<std::uint8_t>(WordCode::find(syndrome).value_or(0))});
      return true;
    case EccVerdict::kUncorrectable:
      errors.push_back(
          {syndrome == kPoisonSyndrome ? HbmErrorKind::kPoison : HbmErrorKind::kUncorrected,
           address, syndrome, 0});
  }
  return false;
}

// The die reads, corrects, merges and computes its check bits anew.
void HbmEcc::write_cells(Cells& cells, unsigned index, const Word& word) const {
  (void)correct_on_die(0, cells, nullptr);
  set_word(cells, index, word);
  DieCode::encode(cells);
}

bool HbmEcc::read(Addr offset, std::span<std::uint8_t> data, Errors& errors) {
  bool usable = true;
  visit(offset, data.size(), [&](Addr address, Granule& granule) {
    Cells cells = granule.cells;
    (void)correct_on_die(address, cells, &errors);
    for (unsigned index = 0; index < 2; ++index) {
      const Addr at = address + index * kWordBytes;
      if (!overlap(at, kWordBytes, offset, data.size())) continue;
      Word word = word_of(cells, index) ^ granule.transfer[index];
      granule.transfer[index].reset();
      const std::size_t before = errors.size();
      usable &= read_word(at, word, errors);
      flip_bytes(data, offset, at, word);
      const bool corrected =
          errors.size() > before && errors.back().kind == HbmErrorKind::kCorrected;
      if (corrected && settings.write_back) write_cells(granule.cells, index, word);
    }
  });
  return usable;
}

void HbmEcc::written(Addr offset, std::uint64_t length) {
  // A read-modify-write is the controller's own; the word is reported when read.
  Errors unreported;
  visit(offset, length, [&](Addr address, Granule& granule) {
    for (unsigned index = 0; index < 2; ++index) {
      const Addr at = address + index * kWordBytes;
      if (!overlap(at, kWordBytes, offset, length)) continue;
      granule.transfer[index].reset();
      const bool whole = at >= offset && at + kWordBytes <= offset + length;
      Word word;
      if (!whole) {
        Cells cells = granule.cells;
        (void)correct_on_die(address, cells, nullptr);
        word = word_of(cells, index);
        const bool known = read_word(at, word, unreported);
        for (Addr byte = std::max(at, offset); byte < std::min(at + kWordBytes, offset + length);
             ++byte) {
          for (unsigned bit = 0; bit < 8; ++bit) word.reset(8 * (byte - at) + bit);
        }
        WordCode::encode(word);
        if (!known) word = poisoned_word();
      }
      write_cells(granule.cells, index, word);
    }
  });
}

void HbmEcc::poison(Addr offset, std::uint64_t length) {
  CVP_CHECK(has_room(offset, length), "more than ", kMaxGranules, " granules with wrong bits");
  for (Addr word = offset / kWordBytes * kWordBytes; word < offset + length; word += kWordBytes) {
    write_cells(at(word).cells, word / kWordBytes % 2, poisoned_word());
  }
}

void HbmEcc::scrub(Addr offset, std::uint64_t length, Errors& errors) {
  visit(offset, length, [&](Addr address, Granule& granule) {
    (void)correct_on_die(address, granule.cells, &errors);
    for (unsigned index = 0; index < 2; ++index) {
      Word word = word_of(granule.cells, index) ^ granule.transfer[index];
      granule.transfer[index].reset();
      if (read_word(address + index * kWordBytes, word, errors) && settings.controller) {
        write_cells(granule.cells, index, word);
      }
    }
  });
}

bool HbmEcc::read_on_die(Addr offset, std::span<std::uint8_t> data, Errors& errors) {
  bool usable = true;
  const auto bad = [&](HbmErrorKind kind, Addr address, std::uint16_t syndrome) {
    errors.push_back({kind, address, syndrome, 0});
    usable = false;
  };
  visit(offset, data.size(), [&](Addr address, Granule& granule) {
    Cells cells = granule.cells;
    if (correct_on_die(address, cells, &errors) == EccVerdict::kUncorrectable) {
      bad(HbmErrorKind::kUncorrected, address, 0);
    }
    for (unsigned index = 0; index < 2; ++index) {
      const Addr at = address + index * kWordBytes;
      const Word word = word_of(cells, index);
      if (!overlap(at, kWordBytes, offset, data.size())) continue;
      if (WordCode::syndrome(word) == kPoisonSyndrome) {
        bad(HbmErrorKind::kPoison, at, kPoisonSyndrome);
      }
      flip_bytes(data, offset, at, word);
    }
  });
  return usable;
}

}  // namespace cvp
