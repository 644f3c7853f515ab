// SPDX-License-Identifier: Apache-2.0
//
// One compute unit beside two banks: its registers, and what an instruction does to them. The
// instructions are those of pim_abi.h. No SystemC.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "models/hbm/pim/fp16.h"
#include "models/hbm/pim_abi.h"

namespace cvp {

using PimVector = std::array<Half, kPimLanes>;

/// A register or a bank, as an instruction names it.
struct PimPlace {
  unsigned operand = kPimZero;  ///< PimOperand, or what a wrong instruction says.
  unsigned index = 0;
  bool counts_up = false;

  bool is_bank() const { return operand == kPimEven || operand == kPimOdd; }
  bool is_vector() const { return operand == kPimGrfA || operand == kPimGrfB; }
};

struct PimInstruction {
  unsigned opcode = kPimExit;  ///< PimOpcode, or what a wrong instruction says.
  PimPlace destination, first, second;
  unsigned times = 0;   ///< JUMP, NOP.
  unsigned target = 0;  ///< JUMP.

  bool computes() const { return opcode == kPimAdd || opcode == kPimMul || opcode == kPimMac; }
  /// The bank that its column command goes to, or kPimZero.
  unsigned bank() const;
  bool writes_bank() const { return destination.is_bank(); }

  static PimInstruction decode(std::uint32_t bits);
  /// Why it cannot be executed; empty if it can.
  std::string_view error() const;
};

class PimUnit {
 public:
  /// `turn`: how many times this instruction was executed before in this run. `bank`: the burst
  /// that the command reads, or where it puts what the instruction writes.
  void execute(const PimInstruction& instruction, unsigned turn, PimVector& bank);

  template <class Archive>
  void serialize(Archive& archive) {
    archive(grf_, srf_);
  }

 private:
  PimVector source(const PimPlace& place, unsigned turn, const PimVector& bank) const;
  PimVector& vector(const PimPlace& place, unsigned turn);

  std::array<std::array<PimVector, kPimGrfEntries>, 2> grf_{};
  std::array<Half, kPimSrfEntries> srf_{};
};

}  // namespace cvp
