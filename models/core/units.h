// SPDX-License-Identifier: Apache-2.0
//
// Quantities with their units: time, frequency, rates, sizes. No SystemC.
//
// Time is counted in femtoseconds, the kernel's resolution (5.1 hours of range). A model counts
// cycles of its own Clock and converts n * period once, never by adding rounded periods.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace cvp {

using Addr = std::uint64_t;

/// A point in simulated time or a length of it.
struct Femtoseconds {
  std::uint64_t value = 0;

  auto operator<=>(const Femtoseconds&) const = default;
  constexpr Femtoseconds& operator+=(Femtoseconds other) { return value += other.value, *this; }
  constexpr Femtoseconds& operator-=(Femtoseconds other) { return value -= other.value, *this; }
  constexpr double seconds() const { return static_cast<double>(value) * 1e-15; }
  constexpr double nanoseconds() const { return static_cast<double>(value) * 1e-6; }
  static constexpr Femtoseconds max() { return {std::numeric_limits<std::uint64_t>::max()}; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(value);
  }
};

constexpr Femtoseconds operator+(Femtoseconds a, Femtoseconds b) { return {a.value + b.value}; }
constexpr Femtoseconds operator-(Femtoseconds a, Femtoseconds b) { return {a.value - b.value}; }
constexpr Femtoseconds operator*(Femtoseconds a, std::uint64_t n) { return {a.value * n}; }
constexpr Femtoseconds operator*(std::uint64_t n, Femtoseconds a) { return {a.value * n}; }
constexpr Femtoseconds operator/(Femtoseconds a, std::uint64_t n) { return {a.value / n}; }
constexpr std::uint64_t operator/(Femtoseconds a, Femtoseconds b) { return a.value / b.value; }

/// Cycles or events a second.
struct Frequency {
  std::uint64_t hertz = 0;
  auto operator<=>(const Frequency&) const = default;
};

/// Transfers (bits) a second on one lane or pin.
struct DataRate {
  std::uint64_t transfers_per_second = 0;
  auto operator<=>(const DataRate&) const = default;
};

/// Bytes a second.
struct Bandwidth {
  double bytes_per_second = 0;
  auto operator<=>(const Bandwidth&) const = default;
  /// Time that `bytes` take, rounded to the nearest femtosecond.
  constexpr Femtoseconds time_for(std::uint64_t bytes) const {
    return {static_cast<std::uint64_t>(static_cast<double>(bytes) * 1e15 / bytes_per_second + 0.5)};
  }
};

/// Converts between cycles of one clock and time. The period is 10^15 / f femtoseconds, a rational
/// number: every conversion rounds once, to the nearest. Most periods are whole femtoseconds, which
/// spares the wide division.
class Clock {
 public:
  constexpr explicit Clock(Frequency frequency)
      : hertz_(frequency.hertz),
        period_(hertz_ > 0 && kFsPerSecond % hertz_ == 0 ? kFsPerSecond / hertz_ : 0) {}

  constexpr Frequency frequency() const { return {hertz_}; }
  /// Time of `cycles` periods; Femtoseconds::max() if it lies beyond the range.
  constexpr Femtoseconds at(std::uint64_t cycles) const {
    const Wide time = exactly(cycles);
    return time > Femtoseconds::max().value ? Femtoseconds::max()
                                            : Femtoseconds{static_cast<std::uint64_t>(time)};
  }
  /// The last cycle that has begun at `time`.
  constexpr std::uint64_t cycles_in(Femtoseconds time) const {
    if (period_ != 0) return time.value / period_;
    auto cycles = static_cast<std::uint64_t>(Wide{time.value} * hertz_ / kFsPerSecond);
    while (exactly(cycles + 1) <= time.value) ++cycles;
    while (cycles > 0 && exactly(cycles) > time.value) --cycles;
    return cycles;
  }
  /// The first cycle that begins at or after `time`.
  constexpr std::uint64_t cycles_until(Femtoseconds time) const {
    const auto cycles = cycles_in(time);
    return exactly(cycles) < time.value ? cycles + 1 : cycles;
  }

 private:
  __extension__ using Wide = unsigned __int128;
  static constexpr std::uint64_t kFsPerSecond = 1'000'000'000'000'000;
  constexpr Wide exactly(std::uint64_t cycles) const {
    if (period_ != 0) return Wide{cycles} * period_;
    return (Wide{cycles} * kFsPerSecond + hertz_ / 2) / hertz_;
  }
  std::uint64_t hertz_;
  std::uint64_t period_;  // 0: not a whole number of femtoseconds.
};

/// How a part is modelled. `kBoth` runs two of them and compares; `kCycle` is a model clock by
/// clock.
enum class Fidelity : std::uint8_t { kFunctional, kApproximate, kRtl, kBoth, kCycle };

namespace literals {
// clang-format off
constexpr Femtoseconds operator""_fs(unsigned long long n) { return {n}; }
constexpr Femtoseconds operator""_ps(unsigned long long n) { return {n * 1'000}; }
constexpr Femtoseconds operator""_ns(unsigned long long n) { return {n * 1'000'000}; }
constexpr Femtoseconds operator""_us(unsigned long long n) { return {n * 1'000'000'000}; }
constexpr Femtoseconds operator""_ms(unsigned long long n) { return {n * 1'000'000'000'000}; }
constexpr Femtoseconds operator""_s(unsigned long long n) { return {n * 1'000'000'000'000'000}; }
constexpr Femtoseconds operator""_ps(long double x) { return {static_cast<std::uint64_t>(x * 1e3L + 0.5L)}; }
constexpr Femtoseconds operator""_ns(long double x) { return {static_cast<std::uint64_t>(x * 1e6L + 0.5L)}; }
constexpr Femtoseconds operator""_us(long double x) { return {static_cast<std::uint64_t>(x * 1e9L + 0.5L)}; }
constexpr std::uint64_t operator""_KiB(unsigned long long n) { return n << 10; }
constexpr std::uint64_t operator""_MiB(unsigned long long n) { return n << 20; }
constexpr std::uint64_t operator""_GiB(unsigned long long n) { return n << 30; }
constexpr std::uint64_t operator""_TiB(unsigned long long n) { return n << 40; }
constexpr Frequency operator""_Hz(unsigned long long n) { return {n}; }
constexpr Frequency operator""_kHz(unsigned long long n) { return {n * 1'000}; }
constexpr Frequency operator""_MHz(unsigned long long n) { return {n * 1'000'000}; }
constexpr Frequency operator""_GHz(unsigned long long n) { return {n * 1'000'000'000}; }
constexpr Frequency operator""_GHz(long double x) { return {static_cast<std::uint64_t>(x * 1e9L + 0.5L)}; }
constexpr DataRate operator""_GTps(unsigned long long n) { return {n * 1'000'000'000}; }
constexpr DataRate operator""_GTps(long double x) { return {static_cast<std::uint64_t>(x * 1e9L + 0.5L)}; }
constexpr Bandwidth operator""_GBps(unsigned long long n) { return {static_cast<double>(n) * 1e9}; }
constexpr Bandwidth operator""_GBps(long double x) { return {static_cast<double>(x) * 1e9}; }
// clang-format on
}  // namespace literals

using namespace literals;

}  // namespace cvp
