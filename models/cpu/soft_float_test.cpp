// SPDX-License-Identifier: Apache-2.0
//
// Two implementations against each other: integers (soft_float) and the host's SSE unit. What the
// host cannot do (RMM, conversions that saturate) has expected values in closed form.
#include <catch2/catch.hpp>
#include <random>

#include "models/cpu/host_fpu.h"
#include "models/cpu/soft_float.h"

namespace cvp {
namespace {

using S = SoftFloat<Float32Format>;
using D = SoftFloat<Float64Format>;

constexpr std::uint64_t kSpecialD[] = {0,
                                       D::kSign,
                                       0x3ff0'0000'0000'0000,
                                       0xbff0'0000'0000'0000,
                                       D::kInfinity,
                                       D::kSign | D::kInfinity,
                                       D::kCanonicalNan,
                                       D::kInfinity | 1,
                                       1,
                                       0x000f'ffff'ffff'ffff,
                                       0x0010'0000'0000'0000,
                                       0x7fef'ffff'ffff'ffff,
                                       0x3ca0'0000'0000'0000,
                                       0x3fdf'ffff'ffff'ffff,
                                       0x2000'0000'0000'0000,
                                       0x1ff0'0000'0000'0001};

struct Random {
  std::mt19937_64 engine{7};
  /// Bits of a number; often special, often close to one or to the range's ends.
  template <class Format>
  std::uint64_t operator()() {
    const std::uint64_t raw = engine();
    const unsigned fraction = Format::kFraction;
    const std::uint64_t mask = SoftFloat<Format>::kSign | (SoftFloat<Format>::kSign - 1);
    switch (raw % 8) {
      case 0: {
        const std::uint64_t special = kSpecialD[engine() % std::size(kSpecialD)];
        return Format::kFraction == 52 ? special : (special >> 32) & mask;
      }
      case 1:
      case 2: {
        const std::uint64_t exponent =
            static_cast<std::uint64_t>(SoftFloat<Format>::kBias) - 30 + engine() % 60;
        return (engine() & SoftFloat<Format>::kSign) | exponent << fraction |
               (engine() & SoftFloat<Format>::kFractionMask);
      }
      case 3:  // Subnormal and tiny numbers.
        return (engine() & SoftFloat<Format>::kSign) | (engine() % 4) << fraction |
               (engine() & SoftFloat<Format>::kFractionMask);
      case 4:  // Few bits set: exact results and ties.
        return (engine() & SoftFloat<Format>::kSign) |
               (static_cast<std::uint64_t>(SoftFloat<Format>::kBias) - 4 + engine() % 8)
                   << fraction |
               (engine() & 7) << (fraction - 3);
      default:
        return engine() & mask;
    }
  }
};

struct Result {
  std::uint64_t bits;
  unsigned flags;
  bool operator==(const Result&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Result& result) {
  return out << std::hex << result.bits << " flags " << result.flags;
}

template <class Format, class Operation>
Result on_host(Rounding mode, Operation operation) {
  const std::uint32_t before = host_fpu::control();
  host_fpu::set_control(host_fpu::control_for(static_cast<std::uint64_t>(mode)));
  std::uint64_t bits = operation();
  const auto flags = static_cast<unsigned>(host_fpu::riscv_flags(host_fpu::control()));
  host_fpu::set_control(before);
  if (SoftFloat<Format>::is_nan(bits)) bits = SoftFloat<Format>::kCanonicalNan;
  return {bits, flags};
}

template <class Operation>
Result on_soft(Operation operation) {
  unsigned flags = 0;
  const std::uint64_t bits = operation(flags);
  return {bits, flags};
}

template <class Format>
using Native = std::conditional_t<Format::kFraction == 52, double, float>;
template <class Format>
Native<Format> native(std::uint64_t bits) {
  if constexpr (Format::kFraction == 52) {
    return std::bit_cast<double>(bits);
  } else {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
  }
}
std::uint64_t raw(double value) { return std::bit_cast<std::uint64_t>(value); }
std::uint64_t raw(float value) { return std::bit_cast<std::uint32_t>(value); }

template <class Format>
void compare_with_host() {
  using Soft = SoftFloat<Format>;
  Random random;
  for (int round = 0; round < 20'000; ++round) {
    const auto mode = static_cast<Rounding>(round % 4);
    const std::uint64_t a = random.operator()<Format>(), b = random.operator()<Format>(),
                        c = random.operator()<Format>();
    const auto x = native<Format>(a), y = native<Format>(b), z = native<Format>(c);
    CAPTURE(a, b, c, round % 4);
    const auto agree = [&](auto host, auto soft) {
      const Result expected = on_host<Format>(mode, host), actual = on_soft(soft);
      if (expected != actual) CHECK(actual == expected);
    };
    agree([&] { return raw(host_fpu::add(x, y)); },
          [&](unsigned& flags) { return Soft::add(a, b, mode, flags); });
    agree([&] { return raw(host_fpu::mul(x, y)); },
          [&](unsigned& flags) { return Soft::mul(a, b, mode, flags); });
    agree([&] { return raw(host_fpu::div(x, y)); },
          [&](unsigned& flags) { return Soft::div(a, b, mode, flags); });
    agree([&] { return raw(host_fpu::sqrt(x)); },
          [&](unsigned& flags) { return Soft::sqrt(a, mode, flags); });
    // The host does not call zero times infinity plus a quiet NaN invalid; RISC-V does.
    if (host_fpu::has_fma() && !Soft::is_nan(c)) {
      agree([&] { return raw(host_fpu::fma(x, y, z)); },
            [&](unsigned& flags) { return Soft::fma(a, b, c, mode, flags); });
    }
  }
  SUCCEED();
}

TEST_CASE("Soft float and host agree on single precision, values and flags", "[cpu]") {
  compare_with_host<Float32Format>();
}

TEST_CASE("Soft float and host agree on double precision, values and flags", "[cpu]") {
  compare_with_host<Float64Format>();
}

TEST_CASE("Soft float rounds ties to maximum magnitude", "[cpu]") {
  unsigned flags = 0;
  const std::uint64_t one = 0x3ff0'0000'0000'0000, half_ulp = 0x3ca0'0000'0000'0000;
  CHECK(D::add(one, half_ulp, Rounding::kNearestMaxMagnitude, flags) == one + 1);
  CHECK(D::add(one | D::kSign, half_ulp | D::kSign, Rounding::kNearestMaxMagnitude, flags) ==
        (D::kSign | (one + 1)));
  CHECK(flags == kFlagInexact);
  flags = 0;
  // Just below the tie stays.
  CHECK(D::add(one, half_ulp - 1, Rounding::kNearestMaxMagnitude, flags) == one);
  // 2.5 to an integer: 3, to even it would be 2.
  CHECK(D::to_integer(0x4004'0000'0000'0000, 32, true, Rounding::kNearestMaxMagnitude, flags) == 3);
  CHECK(D::to_integer(0x4004'0000'0000'0000, 32, true, Rounding::kNearestEven, flags) == 2);
}

TEST_CASE("Soft float saturates conversions to integers and reports them invalid", "[cpu]") {
  // [UNPRIV: Single-Precision Floating-Point Conversion and Move Instructions]
  const auto convert = [](std::uint64_t a, unsigned width, bool is_signed) {
    unsigned flags = 0;
    const std::uint64_t value = D::to_integer(a, width, is_signed, Rounding::kZero, flags);
    return Result{value, flags};
  };
  const std::uint64_t minus_one = 0xbff0'0000'0000'0000, nan = D::kCanonicalNan;
  CHECK(convert(nan, 32, true) == Result{0x7fff'ffff, kFlagInvalid});
  CHECK(convert(nan, 32, false) == Result{~std::uint64_t{0}, kFlagInvalid});
  CHECK(convert(D::kInfinity, 64, true) == Result{0x7fff'ffff'ffff'ffff, kFlagInvalid});
  CHECK(convert(D::kInfinity | D::kSign, 64, true) == Result{D::kSign, kFlagInvalid});
  CHECK(convert(minus_one, 32, false) == Result{0, kFlagInvalid});
  CHECK(convert(0xbfe0'0000'0000'0000, 32, false) == Result{0, kFlagInexact});           // -0.5
  CHECK(convert(0x41e0'0000'0000'0000, 32, true) == Result{0x7fff'ffff, kFlagInvalid});  // 2^31
  CHECK(convert(0xc1e0'0000'0000'0000, 32, true) == Result{0xffff'ffff'8000'0000, 0});
  // Unsigned words come out sign-extended.
  CHECK(convert(0x41ef'ffff'ffe0'0000, 32, false) == Result{~std::uint64_t{0}, 0});  // 2^32 - 1
}

TEST_CASE("Soft float orders zeros and drops NaNs in minimum and maximum", "[cpu]") {
  unsigned flags = 0;
  CHECK(S::min_max(0, S::kSign, false, flags) == S::kSign);
  CHECK(S::min_max(S::kSign, 0, true, flags) == 0);
  CHECK(S::min_max(S::kCanonicalNan, 0x3f80'0000, false, flags) == 0x3f80'0000);
  CHECK(flags == 0);
  CHECK(S::min_max(S::kInfinity | 1, S::kCanonicalNan, false, flags) == S::kCanonicalNan);
  CHECK(flags == kFlagInvalid);
}

TEST_CASE("Soft float reports zero times infinity invalid even with a quiet NaN addend", "[cpu]") {
  unsigned flags = 0;
  CHECK(D::fma(0, D::kInfinity, D::kCanonicalNan, Rounding::kZero, flags) == D::kCanonicalNan);
  CHECK(flags == kFlagInvalid);
}

}  // namespace
}  // namespace cvp
