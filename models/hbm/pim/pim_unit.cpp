// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/pim/pim_unit.h"

#include <algorithm>

namespace cvp {
namespace {

unsigned index_of(const PimPlace& place, unsigned turn, unsigned size) {
  return (place.index + (place.counts_up ? turn : 0)) % size;
}

}  // namespace

unsigned PimInstruction::bank() const {
  for (const PimPlace* place : {&destination, &first, &second}) {
    if (place->is_bank()) return place->operand;
  }
  return kPimZero;
}

PimInstruction PimInstruction::decode(std::uint32_t bits) {
  const auto place = [bits](unsigned operand, unsigned index, std::uint32_t counts_up) {
    return PimPlace{bits >> operand & 7, bits >> index & 15, (bits & counts_up) != 0};
  };
  PimInstruction out;
  out.opcode = bits >> 28;
  switch (out.opcode) {
    case kPimJump:
      out.times = bits >> 8 & 0xffff;
      out.target = bits & 31;
      return out;
    case kPimNop:
      out.times = std::max(bits & 0xffff, 1u);
      return out;
    case kPimExit:
      return out;
    default:
      out.destination = place(25, 8, kPimCountsUpDestination);
      out.first = place(22, 4, kPimCountsUpFirst);
      if (out.computes()) out.second = place(19, 0, kPimCountsUpSecond);
      return out;
  }
}

std::string_view PimInstruction::error() const {
  if (opcode > kPimMac) return "unknown opcode";
  if (opcode == kPimJump || opcode == kPimNop || opcode == kPimExit) return {};
  for (const PimPlace* place : {&destination, &first, &second}) {
    if (place->operand > kPimZero) return "unknown operand";
  }
  if (destination.is_bank() + first.is_bank() + second.is_bank() > 1) return "two bank operands";
  const bool good = opcode == kPimMov ? !first.is_bank() && first.operand != kPimSrf &&
                                            (destination.is_bank() || destination.is_vector())
                    : opcode == kPimFill ? first.is_bank() && (destination.is_vector() ||
                                                               destination.operand == kPimSrf)
                                         : destination.is_vector() && first.operand != kPimSrf;
  return good ? std::string_view{} : "operands that the opcode does not take";
}

PimVector& PimUnit::vector(const PimPlace& place, unsigned turn) {
  return grf_[place.operand][index_of(place, turn, kPimGrfEntries)];
}

PimVector PimUnit::source(const PimPlace& place, unsigned turn, const PimVector& bank) const {
  PimVector value{};
  if (place.is_bank()) return bank;
  if (place.is_vector()) return grf_[place.operand][index_of(place, turn, kPimGrfEntries)];
  if (place.operand == kPimSrf) value.fill(srf_[index_of(place, turn, kPimSrfEntries)]);
  return value;
}

void PimUnit::execute(const PimInstruction& instruction, unsigned turn, PimVector& bank) {
  if (instruction.opcode == kPimNop) return;
  const PimVector a = source(instruction.first, turn, bank);
  if (instruction.destination.is_bank()) {
    bank = a;
    return;
  }
  if (instruction.destination.operand == kPimSrf) {
    srf_ = a;
    return;
  }
  PimVector& out = vector(instruction.destination, turn);
  if (!instruction.computes()) {
    out = a;
    return;
  }
  const PimVector b = source(instruction.second, turn, bank);
  for (unsigned lane = 0; lane < kPimLanes; ++lane) {
    if (instruction.opcode == kPimAdd) {
      out[lane] = half_add(a[lane], b[lane]);
    } else {
      const Half product = half_mul(a[lane], b[lane]);
      out[lane] = instruction.opcode == kPimMul ? product : half_add(out[lane], product);
    }
  }
}

}  // namespace cvp
