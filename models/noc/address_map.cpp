// SPDX-License-Identifier: Apache-2.0
#include "models/noc/address_map.h"

#include <algorithm>

#include "models/core/report.h"

namespace cvp {

void AddressMap::add(AddrRange range, std::size_t target) {
  const auto place =
      std::upper_bound(entries_.begin(), entries_.end(), range.base,
                       [](Addr base, const Entry& entry) { return base < entry.range.base; });
  CVP_CHECK(place == entries_.begin() || !std::prev(place)->range.overlaps(range), "overlap at ",
            hex(range.base));
  CVP_CHECK(place == entries_.end() || !place->range.overlaps(range), "overlap at ",
            hex(range.base));
  entries_.insert(place, {range, target});
}

void AddressMap::set_route(std::size_t die, std::size_t target) { routes_.at(die) = target; }

void AddressMap::clear_route(std::size_t die) { routes_.at(die).reset(); }

std::optional<AddressMap::Hit> AddressMap::find(Addr address, std::uint64_t bytes) const {
  if (!is_local(address)) {
    const Addr die = address >> kDieShift;
    if (die >= kMaxDies || !routes_[die]) return std::nullopt;
    return Hit{*routes_[die], {0, ~Addr{0}}, true};
  }
  auto entry = std::upper_bound(
      entries_.begin(), entries_.end(), address,
      [](Addr wanted, const Entry& candidate) { return wanted < candidate.range.base; });
  if (entry == entries_.begin()) return std::nullopt;
  --entry;
  if (!entry->range.contains(address, bytes)) return std::nullopt;
  return Hit{entry->target, entry->range, false};
}

}  // namespace cvp
