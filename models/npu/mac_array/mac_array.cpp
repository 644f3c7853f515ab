// SPDX-License-Identifier: Apache-2.0
#include "models/npu/mac_array/mac_array.h"

#include <algorithm>

#include "models/core/report.h"
#include "models/npu/mac_array/mac_array_models.h"

namespace cvp {

namespace {

void count(MacArrayStatistics& statistics, const TileJob& job, const TileRecord& record) {
  ++statistics.tiles;
  statistics.cycles += record.cycles;
  statistics.macs += job.m * job.n * job.k;
}

}  // namespace

TileRecord MacArrayFunctional::run(const TileJob& job, const StallPattern&) {
  multiply(job, queue_.front_for(job));
  queue_.pop();
  TileRecord record;
  record.cycles = job.m + TileRecord::kPipelineCycles;
  count(statistics_, job, record);
  return record;
}

MacArrayState MacArrayFunctional::state() const { return {{}, {}, queue_.all(), statistics_}; }

void MacArrayFunctional::restore(const MacArrayState& state) {
  queue_.set(state.weights);
  statistics_ = state.statistics;
}

void MacArrayApproximate::preload(const TileWeights& next) {
  queue_.push(next);
  surroundings_.add_weights(static_cast<std::uint32_t>(next.k));
}

TileRecord MacArrayApproximate::run(const TileJob& job, const StallPattern& stalls) {
  multiply(job, queue_.front_for(job));
  surroundings_.start(job.m);
  TileRecord record;
  if (stalls.cycles.empty() && !record_) {
    record = closed_form(job.m);
  } else {
    RecordBuilder builder(record_);
    while (!surroundings_.done()) {
      const std::uint8_t handshakes = control_.step(surroundings_.drive(stalls));
      surroundings_.sample(handshakes);
      builder.add(handshakes);
    }
    record = builder.finish(job.m);
  }
  queue_.pop();
  count(statistics_, job, record);
  return record;
}

// With nothing stalled, counting from the job's first cycle:
//   first = 0          if the weights are in the active bank,
//           1          if they are in the spare bank (one cycle to swap),
//           beats + 1  if `beats` rows of them are still to come;
//   rows go in at first .. first + m - 1, results leave two cycles later, so the job takes
//   first + m + 2 cycles; meanwhile the next tile's weights load from `first` on, one row a cycle,
//   and swap in behind this tile's last row when they are complete one cycle before the end.
TileRecord MacArrayApproximate::closed_form(std::uint64_t rows) {
  const auto& beats = surroundings_.weight_beats();
  std::size_t current = 0;  // Entries of `beats` that belong to this job.
  std::uint64_t first = 0;
  if (!control_.active_valid()) {
    if (!control_.spare_full()) current = 1;
    first = current == 1 ? beats.at(0) + 1 : 1;
  }
  const std::uint64_t next = beats.size() > current ? beats[current] : 0;
  const bool has_next = queue_.all().size() > 1;
  const std::uint64_t window = rows + TileRecord::kPipelineCycles;
  const bool complete = has_next && next <= window;
  surroundings_.skip((current == 1 ? beats[0] : 0) + std::min(next, window));
  control_.set_banks(has_next && next < window, complete && next == window);
  TileRecord record;
  record.cycles = first + window;
  record.weight_shift = first;
  return record;
}

void MacArrayApproximate::reset() {
  queue_.clear();
  surroundings_ = {};
  control_ = {};
}

MacArrayState MacArrayApproximate::state() const {
  return {surroundings_, control_, queue_.all(), statistics_};
}

void MacArrayApproximate::restore(const MacArrayState& state) {
  surroundings_ = state.surroundings;
  control_ = state.control;
  queue_.set(state.weights);
  statistics_ = state.statistics;
}

MacArrayBoth::MacArrayBoth(std::unique_ptr<MacArray> reference, std::unique_ptr<MacArray> subject,
                           std::uint64_t tiles, bool record)
    : reference_(std::move(reference)),
      subject_(std::move(subject)),
      tiles_(tiles),
      record_(record) {}

void MacArrayBoth::preload(const TileWeights& next) {
  reference_->preload(next);
  if (comparing()) subject_->preload(next);
}

TileRecord MacArrayBoth::run(const TileJob& job, const StallPattern& stalls) {
  TileRecord record;
  if (comparing()) {
    std::vector<std::int32_t> subject_c(job.c.begin(), job.c.end());
    record = reference_->run(job, stalls);
    TileJob subject_job = job;
    subject_job.c = subject_c;
    const TileRecord got = subject_->run(subject_job, stalls);
    compare(job, subject_c, record, got);
    if (!record_) record.handshakes.clear();
  } else {
    record = reference_->run(job, stalls);
  }
  count(statistics_, job, record);
  return record;
}

void MacArrayBoth::compare(const TileJob& job, std::span<const std::int32_t> subject_c,
                           const TileRecord& expected, const TileRecord& got) {
  const std::uint64_t tile = statistics_.tiles;
  ++statistics_.tiles_compared;
  std::string difference;

  const auto word = std::mismatch(job.c.begin(), job.c.end(), subject_c.begin());
  if (word.first != job.c.end()) {
    const auto index = static_cast<std::size_t>(word.first - job.c.begin());
    difference =
        concat("tile ", tile, ", row ", index / job.n, ", column ", index % job.n, ": model ",
               *word.first, " (", hex(static_cast<std::uint32_t>(*word.first)), "), rtl ",
               *word.second, " (", hex(static_cast<std::uint32_t>(*word.second)), ")");
  }
  const auto& want = expected.handshakes;
  const auto& have = got.handshakes;
  const std::size_t common = std::min(want.size(), have.size());
  const auto at = static_cast<std::size_t>(
      std::mismatch(want.begin(), want.begin() + static_cast<std::ptrdiff_t>(common), have.begin())
          .first -
      want.begin());
  if (difference.empty() && at < common) {
    static constexpr const char* kSignals[] = {"weight_valid", "weight_ready", "row_valid",
                                               "row_ready",    "result_valid", "result_ready",
                                               "result_last"};
    const unsigned changed = want[at] ^ have[at];
    for (std::size_t bit = 0; bit < std::size(kSignals); ++bit) {
      if (!((changed >> bit) & 1)) continue;
      difference = concat("tile ", tile, ", cycle ", at, ", ", kSignals[bit], ": model ",
                          (want[at] >> bit) & 1, ", rtl ", (have[at] >> bit) & 1);
      break;
    }
  } else if (difference.empty() && expected.cycles != got.cycles) {
    difference =
        concat("tile ", tile, ", length: model ", expected.cycles, " cycles, rtl ", got.cycles);
  }
  if (difference.empty()) return;
  ++statistics_.tiles_different;
  if (statistics_.first_difference.empty()) statistics_.first_difference = difference;
}

void MacArrayBoth::reset() {
  reference_->reset();
  subject_->reset();
}

MacArrayState MacArrayBoth::state() const {
  MacArrayState state = reference_->state();
  state.statistics = statistics_;
  return state;
}

void MacArrayBoth::restore(const MacArrayState& state) {
  reference_->restore(state);
  subject_->restore(state);
  statistics_ = state.statistics;
}

bool mac_array_has_rtl() {
#ifdef CVP_HAS_RTL
  return true;
#else
  return false;
#endif
}

std::unique_ptr<MacArray> make_mac_array(const MacArrayParams& params) {
  const bool rtl = params.fidelity == Fidelity::kRtl || params.fidelity == Fidelity::kBoth;
  CVP_CHECK(!rtl || mac_array_has_rtl(),
            "mac_array.fidelity rtl or both in a build without Verilator; expected functional or "
            "approximate, or a build with CVP_RTL");
  if (params.fidelity == Fidelity::kFunctional) return std::make_unique<MacArrayFunctional>(params);
#ifdef CVP_HAS_RTL
  if (params.fidelity == Fidelity::kRtl) return make_mac_array_rtl(params);
  if (params.fidelity == Fidelity::kBoth) {
    MacArrayParams recording = params;
    recording.record = true;
    return std::make_unique<MacArrayBoth>(std::make_unique<MacArrayApproximate>(recording),
                                          make_mac_array_rtl(recording), params.both_tiles,
                                          params.record);
  }
#endif
  return std::make_unique<MacArrayApproximate>(params);
}

}  // namespace cvp
