// SPDX-License-Identifier: Apache-2.0
//
// hbm_gemv [<columns>]: y = W x in FP16 over all channels of an HBM3-6400 stack, 16 rows of W for
// each unit, by the compute units beside the banks and by a reader of all of W. Prints one JSON
// object: time and energy of both, and of the units without refreshes. The exit code is 1 if one of
// the results differs.
#include <algorithm>
#include <cstdio>
#include <map>
#include <vector>

#include "models/core/splitmix64.h"
#include "models/hbm/hbm_energy.h"
#include "models/hbm/hbm_engine.h"
#include "models/hbm/hbm_inverse.h"
#include "models/hbm/hbm_params.h"
#include "models/hbm/pim/pim_array.h"
#include "tests/performance/hbm/arguments.h"

namespace {

using namespace cvp;

constexpr std::uint32_t kRowW = 0, kRowX = 8192;  // Of the even banks, of the odd banks.
constexpr unsigned kColumnsInRow = 32;
constexpr unsigned kMostColumns = 16384;  // A run executes 65,536 instructions, two a column.

// Either sign, 1/8 to 8, a full significand: nearly every sum is rounded.
PimVector random_burst(std::uint64_t seed) {
  PimVector burst;
  for (unsigned lane = 0; lane < kPimLanes; ++lane) {
    const std::uint64_t r = splitmix64(seed * kPimLanes + lane);
    burst[lane] = static_cast<Half>((r & 1) << 15 | (12 + (r >> 1) % 6) << 10 | (r >> 10 & 0x3ff));
  }
  return burst;
}

// W is what its place makes of it; what is written is kept.
class Cells : public PimMemory {
 public:
  bool read(const HbmPlace& place, PimVector& data) override {
    const auto found = written_.find(place);
    data = found != written_.end() ? found->second : random_burst(place.bits);
    return true;
  }
  bool write(const HbmPlace& place, const PimVector& data) override {
    written_[place] = data;
    return true;
  }

 private:
  std::map<HbmPlace, PimVector> written_;
};

struct Cost {
  Femtoseconds time;
  double access, whole;  // pJ.
  std::uint64_t commands = 0;
};

struct Gemv {
  HbmParams params;
  HbmTiming timing = params.timing();
  unsigned columns;
  std::vector<PimVector> x;  // 16 columns each.

  explicit Gemv(unsigned columns) : columns(columns) {
    for (unsigned n = 0; n < columns / kPimLanes; ++n) x.push_back(random_burst(~std::uint64_t{n}));
  }
  unsigned units() const { return timing.geometry.bank_count() / 2; }
  HbmPlace w(unsigned channel, unsigned unit, unsigned column) const {
    return place_at(channel, 2 * unit, kRowW + column / kColumnsInRow, column % kColumnsInRow);
  }
  HbmEngine engine(HbmRefresh refresh) const {
    return HbmEngine(
        {.timing = timing, .map = params.map_in_use(), .controller = {.refresh = refresh}});
  }
};

Cost cost_of(const Gemv& gemv, const HbmEngine& engine, Femtoseconds time,
             const PimCounters& pim = {}) {
  const HbmEnergyUse use = hbm_energy(
      gemv.timing,
      {.counters = engine.counters(time), .residency = {}, .closed = {}, .now = time, .pim = pim});
  return {time, use.access(), use.total(), pim.commands};
}

// The program of firmware/tests/hbm_pim_test.c.
Cost multiply_beside_banks(const Gemv& gemv, Cells& cells, HbmRefresh refresh) {
  const std::uint32_t all = gemv.timing.geometry.all_channels();
  PimArray array(gemv.timing, cells);
  PimPointer odd{.row = kRowX};
  for (const PimVector& burst : gemv.x) array.broadcast(all, true, odd, burst);
  std::array<std::uint32_t, kPimCrfEntries> program{
      pim_instruction(kPimMov, kPimGrfB, kPimZero, 0),
      pim_instruction(kPimFill, kPimSrf, kPimOdd, 0),
      pim_instruction(kPimMac, kPimGrfB, kPimEven, kPimSrf) | kPimCountsUpSecond,
      pim_jump(2, kPimSrfEntries - 1),
      pim_jump(1, gemv.columns / kPimSrfEntries - 1),
      pim_instruction(kPimMov, kPimEven, kPimGrfB, 0),
      pim_instruction(kPimExit, 0, 0, 0)};
  const auto out = array.run({.program = program,
                              .channels = all,
                              .even = {.row = kRowW},
                              .odd = {.row = kRowX},
                              .start = 0,
                              .refreshes = refresh == HbmRefresh::kNone ? 0u : 1u});
  if (out.error != PimError::kNone) std::fputs("the program failed\n", stderr);
  return cost_of(gemv, gemv.engine(refresh), Clock(gemv.timing.clock).at(out.end),
                 array.counters());
}

// In the order of the addresses, 512 bursts a channel outstanding.
Cost read_all(const Gemv& gemv) {
  HbmEngine engine = gemv.engine(HbmRefresh::kAllBank);
  const HbmGeometry& g = gemv.timing.geometry;
  const std::uint64_t row_bytes = g.stack_bytes() / g.rows;
  const std::uint32_t rows = gemv.columns / kColumnsInRow;
  std::vector<Femtoseconds> ends(std::size_t{512} * g.channels);
  std::uint64_t number = 0;
  Femtoseconds arrival, end;
  for (Addr at = kRowW * row_bytes; at < (kRowW + rows) * row_bytes; at += g.burst_bytes) {
    if (engine.place(at).bank() % 2 != 0) continue;
    Femtoseconds& slot = ends[number++ % ends.size()];
    arrival = std::max(arrival, slot);
    slot = engine.access(false, at, g.burst_bytes, arrival);
    end = std::max(end, slot);
  }
  return cost_of(gemv, engine, end);
}

// What the reader would get of it, in the same order.
std::uint64_t wrong_results(const Gemv& gemv, Cells& cells) {
  std::uint64_t wrong = 0;
  PimVector w, y;
  for (unsigned channel = 0; channel < gemv.timing.geometry.channels; ++channel) {
    for (unsigned unit = 0; unit < gemv.units(); ++unit) {
      PimVector sums{};
      for (unsigned k = 0; k < gemv.columns; ++k) {
        const Half factor = gemv.x[k / kPimLanes][k % kPimLanes];
        cells.read(gemv.w(channel, unit, k), w);
        for (unsigned lane = 0; lane < kPimLanes; ++lane) {
          sums[lane] = half_add(sums[lane], half_mul(w[lane], factor));
        }
      }
      cells.read(gemv.w(channel, unit, gemv.columns), y);
      wrong += y != sums;
    }
  }
  return wrong;
}

void print(const char* who, const Cost& cost, const char* behind) {
  std::printf("\"%s\": {\"ns\": %.1f, \"access_pj\": %.0f, \"pj\": %.0f, \"commands\": %llu}%s",
              who, cost.time.nanoseconds(), cost.access, cost.whole,
              static_cast<unsigned long long>(cost.commands), behind);
}

}  // namespace

int main(int argc, char** argv) {
  const auto columns =
      hbm_experiment::number_from(argc > 1 ? argv[1] : "8192", kColumnsInRow, kMostColumns);
  if (argc > 2 || !columns || *columns % kColumnsInRow != 0) {
    std::fprintf(stderr, "usage: hbm_gemv [<columns>]; expected a multiple of %u up to %u\n",
                 kColumnsInRow, kMostColumns);
    return 2;
  }
  const Gemv gemv(static_cast<unsigned>(*columns));
  Cells cells;
  const Cost units = multiply_beside_banks(gemv, cells, HbmRefresh::kAllBank);
  const Cost unrefreshed = multiply_beside_banks(gemv, cells, HbmRefresh::kNone);
  const Cost reader = read_all(gemv);
  const std::uint64_t wrong = wrong_results(gemv, cells);
  const std::uint64_t outputs =
      std::uint64_t{gemv.units()} * gemv.timing.geometry.channels * kPimLanes;
  std::printf("{\"outputs\": %llu, \"columns\": %u, \"wrong_units\": %llu, \"refi_ns\": %.0f, ",
              static_cast<unsigned long long>(outputs), gemv.columns,
              static_cast<unsigned long long>(wrong),
              Clock(gemv.timing.clock).at(gemv.timing.refi).nanoseconds());
  print("reader", reader, ", ");
  print("units", units, ", ");
  print("units_without_refresh", unrefreshed, "}\n");
  return wrong > 0 ? 1 : 0;
}
