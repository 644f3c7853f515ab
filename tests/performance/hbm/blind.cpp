// SPDX-License-Identifier: Apache-2.0
#include "tests/performance/hbm/blind.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "models/core/splitmix64.h"
#include "tests/performance/hbm/cycle_driver.h"
#include "tests/performance/hbm/naive_experiment.h"
#include "tests/performance/hbm/reference.h"

namespace cvp::hbm_experiment {
namespace {

using Kind = ScoredCase::Kind;

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : state_(seed) {}
  /// Below `count`.
  std::uint64_t below(std::uint64_t count) { return next() % count; }
  double fraction() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  /// From `low` to `high`, with equal chances for each octave.
  std::uint64_t octaves(std::uint64_t low, std::uint64_t high) {
    return static_cast<std::uint64_t>(
        static_cast<double>(low) *
        std::pow(static_cast<double>(high) / static_cast<double>(low), fraction()));
  }
  template <class T>
  T one_of(std::initializer_list<T> values) {
    return values.begin()[below(values.size())];
  }

 private:
  std::uint64_t next() {
    constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15;
    return splitmix64(std::exchange(state_, state_ + kStep));
  }
  std::uint64_t state_;
};

unsigned bits_of(unsigned count) {
  unsigned bits = 0;
  while (count >> bits > 1) ++bits;
  return bits;
}

// All fields but the row in any order, columns and channels in two parts, then the row.
std::string draw_map(Draw& draw, const HbmGeometry& g) {
  struct Field {
    char letter;
    unsigned bits;
  };
  const auto split = [&](std::vector<Field>& fields, char letter, unsigned bits) {
    const unsigned low = bits == 0 ? 0 : static_cast<unsigned>(draw.below(bits + 1));
    fields.push_back({letter, low});
    fields.push_back({letter, bits - low});
  };
  std::vector<Field> fields = {{'p', bits_of(g.pseudo_channels)},
                               {'g', bits_of(g.bank_groups)},
                               {'b', bits_of(g.banks)},
                               {'s', bits_of(g.stack_ids)}};
  split(fields, 'c', bits_of(g.columns));
  split(fields, 'h', bits_of(g.channels));
  for (std::size_t i = fields.size() - 1; i > 0; --i)
    std::swap(fields[i], fields[draw.below(i + 1)]);
  fields.push_back({'r', bits_of(g.rows)});
  std::string map;
  for (const Field& field : fields) {
    if (field.bits > 0) map += field.letter + std::to_string(field.bits);
  }
  return draw.below(4) == 0 ? map : map + "y";
}

std::string draw_reads(Draw& draw) {
  switch (draw.below(5)) {
    case 0:
      return "seq";
    case 1:
    case 2:
      return "rand:" + std::to_string(draw.octaves(1, 256) * 32);
    case 3:
      return "stride:" + std::to_string(32ULL << draw.below(16));
    default:
      return "stride:" + std::to_string(draw.octaves(2, 8192) * 32);
  }
}

std::string draw_mix(Draw& draw) {
  switch (draw.below(4)) {
    case 0:
      return "rand:" + std::to_string(draw.octaves(1, 128) * 32) + ":" +
             std::to_string(draw.below(1001));
    case 1:
      return "s21:" + std::to_string(32ULL << draw.below(10)) + ":" +
             std::to_string(draw.one_of<std::uint64_t>({0, 0, 1024, 8192, 32 * draw.below(4096)}));
    case 2:
      return "copy:" + std::to_string(draw.octaves(1, 512) * 32) + ":" +
             std::to_string(draw.one_of<std::uint64_t>({0, 0, 2048, 32 * draw.below(65536)}));
    default:
      return draw.below(4) == 0 ? "seqw"
                                : "rand:" + std::to_string(32ULL << draw.below(8)) + ":500";
  }
}

Result judge(const Experiment& e) {
  return e.queues_per_pseudo_channel() ? run_cycle(e) : run_naive(e);
}

bool only_writes(const std::string& pattern) {
  return pattern == "seqw" || pattern.ends_with(":1000");
}

}  // namespace

std::string ScoredCase::text() const {
  const Experiment& e = experiment;
  char line[240];
  std::snprintf(line, sizeof line,
                "%-10s %2u %-24s %-18s seed %-10llu q %2u,%2u W %3u %s offered %.3f",
                e.timing.c_str(), e.channels, e.map.c_str(), e.pattern.c_str(),
                static_cast<unsigned long long>(e.seed), e.read_queue, e.write_queue,
                static_cast<unsigned>(e.outstanding / e.channels),
                e.refresh == HbmRefresh::kNone ? "none" : "ab  ", e.offered);
  return line;
}

std::vector<ScoredCase> run_reference(const std::string& file, Model model) {
  constexpr double kMostLoad = 0.6;
  const std::vector<Row> rows = read_reference(file);
  const auto saturated = [&](const Row& at) {
    for (const Row& row : rows) {
      const Experiment &one = row.experiment, &other = at.experiment;
      if (one.offered == 0 && row.controller == at.controller && one.pattern == other.pattern &&
          one.map == other.map && one.timing == other.timing) {
        return row.efficiency;
      }
    }
    return 1.0;
  };
  std::vector<ScoredCase> cases;
  for (const Row& row : rows) {
    const Experiment& e = row.experiment;
    if (e.outstanding == 1 || e.offered > kMostLoad * saturated(row)) continue;
    const bool mix = e.writes(), load = e.offered > 0;
    const Result result = model(e);
    const Kind kind =
        load ? (mix ? Kind::kMixLatency : Kind::kLatency) : (mix ? Kind::kMix : Kind::kReads);
    cases.push_back({kind, e, load ? result.latency_avg_ns : result.efficiency,
                     load ? row.latency_avg_ns : row.efficiency});
  }
  return cases;
}

std::vector<ScoredCase> run_blind(unsigned count, std::uint64_t seed, unsigned least, Model model,
                                  bool usual) {
  Draw draw(seed);
  std::vector<ScoredCase> cases;
  for (unsigned i = 0; i < count; ++i) {
    ScoredCase c{};
    c.kind = static_cast<ScoredCase::Kind>(i % 4);
    Experiment& e = c.experiment;
    e.timing = draw.one_of<const char*>(
        {"hbm3-6400", "hbm3-6400", "hbm3-6400", "hbm2", "hbm3e-8.0", "hbm4-8.0"});
    e.channels = draw.one_of<unsigned>({1, 1, 1, 2, 4});
    if (usual) e.policy = find_hbm_timing(e.timing)->policy;
    HbmGeometry geometry = find_hbm_timing(e.timing)->geometry;
    geometry.channels = e.channels;
    e.map = draw.one_of<bool>({true, false}) && e.timing == "hbm3-6400" && e.channels == 1
                ? draw.one_of<const char*>({"p1g2c3b2s1c2r14y", "c5p1s1g2b2r14"})
                : draw_map(draw, geometry);
    const bool mix = c.kind == Kind::kMix || c.kind == Kind::kMixLatency;
    do {
      e.pattern = mix ? draw_mix(draw) : draw_reads(draw);
    } while (c.kind == Kind::kMixLatency && only_writes(e.pattern));  // They have no latency.
    if (e.pattern.starts_with("rand"))
      e.seed = draw.one_of<std::uint64_t>({0, draw.below(1 << 30)});
    e.read_queue = draw.one_of<unsigned>({64, 64, 48, 32, 16});
    e.write_queue = draw.one_of<unsigned>({64, 64, 48, 32, 16});
    e.outstanding = e.channels * draw.octaves(least, 513);
    e.refresh = draw.below(4) == 0 ? HbmRefresh::kNone : HbmRefresh::kAllBank;
    e.requests = 60000 * e.channels;
    e.warm_up = 10000 * e.channels;
    if (c.kind == Kind::kLatency || c.kind == Kind::kMixLatency) {
      e.outstanding = 512 * e.channels;
      e.offered = 0.6 * (0.1 + 0.9 * draw.fraction()) * judge(e).efficiency;
      c.ours = model(e).latency_avg_ns;
      c.reference = judge(e).latency_avg_ns;
    } else {
      c.ours = model(e).efficiency;
      c.reference = judge(e).efficiency;
    }
    cases.push_back(c);
  }
  return cases;
}

Score score(const std::vector<ScoredCase>& cases, ScoredCase::Kind kind) {
  std::vector<double> sizes;
  for (const ScoredCase& c : cases) {
    if (c.kind == kind) sizes.push_back(std::abs(c.error()));
  }
  if (sizes.empty()) return {};
  std::sort(sizes.begin(), sizes.end());
  return {sizes.size(), sizes[sizes.size() / 2], sizes.back()};
}

}  // namespace cvp::hbm_experiment
