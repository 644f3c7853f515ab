// SPDX-License-Identifier: Apache-2.0
//
// Cache-block management and zeroing. There are no caches, so managing a block only checks that it
// may be; prefetches are hints and do nothing. [UNPRIV: Cache-Block Management Instructions]
#include "models/cpu/hart.h"

namespace cvp {
namespace {

enum Operation : std::uint32_t { kInval = 0, kClean = 1, kFlush = 2, kZero = 4 };

}  // namespace

/// menvcfg rules below M mode, senvcfg in U mode too.
bool Hart::cache_block_enabled(std::uint32_t operation) const {
  const std::uint64_t mask = operation == kInval  ? envcfg::kCbie
                             : operation == kZero ? envcfg::kCbze
                                                  : envcfg::kCbcfe;
  if (privilege_ == Privilege::kMachine) return true;
  if ((csr_.menvcfg & mask) == 0) return false;
  return privilege_ != Privilege::kUser || (csr_.senvcfg & mask) != 0;
}

Hart::Outcome Hart::cache_block(std::uint32_t bits, Addr va) {
  const std::uint32_t operation = bits >> 20;
  if (!cache_block_enabled(operation)) return illegal(bits);
  const bool zero = operation == kZero;
  const Privilege privilege = data_privilege();
  Addr physical = 0;
  // Managing needs the right to load or to store; no page can be stored to and not loaded from.
  Outcome outcome = translate(va, zero ? Access::kStore : Access::kLoad, privilege, physical);
  if (outcome == Outcome::kTrap) {  // Whatever was missing, it counts as a store.
    const bool page = trap_cause_ == static_cast<std::uint64_t>(Cause::kLoadPage) ||
                      trap_cause_ == static_cast<std::uint64_t>(Cause::kStorePage);
    return page ? page_fault(va, Access::kStore) : access_fault(va, Access::kStore);
  }
  if (outcome == Outcome::kPending) return outcome;
  const Addr block = physical & ~Addr{Isa::kBlockBytes - 1};
  const bool loads = !zero && pmp_.allows(block, Isa::kBlockBytes, Access::kLoad, privilege);
  if (!loads && !pmp_.allows(block, Isa::kBlockBytes, Access::kStore, privilege)) {
    return access_fault(va, Access::kStore);
  }
  for (unsigned at = 0; zero && at < Isa::kBlockBytes; at += 8) {
    bool ok = false;
    outcome = physical_store(block + at, 8, 0, ok);
    if (outcome != Outcome::kDone) return outcome;
    if (!ok) return access_fault(va, Access::kStore);
  }
  const Addr first = va & ~Addr{Isa::kBlockBytes - 1};
  return zero ? watched(Outcome::kDone, first, Isa::kBlockBytes, true) : Outcome::kDone;
}

}  // namespace cvp
