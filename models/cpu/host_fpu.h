// SPDX-License-Identifier: Apache-2.0
//
// The host's SSE unit as the guest's FPU: rounding and exception flags in MXCSR are those RISC-V
// asks for (tininess is detected after rounding on both). Inline assembly, because compilers move
// floating-point expressions across accesses to MXCSR. Results still need canonical NaNs.
// While a hart runs, MXCSR holds the guest's rounding mode and collects its flags.
#pragma once

#include <bit>
#include <cstdint>

namespace cvp::host_fpu {

inline constexpr std::uint32_t kMaskAll = 0x1f80, kFlags = 0x3f;

inline std::uint32_t control() {
  std::uint32_t value;
  asm volatile("stmxcsr %0" : "=m"(value));
  return value;
}
inline void set_control(std::uint32_t value) { asm volatile("ldmxcsr %0" ::"m"(value)); }

/// MXCSR for frm 0 to 3; RMM has no counterpart.
inline std::uint32_t control_for(std::uint64_t frm) {
  constexpr std::uint32_t kRounding[] = {0, 3, 1, 2};
  return kMaskAll | (frm < 4 ? kRounding[frm] : 0) << 13;
}
/// fflags for the flags in MXCSR.
inline std::uint64_t riscv_flags(std::uint32_t control) {
  const std::uint32_t ie = control & 1, ze = control >> 2 & 1, oe = control >> 3 & 1,
                      ue = control >> 4 & 1, pe = control >> 5 & 1;
  return ie << 4 | ze << 3 | oe << 2 | ue << 1 | pe;
}

/// Keeps the guest's MXCSR away from code that is called in the middle of a run.
class Guard {
 public:
  Guard() : saved_(control()) { set_control(kMaskAll); }
  ~Guard() { set_control(saved_); }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

 private:
  std::uint32_t saved_;
};

inline bool has_fma() { return __builtin_cpu_supports("fma") != 0; }

#define CVP_SSE_BINARY(name, instruction)                       \
  template <class T>                                            \
  inline T name(T a, T b) {                                     \
    if constexpr (sizeof(T) == 4) {                             \
      asm volatile(instruction "ss %1, %0" : "+x"(a) : "x"(b)); \
    } else {                                                    \
      asm volatile(instruction "sd %1, %0" : "+x"(a) : "x"(b)); \
    }                                                           \
    return a;                                                   \
  }
CVP_SSE_BINARY(add, "add")
CVP_SSE_BINARY(sub, "sub")
CVP_SSE_BINARY(mul, "mul")
CVP_SSE_BINARY(div, "div")
#undef CVP_SSE_BINARY

template <class T>
inline T sqrt(T a) {
  if constexpr (sizeof(T) == 4) {
    asm volatile("sqrtss %0, %0" : "+x"(a));
  } else {
    asm volatile("sqrtsd %0, %0" : "+x"(a));
  }
  return a;
}

/// a * b + c; the host must have FMA3.
template <class T>
inline T fma(T a, T b, T c) {
  if constexpr (sizeof(T) == 4) {
    asm volatile("vfmadd231ss %2, %1, %0" : "+x"(c) : "x"(a), "x"(b));
  } else {
    asm volatile("vfmadd231sd %2, %1, %0" : "+x"(c) : "x"(a), "x"(b));
  }
  return c;
}

}  // namespace cvp::host_fpu
