// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_inverse.h"

#include <bit>

namespace cvp {

bool HbmInverse::possible(const HbmGeometry& g) {
  for (const unsigned count : {g.channels, g.pseudo_channels, g.stack_ids, g.bank_groups, g.banks,
                               g.rows, g.columns, g.burst_bytes}) {
    if (!std::has_single_bit(count)) return false;
  }
  return true;
}

// Gauss and Jordan: pairs (place, address) are combined until each place is a single bit.
HbmInverse::HbmInverse(const HbmMap& map, const HbmGeometry& geometry) {
  std::array<std::uint64_t, 64> places{};
  for (Addr address = geometry.burst_bytes; address < geometry.stack_bytes(); address <<= 1) {
    std::uint64_t place = map.place(address).bits, from = address;
    for (unsigned bit = 0; bit < 64; ++bit) {
      if ((place >> bit & 1) && places[bit] != 0) place ^= places[bit], from ^= address_[bit];
    }
    const auto pivot = static_cast<unsigned>(std::countr_zero(place));
    for (unsigned bit = 0; bit < 64; ++bit) {
      if (places[bit] >> pivot & 1) places[bit] ^= place, address_[bit] ^= from;
    }
    places[pivot] = place;
    address_[pivot] = from;
    used_ |= std::uint64_t{1} << pivot;
  }
}

std::optional<Addr> HbmInverse::offset(const HbmPlace& place) const {
  if ((place.bits & ~used_) != 0) return std::nullopt;
  Addr offset = 0;
  for (std::uint64_t bits = place.bits; bits != 0; bits &= bits - 1) {
    offset ^= address_[static_cast<unsigned>(std::countr_zero(bits))];
  }
  return offset;
}

}  // namespace cvp
