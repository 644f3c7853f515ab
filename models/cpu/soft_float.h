// SPDX-License-Identifier: Apache-2.0
//
// IEEE 754 arithmetic in integers, with RISC-V's flags, five rounding modes and canonical NaNs.
// Slow and plain: it serves what the host's FPU cannot do (round to nearest, ties to maximum
// magnitude; unsigned and saturating conversions), and tests check the host path against it.
// Values are raw bits, `flags` collects fflags bits. No SystemC.
#pragma once

#include <cstdint>

namespace cvp {

enum class Rounding : std::uint8_t { kNearestEven, kZero, kDown, kUp, kNearestMaxMagnitude };

inline constexpr unsigned kFlagInexact = 1, kFlagUnderflow = 2, kFlagOverflow = 4,
                          kFlagDivideByZero = 8, kFlagInvalid = 16;

struct Float16Format {
  static constexpr int kFraction = 10, kExponent = 5;
};
struct Float32Format {
  static constexpr int kFraction = 23, kExponent = 8;
};
struct Float64Format {
  static constexpr int kFraction = 52, kExponent = 11;
};

template <class Format>
struct SoftFloat {
  static constexpr int kBias = (1 << (Format::kExponent - 1)) - 1;
  static constexpr int kMaxExponent = (1 << Format::kExponent) - 1;
  static constexpr std::uint64_t kFractionMask = (std::uint64_t{1} << Format::kFraction) - 1;
  static constexpr std::uint64_t kSign = std::uint64_t{1}
                                         << (Format::kFraction + Format::kExponent);
  static constexpr std::uint64_t kInfinity = std::uint64_t{kMaxExponent} << Format::kFraction;
  static constexpr std::uint64_t kQuietBit = std::uint64_t{1} << (Format::kFraction - 1);
  static constexpr std::uint64_t kCanonicalNan = kInfinity | kQuietBit;

  static constexpr bool is_nan(std::uint64_t v) { return (v & ~kSign) > kInfinity; }
  static constexpr bool is_signaling(std::uint64_t v) { return is_nan(v) && (v & kQuietBit) == 0; }
  static constexpr bool is_infinite(std::uint64_t v) { return (v & ~kSign) == kInfinity; }
  static constexpr bool is_zero(std::uint64_t v) { return (v & ~kSign) == 0; }
  static constexpr bool is_negative(std::uint64_t v) { return (v & kSign) != 0; }

  static std::uint64_t add(std::uint64_t a, std::uint64_t b, Rounding mode, unsigned& flags);
  static std::uint64_t mul(std::uint64_t a, std::uint64_t b, Rounding mode, unsigned& flags);
  static std::uint64_t div(std::uint64_t a, std::uint64_t b, Rounding mode, unsigned& flags);
  static std::uint64_t sqrt(std::uint64_t a, Rounding mode, unsigned& flags);
  /// a * b + c, rounded once.
  static std::uint64_t fma(std::uint64_t a, std::uint64_t b, std::uint64_t c, Rounding mode,
                           unsigned& flags);
  static std::uint64_t min_max(std::uint64_t a, std::uint64_t b, bool max, unsigned& flags);
  static bool equal(std::uint64_t a, std::uint64_t b, unsigned& flags);
  static bool less(std::uint64_t a, std::uint64_t b, bool or_equal, unsigned& flags);
  static unsigned classify(std::uint64_t a);

  /// To an integer of `width` 32 or 64 bits, sign-extended to 64; out of range saturates.
  static std::uint64_t to_integer(std::uint64_t a, unsigned width, bool is_signed, Rounding mode,
                                  unsigned& flags);
  static std::uint64_t from_integer(std::uint64_t value, unsigned width, bool is_signed,
                                    Rounding mode, unsigned& flags);
};

/// From one format to another; only a narrower one can round.
template <class To, class From>
std::uint64_t convert_float(std::uint64_t a, Rounding mode, unsigned& flags);

extern template struct SoftFloat<Float16Format>;
extern template struct SoftFloat<Float32Format>;
extern template struct SoftFloat<Float64Format>;

}  // namespace cvp
