// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/pmp.h"

#include <bit>

namespace cvp {
namespace {

constexpr std::uint8_t kRead = 0x01, kWrite = 0x02, kExecute = 0x04, kModeMask = 0x18, kLock = 0x80,
                       kImplemented = 0x9f;
constexpr std::uint8_t kOff = 0x00, kTor = 0x08, kNa4 = 0x10;
constexpr std::uint64_t kAddressMask = (std::uint64_t{1} << 54) - 1;

}  // namespace

std::uint64_t Pmp::read_config(unsigned csr_index) const {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < 8; ++i) {
    value |= std::uint64_t{config_[csr_index * 4 + i]} << (8 * i);
  }
  return value;
}

void Pmp::write_config(unsigned csr_index, std::uint64_t value) {
  for (unsigned i = 0; i < 8; ++i) {
    const unsigned region = csr_index * 4 + i;
    if ((config_[region] & kLock) != 0) continue;
    auto config = static_cast<std::uint8_t>(value >> (8 * i) & kImplemented);
    // W without R is reserved: such a write leaves the permissions without W (WARL).
    if ((config & (kRead | kWrite)) == kWrite) config &= static_cast<std::uint8_t>(~kWrite);
    config_[region] = config;
  }
}

bool Pmp::locked(unsigned region) const {
  if ((config_[region] & kLock) != 0) return true;
  // A locked TOR region locks its lower bound too.
  return region + 1 < kRegions && (config_[region + 1] & kLock) != 0 &&
         (config_[region + 1] & kModeMask) == kTor;
}

void Pmp::write_address(unsigned region, std::uint64_t value) {
  if (!locked(region)) address_[region] = value & kAddressMask;
}

Pmp::Bounds Pmp::bounds(unsigned region) const {
  const std::uint64_t address = address_[region];
  switch (config_[region] & kModeMask) {
    case kOff:
      return {0, 0, true};
    case kTor: {
      const Addr first = region == 0 ? 0 : address_[region - 1] << 2;
      const Addr end = address << 2;
      return {first, end - 1, first >= end};
    }
    case kNa4:
      return {address << 2, (address << 2) + 3, false};
    default: {
      const unsigned ones = static_cast<unsigned>(std::countr_one(address));
      const Addr first = (address >> ones << ones) << 2;
      const Addr length_minus_1 = (Addr{8} << ones) - 1;
      return {first, first + length_minus_1, false};
    }
  }
}

bool Pmp::allows(Addr address, std::uint64_t size, Access access, Privilege privilege) const {
  const Addr last = address + size - 1;
  for (unsigned region = 0; region < kRegions; ++region) {
    const Bounds b = bounds(region);
    if (b.empty || last < b.first || address > b.last) continue;
    if (address < b.first || last > b.last) return false;  // A region must match all bytes.
    const std::uint8_t config = config_[region];
    if (privilege == Privilege::kMachine && (config & kLock) == 0) return true;
    const std::uint8_t needed = access == Access::kFetch  ? kExecute
                                : access == Access::kLoad ? kRead
                                                          : kWrite;
    return (config & needed) != 0;
  }
  return privilege == Privilege::kMachine;
}

bool Pmp::uniform(Addr address, std::uint64_t size) const {
  const Addr last = address + size - 1;
  for (unsigned region = 0; region < kRegions; ++region) {
    const Bounds b = bounds(region);
    if (b.empty || last < b.first || address > b.last) continue;
    return address >= b.first && last <= b.last;  // The first match decides for all of it.
  }
  return true;
}

}  // namespace cvp
