// SPDX-License-Identifier: Apache-2.0
//
// Bits that flip on the wires of one direction. No SystemC. The same seed gives the same errors.
// Bytes go over the lanes in turn, from one flit to the next: byte k of all since the link came up
// over lane k % lanes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/ucie/adapter/ucie_flit.h"
#include "models/ucie/adapter/ucie_random.h"

namespace cvp {

struct UcieBitFaults {
  std::vector<double> lane_ber;  ///< One a lane; empty: no bit errors.
  double burst = 0;  ///< Of a flit: up to `burst_bits` consecutive bits, in the order of the wire.
  std::uint32_t burst_bits = 16;

  bool any() const;
};

class UcieNoise {
 public:
  UcieNoise(const UcieFlitLayout& layout, UcieBitFaults faults, std::uint64_t seed);

  /// Other errors from now on; the next byte goes over the first lane.
  void change(UcieBitFaults faults);
  /// For each flit in the order in which they leave; true: its bits are not what they were.
  bool damage(UcieFlit& flit);
  std::uint64_t damaged_flits() const { return damaged_flits_; }
  std::uint64_t bursts() const { return bursts_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(faults_.lane_ber, worst_ber_, first_lane_, random_, next_error_, damaged_flits_,
            bursts_);
  }

 private:
  bool damage_bits(UcieFlit& flit);
  void damage_burst(UcieFlit& flit);

  const UcieFlitLayout* layout_;
  UcieBitFaults faults_;
  double worst_ber_ = 0;
  std::size_t first_lane_ = 0;  // Of the next flit.
  UcieRandom random_;
  std::uint64_t next_error_ = UcieRandom::kNever;  // Bits of flits until the next that may flip.
  std::uint64_t damaged_flits_ = 0, bursts_ = 0;
};

}  // namespace cvp
