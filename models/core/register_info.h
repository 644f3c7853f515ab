// SPDX-License-Identifier: Apache-2.0
//
// What a register file says about a register: the constants that scripts/regtool.py writes into a
// generated bank. Words are those of SystemRDL 2.0. No SystemC.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "models/core/units.h"

namespace cvp {

enum class OnRead : std::uint8_t { kNone, kClear, kSet };

enum class OnWrite : std::uint8_t {
  kStores,
  kOneSets,
  kOneClears,
  kOneToggles,
  kZeroSets,
  kZeroClears,
  kZeroToggles,
  kClears,
  kSets,
};

/// What an access inside the block but outside every register does.
enum class Holes : std::uint8_t { kError, kZero };

struct FieldInfo {
  const char* name;
  unsigned lsb, width;
  bool sw_read, sw_write;
  OnRead on_read;
  OnWrite on_write;
  bool single_pulse;
  std::uint64_t reset;
  bool dont_test, dont_compare;  ///< For the register walk: do not write; do not compare.

  constexpr std::uint64_t mask() const { return (~std::uint64_t{0} >> (64 - width)) << lsb; }
};

/// A register, an array of `count` of them, or an array repeated in each of `group_count` groups.
struct RegisterInfo {
  const char* name;
  Addr offset;
  unsigned bytes;         ///< Width: 1, 2, 4 or 8.
  unsigned access_bytes;  ///< Smallest access.
  std::size_t count;
  std::uint64_t stride;
  std::size_t group_count;
  std::uint64_t group_stride;
  bool overlay;  ///< Shares an address under a condition: reached through a hook, not by address.
  std::span<const FieldInfo> fields;

  constexpr std::uint64_t lanes() const { return ~std::uint64_t{0} >> (64 - 8 * bytes); }
};

}  // namespace cvp
