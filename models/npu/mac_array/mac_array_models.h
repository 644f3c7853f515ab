// SPDX-License-Identifier: Apache-2.0
//
// The MAC array's implementations that need no RTL, and the one that compares two others.
// No SystemC.
#pragma once

#include <memory>

#include "models/npu/mac_array/mac_array.h"
#include "models/npu/mac_array/mac_array_session.h"

namespace cvp {

/// Results, and one cycle a row: neither weights nor stalls cost time.
class MacArrayFunctional : public MacArray {
 public:
  explicit MacArrayFunctional(const MacArrayParams& params) : queue_(params) {}
  void preload(const TileWeights& next) override { queue_.push(next); }
  TileRecord run(const TileJob& job, const StallPattern& stalls) override;
  void reset() override { queue_.clear(); }
  MacArrayState state() const override;
  void restore(const MacArrayState& state) override;

 private:
  WeightQueue queue_;
};

/// Results and the RTL's exact cycles: in closed form when nothing stalls, else by stepping the
/// array's control.
class MacArrayApproximate : public MacArray {
 public:
  explicit MacArrayApproximate(const MacArrayParams& params)
      : queue_(params), record_(params.record) {}
  void preload(const TileWeights& next) override;
  TileRecord run(const TileJob& job, const StallPattern& stalls) override;
  void reset() override;
  MacArrayState state() const override;
  void restore(const MacArrayState& state) override;

 private:
  TileRecord closed_form(std::uint64_t rows);

  WeightQueue queue_;
  bool record_;
  ArraySurroundings surroundings_;
  ArrayControl control_;
};

/// Runs `subject` and `reference` on the same jobs and stalls and compares results word by word and
/// handshakes cycle by cycle. The results and cycles that count are the reference's. After `tiles`
/// (0: never) only the reference goes on. Both must record handshakes.
class MacArrayBoth : public MacArray {
 public:
  MacArrayBoth(std::unique_ptr<MacArray> reference, std::unique_ptr<MacArray> subject,
               std::uint64_t tiles, bool record);
  void preload(const TileWeights& next) override;
  TileRecord run(const TileJob& job, const StallPattern& stalls) override;
  void reset() override;
  MacArrayState state() const override;
  void restore(const MacArrayState& state) override;

 private:
  bool comparing() const { return tiles_ == 0 || statistics_.tiles_compared < tiles_; }
  void compare(const TileJob& job, std::span<const std::int32_t> subject_c,
               const TileRecord& expected, const TileRecord& got);

  std::unique_ptr<MacArray> reference_, subject_;
  std::uint64_t tiles_;
  bool record_;
};

/// The Verilated array; null in a build without it.
std::unique_ptr<MacArray> make_mac_array_rtl(const MacArrayParams& params);

}  // namespace cvp
