// SPDX-License-Identifier: Apache-2.0
//
// Which target of a die's interconnect an address belongs to. No SystemC.
//
// Bits 63..40 of an address are the index of a die. Addresses of the own die are looked up in the
// map; others leave through the die-to-die port that the route table names.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "models/core/address_range.h"

namespace cvp {

inline constexpr unsigned kDieShift = 40;
inline constexpr std::size_t kMaxDies = 64;

class AddressMap {
 public:
  struct Hit {
    std::size_t target = 0;
    AddrRange range;  ///< Of the target; {0, 2^64 - 1} behind a die-to-die port.
    bool remote = false;
  };

  explicit AddressMap(unsigned die_index) : die_index_(die_index) {}

  /// Ranges must not overlap (the package reader reports it; here it is an invariant).
  void add(AddrRange range, std::size_t target);
  void set_route(std::size_t die, std::size_t target);
  void clear_route(std::size_t die);
  /// Where [address, address + bytes) belongs, all of it; nothing for a hole, a range's edge or a
  /// die without a route.
  std::optional<Hit> find(Addr address, std::uint64_t bytes) const;
  bool is_local(Addr address) const { return address >> kDieShift == die_index_; }

 private:
  struct Entry {
    AddrRange range;
    std::size_t target;
  };

  unsigned die_index_;
  std::vector<Entry> entries_;  // Sorted by base.
  std::array<std::optional<std::size_t>, kMaxDies> routes_;
};

}  // namespace cvp
