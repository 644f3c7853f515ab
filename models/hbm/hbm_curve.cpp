// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_curve.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <queue>
#include <string>
#include <utility>

#include <toml++/toml.h>

#include "models/core/report.h"
#include "models/core/splitmix64.h"
#include "models/hbm/cycle/cycle_engine.h"
#include "models/hbm/cycle/dram_command.h"

namespace cvp {
namespace {

using hbm_cycle::Completion;
using hbm_cycle::CycleEngine;
using hbm_cycle::kNever;

std::vector<double> numbers(const toml::table& table, std::string_view key) {
  std::vector<double> all;
  const toml::array* list = table[key].as_array();
  CVP_CHECK(list != nullptr, "functional curves: no ", key);
  for (const toml::node& node : *list) all.push_back(node.value_or(0.0));
  return all;
}

std::map<std::string, HbmCurve, std::less<>> read_curves() {
  const toml::table file = toml::parse(hbm_curve_texts().front());
  std::map<std::string, HbmCurve, std::less<>> curves;
  for (const auto& [name, node] : file) {
    const toml::table* table = node.as_table();
    if (table == nullptr) continue;
    HbmCurve curve{(*table)["bandwidth"].value_or(0.0), numbers(file, "load"),
                   numbers(*table, "latency")};
    CVP_CHECK(
        curve.bandwidth > 0 && curve.load.size() == curve.latency.size() && !curve.load.empty(),
        "functional curve of ", name.str());
    curves.emplace(std::string(name.str()), std::move(curve));
  }
  return curves;
}

const std::map<std::string, HbmCurve, std::less<>>& stored_curves() {
  static const auto curves = read_curves();
  return curves;
}

// All that reads feel, in clocks: two sets that agree in it have the same curve.
using Felt = std::pair<std::string, std::vector<unsigned>>;
Felt felt_by_reads(const HbmTiming& t) {
  const HbmGeometry& g = t.geometry;
  const HbmCommands& c = t.commands;
  return {t.policy,
          {g.pseudo_channels,
           g.stack_ids,
           g.bank_groups,
           g.banks,
           g.columns,
           g.burst_bytes,
           g.ranks ? 1u : 0u,
           t.burst,
           t.cl,
           t.rcd_rd,
           t.rp,
           t.ras,
           t.rc,
           t.ccd_s,
           t.ccd_l,
           t.ccd_r,
           t.rrd_s,
           t.rrd_l,
           t.faw,
           t.rtp,
           t.ppd,
           c.count_from_end ? 1u : 0u,
           c.act,
           c.column,
           c.precharge,
           c.refresh,
           c.buses,
           t.refi,
           t.rfc_ab}};
}

/// Random reads of 1 KiB in one channel, a burst each request.
class Meter {
 public:
  struct Outcome {
    double bursts_a_tick, latency;  ///< Latency: mean, in ticks.
  };

  /// `bursts_a_tick`: offered; 0: as many as can be served.
  Meter(const HbmTiming& timing, double bursts_a_tick)
      : engine_({timing, HbmMap::interleaved(timing.geometry, kInterleave),
                 *hbm_cycle::find_controller_policy(timing.policy)}),
        burst_(timing.geometry.burst_bytes),
        bursts_a_tick_(bursts_a_tick) {}

  Outcome run() {
    Tick now = 0;  // Everything up to the end of this tick has happened.
    while (done_ < kBursts) {
      while (next_send() <= now) send(now);
      while (engine_.next_tick() <= std::min(next_send(), next_end())) engine_.step(fresh_), sort();
      now = std::min(next_send(), next_end());
      while (next_end() <= now) end(now);
    }
    const auto counted = static_cast<double>(kBursts - kWarmUp);
    return {counted / static_cast<double>(now + 1 - warm_), latency_ / counted};
  }

 private:
  static constexpr std::uint64_t kBursts = 30'000, kWarmUp = 5'000, kOutstanding = 512;
  static constexpr std::uint64_t kBlock = 1024;
  static constexpr unsigned kInterleave = 512;

  struct Later {
    bool operator()(const Completion& a, const Completion& b) const { return a.tick > b.tick; }
  };

  Tick next_send() const {
    if (sent_ == kBursts || sent_ - done_ == kOutstanding) return kNever;
    if (bursts_a_tick_ == 0) return 0;
    return static_cast<Tick>(std::ceil(static_cast<double>(sent_ + 1) / bursts_a_tick_)) - 1;
  }
  Tick next_end() const { return ends_.empty() ? kNever : ends_.top().tick; }

  void send(Tick now) {
    const std::uint64_t block = sent_ * burst_ / kBlock;
    const std::uint64_t base = splitmix64(block) % (engine_.bytes() / kBlock) * kBlock;
    begun_[sent_] = now;
    engine_.submit(sent_, false, base + sent_ * burst_ % kBlock, burst_, now);
    ++sent_;
  }
  void sort() {
    for (const Completion& end : fresh_) ends_.push(end);
    fresh_.clear();
  }
  void end(Tick now) {
    if (++done_ == kWarmUp) warm_ = now;
    if (done_ > kWarmUp) latency_ += static_cast<double>(now - begun_[ends_.top().id]);
    ends_.pop();
  }

  CycleEngine engine_;
  const std::uint64_t burst_;
  const double bursts_a_tick_;
  std::vector<Tick> begun_ = std::vector<Tick>(kBursts);
  std::vector<Completion> fresh_;
  std::priority_queue<Completion, std::vector<Completion>, Later> ends_;
  std::uint64_t sent_ = 0, done_ = 0;
  Tick warm_ = 0;
  double latency_ = 0;  // Sum.
};

}  // namespace

double HbmCurve::latency_at(double at, double idle) const {
  const auto above = std::upper_bound(load.begin(), load.end(), at);
  if (above == load.end()) return latency.back();
  const auto i = static_cast<std::size_t>(above - load.begin());
  const double from = i > 0 ? load[i - 1] : 0, low = i > 0 ? latency[i - 1] : idle;
  return low + (at - from) / (load[i] - from) * (latency[i] - low);
}

HbmCurve measure_hbm_curve(const HbmTiming& of, const std::vector<double>& load) {
  HbmTiming timing = of;
  timing.geometry.channels = 1;
  const double served = Meter(timing, 0).run().bursts_a_tick;
  const double peak = timing.geometry.pseudo_channels / (2.0 * timing.burst);
  HbmCurve curve{.bandwidth = served / peak, .load = load, .latency = {}};
  for (const double part : load) {
    curve.latency.push_back(Meter(timing, part * served).run().latency / 2);
  }
  return curve;
}

const HbmCurve* find_hbm_curve(const HbmTiming& timing) {
  const bool measurable = timing.geometry.banks_of_pseudo_channel() <= hbm_cycle::kMaxBanks;
  for (const HbmTiming& known : hbm_timings()) {
    HbmTiming like = known;
    if (!measurable) {
      like.geometry.stack_ids = timing.geometry.stack_ids;
      like.geometry.rows = timing.geometry.rows;
      like = known.with_geometry(like.geometry);
    }
    if (felt_by_reads(like) == felt_by_reads(timing)) return &stored_curves().at(known.name);
  }
  return nullptr;
}

const HbmCurve& hbm_curve(const HbmTiming& timing) {
  if (const HbmCurve* stored = find_hbm_curve(timing)) return *stored;
  static std::map<Felt, HbmCurve> measured;
  const auto key = felt_by_reads(timing);
  const auto found = measured.find(key);
  if (found != measured.end()) return found->second;
  const std::vector<double>& load = stored_curves().begin()->second.load;
  return measured.emplace(key, measure_hbm_curve(timing, load)).first->second;
}

}  // namespace cvp
