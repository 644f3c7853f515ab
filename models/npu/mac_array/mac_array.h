// SPDX-License-Identifier: Apache-2.0
//
// MAC array: multiplies one tile of the matrix product C += A x B with INT8 operands and INT32 sums
// that wrap. Several implementations share this interface; they give identical results and differ
// only in how they know the time taken. No SystemC.
//
// A session: the weights of the next job load while the current one runs, and the surroundings may
// stall each of the array's three streams in any cycle. The array's clock stands still between
// jobs; a job lasts until its last row of results has been taken.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/core/units.h"

namespace cvp {

struct MacArrayParams {
  Fidelity fidelity = Fidelity::kApproximate;
  std::uint32_t rows = 16;       ///< Length of a dot product; the RTL is built for 16.
  std::uint32_t columns = 16;    ///< Dot products a cycle; the RTL is built for 16.
  std::uint64_t both_tiles = 0;  ///< kBoth: compare that many tiles, then approximate; 0: all.
  bool record = false;           ///< Fill TileRecord::handshakes.
  std::string wave;              ///< kRtl, kBoth: FST file of the RTL's signals; empty: none.
  std::uint64_t wave_tile = 0;   ///< The tile in `wave`, counted from 0, its weights included.
  Frequency clock = 1_GHz;       ///< Scale of time in `wave`.
};

/// B of one tile: k x n, row-major.
struct TileWeights {
  std::size_t k = 0, n = 0;
  std::span<const std::int8_t> b;
};

/// One tile, row-major. A is m x k, C is m x n and accumulates; B is what was preloaded.
struct TileJob {
  std::size_t m = 0, n = 0, k = 0;
  std::span<const std::int8_t> a;
  std::span<std::int32_t> c;
  std::uint64_t start_cycle = 0;  ///< Of the array's clock; names the time in waveforms only.
};

/// The streams of the array, as bits of StallPattern.
enum : std::uint8_t { kStallWeight = 1, kStallRow = 2, kStallResult = 4 };

/// Which streams the surroundings hold up in each cycle of a job; none beyond the end. A stalled
/// weight or row is not offered (one already offered stays), a stalled result is not taken.
struct StallPattern {
  std::vector<std::uint8_t> cycles;
  bool stalls(std::uint64_t cycle, std::uint8_t stream) const {
    return cycle < cycles.size() && (cycles[cycle] & stream) != 0;
  }
};

/// Signals of one cycle, as bits of a TileRecord's handshakes.
enum : std::uint8_t {
  kWeightValid = 1,
  kWeightReady = 2,
  kRowValid = 4,
  kRowReady = 8,
  kResultValid = 16,
  kResultReady = 32,
  kResultLast = 64,
};

/// What happened, cycle by cycle, so that two arrays can be compared.
/// cycles = m + kPipelineCycles + weight_shift + stalled.
struct TileRecord {
  static constexpr std::uint64_t kPipelineCycles = 2;
  std::uint64_t cycles = 0;
  std::uint64_t weight_shift = 0;        ///< The first row waited for its weights to be shifted in.
  std::uint64_t stalled = 0;             ///< The surroundings held a stream up.
  std::vector<std::uint8_t> handshakes;  ///< One a cycle; filled when recording is on.
};

struct MacArrayStatistics {
  std::uint64_t tiles = 0, cycles = 0, macs = 0;
  std::uint64_t tiles_compared = 0, tiles_different = 0;
  std::string first_difference;  ///< Names tile, cycle and signal or word; empty: none.

  template <class Archive>
  void serialize(Archive& archive) {
    archive(tiles, cycles, macs, tiles_compared, tiles_different, first_difference);
  }
};

struct MacArrayState;

class MacArray {
 public:
  virtual ~MacArray() = default;
  /// Hands over the weights of the next job; they load while the current one runs. At most the
  /// current and the next job's weights may be waiting.
  virtual void preload(const TileWeights& next) = 0;
  /// Runs the job whose weights were preloaded first. Never waits; the caller turns cycles into
  /// time.
  virtual TileRecord run(const TileJob& job, const StallPattern& stalls) = 0;
  /// Forgets preloaded weights, as a reset does; keeps the statistics.
  virtual void reset() = 0;
  /// Between jobs: all that the session depends on.
  virtual MacArrayState state() const = 0;
  virtual void restore(const MacArrayState& state) = 0;

  const MacArrayStatistics& statistics() const { return statistics_; }

 protected:
  MacArrayStatistics statistics_;
};

/// Whether this build has the Verilated array (option CVP_RTL).
bool mac_array_has_rtl();
std::unique_ptr<MacArray> make_mac_array(const MacArrayParams& params);

}  // namespace cvp
