// SPDX-License-Identifier: Apache-2.0
//
// For tests: requests of ever changing character to one controller, meant to reach every rule.
// Each phase draws how many banks and rows it touches, how many of its requests are writes and how
// far apart they come.
#pragma once

#include <random>
#include <vector>

#include "models/hbm/cycle/controller.h"
#include "models/hbm/cycle/trace_checker.h"

namespace cvp::hbm_cycle {

/// What a controller with this policy promises a checker.
inline RefreshDuty refresh_duty(const HbmTiming& timing, const ControllerPolicy& policy) {
  const bool all = policy.refresh == HbmRefresh::kAllBank;
  return {policy.refresh, all ? policy.postponed_refreshes : timing.max_postponed};
}

class RandomTraffic {
 public:
  RandomTraffic(Controller& controller, const HbmGeometry& geometry, std::uint64_t seed)
      : controller_(controller), geometry_(geometry), random_(seed) {}

  /// Sends `requests` and waits for them; returns how many ended, fewer if one never does.
  std::uint64_t run(std::uint64_t requests) {
    std::uint64_t sent = 0;
    while (sent < requests || !controller_.idle()) {
      if (sent < requests && sent - ended_ < kOutstanding && arrival_ <= controller_.next_tick()) {
        if (sent % kPhase == 0) draw_phase();
        controller_.submit(sent++, draw(1000) < writes_, place(), arrival_);
        if (spread_ > 0) arrival_ += static_cast<Tick>(draw(spread_));
        continue;
      }
      const Tick tick = controller_.next_tick();
      if (tick > last_end_ + kPatience) break;
      controller_.step(completions_);
      if (!completions_.empty()) last_end_ = tick;
      if (sent < requests) arrival_ = std::max(arrival_, tick);
      ended_ += completions_.size();
      completions_.clear();
    }
    return ended_;
  }
  /// When the last request ended.
  Tick end() const { return last_end_; }

 private:
  static constexpr std::uint64_t kPhase = 300, kOutstanding = 256;
  static constexpr Tick kPatience = 1'000'000;

  std::uint64_t draw(std::uint64_t below) { return random_() % below; }
  void draw_phase() {
    const unsigned banks = geometry_.bank_count();
    banks_ = 1 + draw(draw(2) ? banks : 4);
    first_bank_ = draw(banks);
    stride_ = 1 + draw(banks);
    rows_ = 1 + draw(draw(2) ? 3 : 64);
    const unsigned kWrites[] = {0, 20, 333, 500, 900, 1000};
    writes_ = kWrites[draw(6)];
    const std::uint64_t kSpreads[] = {0, 0, 3, 20, 100, 600};
    spread_ = kSpreads[draw(6)];
  }
  HbmPlace place() {
    const std::uint64_t bank = (first_bank_ + draw(banks_) * stride_) % geometry_.bank_count();
    return {draw(rows_) | draw(geometry_.columns) << 32 | bank << 40};
  }

  Controller& controller_;
  const HbmGeometry geometry_;
  std::mt19937_64 random_;
  std::vector<Completion> completions_;
  Tick arrival_ = 0, last_end_ = 0;
  std::uint64_t ended_ = 0;
  std::uint64_t banks_ = 1, first_bank_ = 0, stride_ = 1, rows_ = 1, writes_ = 0, spread_ = 0;
};

}  // namespace cvp::hbm_cycle
