// SPDX-License-Identifier: Apache-2.0
//
// Instructions of the compute units of an HBM stack with PIM: what goes into PIM_CRF. Shared by
// model and firmware.
//
// A unit sits between an even and an odd bank and has 16 lanes of FP16, two vector register files
// GRF_A and GRF_B (8 x 16 lanes) and a scalar one, SRF (16). All units of the stack execute the
// same instruction at the same time, one each column command. EVEN and ODD are the burst of that
// bank to which PIM_EVEN or PIM_ODD points; each access moves that pointer on by one burst.
//
//   31:28 opcode   27:25 destination   24:22 first source   21:19 second source
//   18:16 the index of destination, first, second source counts up with each execution
//   11:8, 7:4, 3:0 their indexes, modulo the size of the file
//   JUMP: 23:8 how many times, then on; 4:0 where to      NOP: 15:0 how many commands, 0 counts as
//   1
#ifndef CVP_MODELS_HBM_PIM_ABI_H_
#define CVP_MODELS_HBM_PIM_ABI_H_

#include <stdint.h>

enum PimOpcode {
  kPimNop = 0,
  kPimJump = 1,
  kPimExit = 2,
  kPimMov = 3,   // Register or bank <- register or zero.
  kPimFill = 4,  // GRF register, or all of SRF <- bank.
  kPimAdd = 5,   // GRF <- first + second.
  kPimMul = 6,   // GRF <- first * second.
  kPimMac = 7,   // GRF <- GRF + first * second: the product is rounded, then the sum.
};

enum PimOperand {
  kPimGrfA = 0,
  kPimGrfB = 1,
  kPimSrf = 2,  // Second source: the scalar, in all lanes.
  kPimEven = 3,
  kPimOdd = 4,
  kPimZero = 5,  // Sources only.
};

enum {
  kPimLanes = 16,
  kPimCrfEntries = 32,
  kPimGrfEntries = 8,
  kPimSrfEntries = 16,
  kPimCountsUpDestination = 1 << 18,
  kPimCountsUpFirst = 1 << 17,
  kPimCountsUpSecond = 1 << 16,
};

static inline uint32_t pim_instruction(uint32_t opcode, uint32_t destination, uint32_t first,
                                       uint32_t second) {
  return opcode << 28 | destination << 25 | first << 22 | second << 19;
}

static inline uint32_t pim_jump(uint32_t to, uint32_t times) {
  return (uint32_t)kPimJump << 28 | (times & 0xffff) << 8 | (to & 31);
}

#endif  // CVP_MODELS_HBM_PIM_ABI_H_
