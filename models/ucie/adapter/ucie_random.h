// SPDX-License-Identifier: Apache-2.0
//
// Random numbers for what goes wrong on a link: the same seed gives the same faults. No SystemC.
#pragma once

#include "models/core/splitmix64.h"

namespace cvp {

/// Repeatable random numbers, each independent of the others.
class UcieRandom {
 public:
  explicit UcieRandom(std::uint64_t seed = 1) : state_(splitmix64(seed)) {}

  std::uint64_t next() { return splitmix64(state_++); }
  std::uint64_t below(std::uint64_t count) { return next() % count; }
  double fraction() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  bool chance(double probability) { return probability > 0 && fraction() < probability; }
  /// Failures before the first success, each trial with this probability; kNever for 0.
  std::uint64_t trials_before(double probability);
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  template <class Archive>
  void serialize(Archive& archive) {
    archive(state_);
  }

 private:
  std::uint64_t state_;
};

}  // namespace cvp
