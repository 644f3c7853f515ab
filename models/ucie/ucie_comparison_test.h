// SPDX-License-Identifier: Apache-2.0
//
// The same transactions over two links, by arithmetic and flit by flit, for tests that compare.
#pragma once

#include <algorithm>

#include "models/core/splitmix64.h"
#include "models/ucie/ucie_port_test.h"

namespace cvp {

inline std::uint64_t hash_of(std::span<const std::uint8_t> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

/// What a Script does beside reads and writes of any size.
enum class ScriptOf {
  kBytes,
  kLines,  ///< Half of them read or write whole lines.
  kApart,  ///< So too, and what may overtake each other touches other bytes.
};

/// Random reads, writes and posted writes from end A at random times, the same for every link.
class Script {
 public:
  struct Outcome {
    Femtoseconds issued, completed;
    std::uint64_t data = 0;  // Hash of what a read gave.
    unsigned times = 0;
  };
  static constexpr std::uint32_t kMostBytes = 2048;

  explicit Script(BurstLink& link, unsigned count, ScriptOf what = ScriptOf::kBytes)
      : link_(link), what_(what), outcomes_(count) {
    link.near.on_complete([this](const Burst& burst) {
      Outcome& outcome = outcomes_.at(burst.tag);
      CHECK(burst.ok());
      outcome.completed = simulation_time();
      outcome.data = burst.is_read() ? hash_of(burst.data) : 0;
      ++outcome.times;
      ++done_;
    });
  }

  void issue(unsigned n) {
    const std::uint64_t random = splitmix64(n);
    auto bytes = static_cast<std::uint32_t>(1 + (random >> 8) % kMostBytes);
    Addr address = (random >> 32) % 0x10000;
    const bool lines = what_ != ScriptOf::kBytes && random % 2 == 0;
    if (lines) {
      bytes = (1 + bytes % 32) * 64;
      address &= ~Addr{63};
    }
    if (what_ == ScriptOf::kApart) address += (random % 3 == 1 ? 2 : lines ? 1 : 0) * 0x20000;
    outcomes_[n].issued = simulation_time();
    if (random % 3 == 0) return link_.near.read(address, bytes, n, tensor());
    std::vector<std::uint8_t> data(bytes);
    for (std::uint32_t i = 0; i < bytes; ++i) data[i] = static_cast<std::uint8_t>(random + n * i);
    link_.near.write(address, data, n, random % 3 == 1 ? posted() : tensor());
  }

  unsigned done() const { return done_; }
  /// All is done, once each, with the data of the other's.
  bool same_outcomes(const Script& expected) const {
    return std::ranges::equal(outcomes_, expected.outcomes_,
                              [](const Outcome& mine, const Outcome& other) {
                                return mine.times == 1 && mine.data == other.data;
                              });
  }
  const std::vector<Outcome>& outcomes() const { return outcomes_; }
  std::uint64_t memory() const {
    return hash_of({link_.memory_b.store->data(), link_.memory_b.store->size()});
  }

 private:
  BurstLink& link_;
  ScriptOf what_;
  std::vector<Outcome> outcomes_;
  unsigned done_ = 0;
};

/// Two links of equal parameters but for their fidelity.
struct Pair : sc_core::sc_module {
  BurstLink by_arithmetic, by_flits;
  TestInitiator regs_arithmetic{"regs_arithmetic"}, regs_flits{"regs_flits"};

  Pair(sc_core::sc_module_name name, ActionQueue& actions, const UcieParams& arithmetic,
       const UcieParams& flits)
      : sc_module(name),
        by_arithmetic("by_arithmetic", actions, arithmetic, arithmetic),
        by_flits("by_flits", actions, flits, flits) {
    regs_arithmetic.bind(by_arithmetic.regs_target);
    regs_flits.bind(by_flits.regs_target);
  }
};

struct Comparison {
  double mean_ns = 0, mean_flits_ns = 0, worst_ns = 0;
  UcieStatistics sent, sent_flits;
};

/// Runs the script on both; everything but time must be equal.
inline Comparison compare(UcieParams params, unsigned count, Femtoseconds gap,
                          ScriptOf what = ScriptOf::kBytes) {
  params.fidelity = UcieFidelity::kFlit;
  UcieParams arithmetic = params;
  arithmetic.fidelity = UcieFidelity::kApproximate;
  TestBench<Pair> bench(arithmetic, params);
  Comparison result;
  bench.run([&] {
    Script a(bench.dut.by_arithmetic, count, what), f(bench.dut.by_flits, count, what);
    for (unsigned n = 0; n < count; ++n) {
      a.issue(n);
      f.issue(n);
      bench.wait({splitmix64(~n) % (2 * gap.value)});
    }
    bench.wait(100_us);
    REQUIRE(a.done() == count);
    REQUIRE(f.done() == count);
    CHECK(a.memory() == f.memory());
    CHECK(f.same_outcomes(a));
    for (unsigned n = 0; n < count; ++n) {
      const auto &x = a.outcomes()[n], &y = f.outcomes()[n];
      const double slow = (x.completed - x.issued).nanoseconds();
      const double slow_flits = (y.completed - y.issued).nanoseconds();
      result.mean_ns += slow / count;
      result.mean_flits_ns += slow_flits / count;
      result.worst_ns = std::max(result.worst_ns, std::abs(slow - slow_flits));
    }
    result.sent = bench.dut.by_arithmetic.a.statistics();
    result.sent_flits = bench.dut.by_flits.a.statistics();
  });
  CHECK(result.sent.messages == result.sent_flits.messages);
  CHECK(result.sent.payload_bytes == result.sent_flits.payload_bytes);
  CHECK(result.sent.data.by_class == result.sent_flits.data.by_class);
  return result;
}

}  // namespace cvp
