// SPDX-License-Identifier: Apache-2.0
//
// Access patterns of memory benchmarks, by name: `seq`, `rand:1024:333`, `s21:4096:0`, `file:F`.
// Each is a function from a request's number to its address and direction. No SystemC.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/core/units.h"

namespace cvp {

/// What a pattern runs on.
struct PatternSpace {
  std::uint64_t capacity;   ///< Addresses lie below.
  std::uint64_t unit = 32;  ///< Bytes of a request.
  std::uint64_t seed = 0;   ///< Of `rand`; 0: the reference experiment's.
};

class AccessPattern {
 public:
  /// Requests that follow each other, each a unit behind the one before. Fits two registers.
  struct Run {
    Addr address;
    std::uint32_t count;
    bool write;
  };

  /// The forms that parse() takes, a line each.
  static const char* grammar();
  /// Empty after an error, which then says what was expected.
  static std::optional<AccessPattern> parse(const std::string& text, const PatternSpace& space,
                                            std::string& error);

  /// Request number n and those after it that belong together; count >= 1.
  Run run(std::uint64_t n) const;
  /// How many requests there are; 0: without end.
  std::uint64_t size() const { return file_ ? file_->size() : 0; }
  /// Why it cannot have so many; empty if it can.
  std::string problem_of(std::uint64_t requests) const;

 private:
  enum class Kind : std::uint8_t { kSequential, kRandom, kStride, kStreams, kFile };

  /// Division by a number that is mostly a power of two.
  struct Divisor {
    explicit Divisor(std::uint64_t by);
    std::uint64_t quotient(std::uint64_t x) const { return power ? x >> shift : x / value; }
    std::uint64_t remainder(std::uint64_t x) const { return power ? x & (value - 1) : x % value; }
    std::uint64_t value;
    unsigned shift;
    bool power;
  };

  AccessPattern(Kind kind, const PatternSpace& space, std::uint64_t grain, std::uint64_t extra,
                unsigned streams);
  static std::optional<AccessPattern> load(const std::string& path, const PatternSpace& space,
                                           std::string& error);
  Run random(std::uint64_t n) const;
  Run stream(std::uint64_t n) const;
  /// A run at `address`, cut at the end of the memory and put on a whole unit.
  Run cut(Addr address, std::uint64_t count, bool write) const;

  Kind kind_;
  PatternSpace space_;
  std::uint64_t grain_, extra_;
  unsigned streams_;                                 // kStreams: the last one writes.
  bool write_ = false;                               // kSequential: all; kRandom: some.
  Divisor per_block_, blocks_, capacity_, quarter_;  // The last two: bytes.
  unsigned unit_bits_;
  std::shared_ptr<const std::vector<std::uint64_t>> file_;  // Address, bit 0: a write.
};

}  // namespace cvp
