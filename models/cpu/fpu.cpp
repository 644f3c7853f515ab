// SPDX-License-Identifier: Apache-2.0
//
// Floating-point instructions that the interpreter does not do itself: other formats of operands,
// static rounding modes, comparisons, conversions. [UNPRIV: "F", "D", "Zfh" Extensions]
#include <type_traits>

#include "models/cpu/hart.h"
#include "models/cpu/host_fpu.h"
#include "models/cpu/soft_float.h"

namespace cvp {
namespace {

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

/// The ones above a value that is narrower than a register.
template <class Format>
constexpr std::uint64_t kBox = 0 - (SoftFloat<Format>::kSign << 1);

/// An operand as the format's raw bits; one that is not NaN-boxed is the canonical NaN.
template <class Format>
std::uint64_t operand(std::uint64_t reg) {
  return (reg & kBox<Format>) == kBox<Format> ? reg & ~kBox<Format>
                                              : SoftFloat<Format>::kCanonicalNan;
}

template <class To>
std::uint64_t convert(unsigned from, std::uint64_t reg, Rounding mode, unsigned& flags) {
  const auto of = [&]<class From>(From) -> std::uint64_t {
    if constexpr (std::is_same_v<To, From>)
      return reg;  // The decoder lets none through.
    else
      return convert_float<To, From>(operand<From>(reg), mode, flags);
  };
  return from == 0 ? of(Float32Format{}) : from == 1 ? of(Float64Format{}) : of(Float16Format{});
}

/// A value moved to an integer register: sign-extended from the format's width.
template <class Format>
std::uint64_t sign_extended(std::uint64_t reg) {
  constexpr unsigned kShift = 63 - Format::kFraction - Format::kExponent;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(reg << kShift) >> kShift);
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
  switch (bits >> 25 & 3) {
    case 0:
      return fp_typed<Float32Format>(bits);
    case 1:
      return fp_typed<Float64Format>(bits);
    default:
      return fp_typed<Float16Format>(bits);
  }
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
  const auto put_f = [&](std::uint64_t value) { f_[rd] = kBox<Format> | value; };
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
      put_f(convert<Format>(rs2, f_[rs1], mode, flags));
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
        put_x(sign_extended<Format>(f_[rs1]));
      }
      break;
    case kMoveToF:
      put_f(x_[rs1] & ~kBox<Format>);
      break;
    default:
      return illegal(bits);
  }
  csr_.fflags |= flags;
  return Outcome::kDone;
}

}  // namespace cvp
