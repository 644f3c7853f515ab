// SPDX-License-Identifier: Apache-2.0
//
// Floating-point instructions that the interpreter does not do itself: other formats of operands,
// static rounding modes, comparisons, conversions. [UNPRIV: "F", "D" Extensions]
#include "models/cpu/hart.h"
#include "models/cpu/host_fpu.h"
#include "models/cpu/soft_float.h"

namespace cvp {
namespace {

constexpr std::uint64_t kBox = 0xffff'ffff'0000'0000;

std::uint64_t sign32(std::uint64_t value) {
  return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(value)});
}

/// Operation field of OP-FP (bits 31 to 27).
enum FpOperation : unsigned {
  kAdd = 0x00,
  kSub = 0x01,
  kMul = 0x02,
  kDiv = 0x03,
  kSignInject = 0x04,
  kMinMax = 0x05,
  kConvertFormat = 0x08,
  kSqrt = 0x0b,
  kCompare = 0x14,
  kToInteger = 0x18,
  kFromInteger = 0x1a,
  kMoveToX = 0x1c,
  kMoveToF = 0x1e,
};

bool has_rounding(std::uint32_t bits) {
  if ((bits & 0x7f) != 0x53) return true;  // Fused multiply-add.
  switch (bits >> 27) {
    case kSignInject:
    case kMinMax:
    case kCompare:
    case kMoveToX:
    case kMoveToF:
      return false;
    default:
      return true;
  }
}

template <class Format>
constexpr bool kSingle = SoftFloat<Format>::kBias == 127;

/// An operand as the format's raw bits; a single that is not NaN-boxed is the canonical NaN.
template <class Format>
std::uint64_t operand(std::uint64_t reg) {
  if constexpr (!kSingle<Format>) return reg;
  return (reg & kBox) == kBox ? reg & ~kBox : SoftFloat<Format>::kCanonicalNan;
}

template <class Format>
std::uint64_t result(std::uint64_t bits) {
  return kSingle<Format> ? kBox | bits : bits;
}

}  // namespace

std::uint64_t Hart::fflags() const {
  return in_run_ ? csr_.fflags | host_fpu::riscv_flags(host_fpu::control()) : csr_.fflags;
}

void Hart::set_fflags(std::uint64_t value) {
  csr_.fflags = value & 0x1f;
  if (in_run_) host_fpu::set_control(host_fpu::control_for(csr_.frm));
}

void Hart::set_frm(std::uint64_t value) {
  const std::uint64_t flags = fflags();
  csr_.frm = value & 7;
  set_fflags(flags);
  fp_fast_ = fp_dirty_ && csr_.frm < 4;
}

void Hart::enter_fp() {
  csr_.mstatus |= mstatus::kFs;
  fp_dirty_ = true;
  fp_fast_ = csr_.frm < 4;
}

Hart::Outcome Hart::execute_fp(std::uint32_t bits) {
  if ((csr_.mstatus & mstatus::kFs) == 0) return illegal(bits);
  const bool is_double = (bits >> 25 & 3) == 1;
  return is_double ? fp_typed<Float64Format>(bits) : fp_typed<Float32Format>(bits);
}

template <class Format>
Hart::Outcome Hart::fp_typed(std::uint32_t bits) {
  using Soft = SoftFloat<Format>;
  const unsigned funct3 = bits >> 12 & 7, rd = bits >> 7 & 0x1f, rs1 = bits >> 15 & 0x1f,
                 rs2 = bits >> 20 & 0x1f;
  const std::uint64_t rounding = funct3 == 7 ? csr_.frm : funct3;
  if (has_rounding(bits) && rounding > 4) return illegal(bits);
  const auto mode = static_cast<Rounding>(rounding);
  const std::uint64_t a = operand<Format>(f_[rs1]), b = operand<Format>(f_[rs2]);
  enter_fp();
  unsigned flags = 0;
  const auto put_f = [&](std::uint64_t value) { f_[rd] = result<Format>(value); };
  const auto put_x = [&](std::uint64_t value) { x_[rd == 0 ? kSinkRegister : rd] = value; };

  if ((bits & 0x7f) != 0x53) {
    const bool negate_product = (bits & 8) != 0, negate_addend = (bits & 4) != 0;
    const std::uint64_t c = operand<Format>(f_[bits >> 27]);
    put_f(Soft::fma(negate_product ? a ^ Soft::kSign : a, b, negate_addend ? c ^ Soft::kSign : c,
                    mode, flags));
    csr_.fflags |= flags;
    return Outcome::kDone;
  }

  switch (bits >> 27) {
    case kAdd:
      put_f(Soft::add(a, b, mode, flags));
      break;
    case kSub:
      put_f(Soft::add(a, Soft::is_nan(b) ? b : b ^ Soft::kSign, mode, flags));
      break;
    case kMul:
      put_f(Soft::mul(a, b, mode, flags));
      break;
    case kDiv:
      put_f(Soft::div(a, b, mode, flags));
      break;
    case kSqrt:
      put_f(Soft::sqrt(a, mode, flags));
      break;
    case kSignInject: {
      const std::uint64_t sign = funct3 == 0 ? b : funct3 == 1 ? ~b : a ^ b;
      put_f((a & ~Soft::kSign) | (sign & Soft::kSign));
      break;
    }
    case kMinMax:
      put_f(Soft::min_max(a, b, funct3 == 1, flags));
      break;
    case kConvertFormat:
      if constexpr (kSingle<Format>) {
        put_f(float64_to_float32(f_[rs1], mode, flags));
      } else {
        put_f(float32_to_float64(operand<Float32Format>(f_[rs1]), flags));
      }
      break;
    case kCompare:
      put_x(funct3 == 2 ? Soft::equal(a, b, flags) : Soft::less(a, b, funct3 == 0, flags));
      break;
    case kToInteger:
      put_x(Soft::to_integer(a, (rs2 & 2) != 0 ? 64 : 32, (rs2 & 1) == 0, mode, flags));
      break;
    case kFromInteger:
      put_f(Soft::from_integer(x_[rs1], (rs2 & 2) != 0 ? 64 : 32, (rs2 & 1) == 0, mode, flags));
      break;
    case kMoveToX:
      if (funct3 == 1) {
        put_x(Soft::classify(a));
      } else {
        put_x(kSingle<Format> ? sign32(f_[rs1]) : f_[rs1]);
      }
      break;
    case kMoveToF:
      put_f(kSingle<Format> ? x_[rs1] & ~kBox : x_[rs1]);
      break;
    default:
      return illegal(bits);
  }
  csr_.fflags |= flags;
  return Outcome::kDone;
}

}  // namespace cvp
