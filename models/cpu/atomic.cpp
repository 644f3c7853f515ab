// SPDX-License-Identifier: Apache-2.0
//
// LR, SC and AMO, in granted memory and over the bus. [UNPRIV: "A" Extension]
#include "models/cpu/hart.h"
#include "models/cpu/memory_access.h"

namespace cvp {

std::uint64_t apply_rmw(RmwOp op, std::uint64_t memory, std::uint64_t operand,
                        std::uint64_t compare, unsigned size) {
  const auto a = static_cast<std::int64_t>(sign_extend_word(memory, size));
  const auto b = static_cast<std::int64_t>(sign_extend_word(operand, size));
  const std::uint64_t ua = mask_to(memory, size), ub = mask_to(operand, size);
  switch (op) {
    case RmwOp::kSwap:
      return operand;
    case RmwOp::kAdd:
      return memory + operand;
    case RmwOp::kXor:
      return memory ^ operand;
    case RmwOp::kAnd:
      return memory & operand;
    case RmwOp::kOr:
      return memory | operand;
    case RmwOp::kMin:
      return a < b ? memory : operand;
    case RmwOp::kMax:
      return a > b ? memory : operand;
    case RmwOp::kMinU:
      return ua < ub ? memory : operand;
    case RmwOp::kMaxU:
      return ua > ub ? memory : operand;
    case RmwOp::kCompareSwap:
      return ua == mask_to(compare, size) ? operand : memory;
  }
  return memory;
}

RmwOp amo_function(std::uint32_t bits) {
  switch (bits >> 27) {
    // clang-format off
    case 0x00: return RmwOp::kAdd;
    case 0x04: return RmwOp::kXor;
    case 0x08: return RmwOp::kOr;
    case 0x0c: return RmwOp::kAnd;
    case 0x10: return RmwOp::kMin;
    case 0x14: return RmwOp::kMax;
    case 0x18: return RmwOp::kMinU;
    case 0x1c: return RmwOp::kMaxU;
    default: return RmwOp::kSwap;
      // clang-format on
  }
}

Hart::Outcome Hart::load_reserved(std::uint32_t bits, Addr va, unsigned rd) {
  const unsigned size = (bits >> 12 & 7) == 2 ? 4 : 8;
  if ((va & (size - 1)) != 0) return raise(Cause::kLoadMisaligned, va);
  const Privilege privilege = data_privilege();
  Addr physical = 0;
  const Outcome outcome = translate(va, Access::kLoad, privilege, physical);
  if (outcome != Outcome::kDone) return outcome;
  if (!pmp_.allows(physical, size, Access::kLoad, privilege)) {
    return access_fault(va, Access::kLoad);
  }
  std::uint64_t value = 0;
  bool ok = false;
  if (physical_load(physical, size, BusOp::kLoad, value, ok) == Outcome::kPending) {
    return Outcome::kPending;
  }
  if (!ok) return access_fault(va, Access::kLoad);
  reservation_ = {true, physical, value, size};
  x_[rd] = sign_extend_word(value, size);
  return watched(Outcome::kDone, va, size, false);
}

std::optional<Addr> Hart::reservation() const {
  return reservation_.valid ? std::optional(reservation_.address) : std::nullopt;
}

void Hart::break_reservation() {
  reservation_.valid = false;
  if (bus_pending_ && pending_.conditional) bus_pending_ = false;
}

// Another hart that writes calls break_reservation(). The value is compared because of devices.
Hart::Outcome Hart::store_conditional(std::uint32_t bits, Addr va, std::uint64_t value,
                                      unsigned rd) {
  const unsigned size = (bits >> 12 & 7) == 2 ? 4 : 8;
  if ((va & (size - 1)) != 0) return raise(Cause::kStoreMisaligned, va);
  const Privilege privilege = data_privilege();
  Addr physical = 0;
  const Outcome outcome = translate(va, Access::kStore, privilege, physical);
  if (outcome != Outcome::kDone) return outcome;
  if (!pmp_.allows(physical, size, Access::kStore, privilege)) {
    return access_fault(va, Access::kStore);
  }
  bool success =
      reservation_.valid && reservation_.address == physical && reservation_.size == size;
  if (success) {
    std::uint64_t old = 0;
    bool ok = false;
    if (physical_rmw(RmwOp::kCompareSwap, physical, size, value, reservation_.value, old, ok,
                     true) == Outcome::kPending) {
      return Outcome::kPending;
    }
    if (!ok) return access_fault(va, Access::kStore);
    success = mask_to(old, size) == reservation_.value;
  }
  reservation_.valid = false;
  sc_failed_ = !success;
  x_[rd] = success ? 0 : 1;
  return success ? watched(Outcome::kDone, va, size, true) : Outcome::kDone;
}

Hart::Outcome Hart::atomic(std::uint32_t bits, Addr va, std::uint64_t operand, unsigned rd) {
  const unsigned size = (bits >> 12 & 7) == 2 ? 4 : 8;
  if ((va & (size - 1)) != 0) return raise(Cause::kStoreMisaligned, va);
  const Privilege privilege = data_privilege();
  Addr physical = 0;
  const Outcome outcome = translate(va, Access::kStore, privilege, physical);
  if (outcome != Outcome::kDone) return outcome;
  if (!pmp_.allows(physical, size, Access::kStore, privilege) ||
      !pmp_.allows(physical, size, Access::kLoad, privilege)) {
    return access_fault(va, Access::kStore);
  }
  std::uint64_t old = 0;
  bool ok = false;
  if (physical_rmw(amo_function(bits), physical, size, operand, 0, old, ok) == Outcome::kPending) {
    return Outcome::kPending;
  }
  if (!ok) return access_fault(va, Access::kStore);
  x_[rd] = sign_extend_word(old, size);
  watched(Outcome::kDone, va, size, false);
  return watched(Outcome::kDone, va, size, true);
}

}  // namespace cvp
