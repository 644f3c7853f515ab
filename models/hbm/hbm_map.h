// SPDX-License-Identifier: Apache-2.0
//
// Address map of an HBM stack, as data: its text (hbm_map_text.h) becomes tables. No SystemC.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/hbm/hbm_timing.h"

namespace cvp {

/// Where a burst lies, packed so that maps can XOR it. `bank` counts through a channel: pseudo
/// channel, stack id, bank group, bank, most significant first.
struct HbmPlace {
  static constexpr unsigned kBankShift = 40, kBankBits = 12;
  std::uint64_t bits = 0;

  std::uint32_t row() const { return static_cast<std::uint32_t>(bits); }
  unsigned column() const { return bits >> 32 & 0xff; }
  unsigned bank() const { return bits >> 40 & 0xfff; }
  unsigned channel() const { return static_cast<unsigned>(bits >> 52); }
  bool same_row(HbmPlace other) const {
    return ((bits ^ other.bits) & ~(std::uint64_t{0xff} << 32)) == 0;
  }
  auto operator<=>(const HbmPlace&) const = default;
};

class HbmMap {
 public:
  /// Why `text` is no map of this geometry (not a bijection, unknown letter); empty if it is one.
  static std::string check(std::string_view text, const HbmGeometry& geometry);
  /// The map that gives each channel `interleave` bytes in turn (a power of two), with folds.
  static std::string interleaved(const HbmGeometry& geometry, unsigned interleave);
  /// A map that passed the check.
  HbmMap(std::string_view text, const HbmGeometry& geometry);

  std::uint64_t bytes() const { return bytes_; }
  /// Aligned blocks of so many bytes each lie in one channel.
  std::uint64_t channel_block() const { return channel_block_; }
  /// The same of one row: a power of two.
  std::uint64_t row_block() const { return row_block_; }

  /// The place of the burst at `offset`, which lies inside the stack.
  HbmPlace place(Addr offset) const {
    const Addr burst = offset >> burst_bits_;
    if (parts_.size() > 1) return place_by_parts(static_cast<std::uint32_t>(burst));
    return {tables_[0][burst & 0xff] ^ tables_[1][burst >> 8 & 0xff] ^
            tables_[2][burst >> 16 & 0xff] ^ tables_[3][burst >> 24 & 0xff]};
  }

 private:
  /// Neighbouring fields of whole bits, or one digit. Place bits are XORs of its bits, so they come
  /// from tables, one for each of its bytes.
  struct Part {
    unsigned bits;
    std::uint32_t radix;  // 0: whole bits.
    std::size_t tables;   // The first one.
  };
  using Table = std::array<std::uint64_t, 256>;

  void add_part(const std::vector<std::uint64_t>& places, std::uint32_t radix);
  HbmPlace place_by_parts(std::uint32_t burst) const;
  std::uint64_t fold_counts(std::uint64_t bits) const;

  std::uint64_t bytes_, channel_block_, row_block_;
  unsigned burst_bits_;
  std::vector<Part> parts_;  // One, of four tables, where all counts are powers of two.
  std::vector<Table> tables_;
  // Counts that are no power of two, else 0; the stack id's lowest bit in HbmPlace, and its width.
  unsigned stack_ids_ = 0, channels_ = 0, stack_id_shift_, stack_id_bits_;
};

}  // namespace cvp
