// SPDX-License-Identifier: Apache-2.0
//
// How long a row that nobody waits for stays open. The adaptive policy gives each bank a time that
// doubles when the row it closed is opened again, and halves when a request had to close a row
// that was kept. No SystemC.
#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include "models/hbm/cycle/controller_policy.h"
#include "models/hbm/cycle/request_queue.h"

namespace cvp::hbm_cycle {

class PageKeeper {
 public:
  PageKeeper(PagePolicy policy, std::size_t banks)
      : policy_(policy), banks_(policy == PagePolicy::kAdaptive ? banks : 0) {}

  bool closes_rows() const { return policy_ != PagePolicy::kOpen; }
  /// From when on the idle row of a bank, last used at `last_use`, may be closed.
  Tick close_from(unsigned bank, Tick last_use) const {
    return policy_ == PagePolicy::kAdaptive ? last_use + banks_[bank].patience : 0;
  }
  void opened(unsigned bank, std::uint32_t row) {
    if (policy_ != PagePolicy::kAdaptive) return;
    Bank& b = banks_[bank];
    if (b.closed_early && b.row == row) b.patience = std::min(2 * b.patience, kMost);
    b.row = row;
    b.closed_early = false;
  }
  void closed_early(unsigned bank) {
    if (policy_ == PagePolicy::kAdaptive) banks_[bank].closed_early = true;
  }
  void conflict(unsigned bank) {
    if (policy_ != PagePolicy::kAdaptive) return;
    banks_[bank].patience = std::max(banks_[bank].patience / 2, kLeast);
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(banks_);
  }

 private:
  static constexpr Tick kLeast = 16, kMost = 4096;  // From a burst to a third of tREFI.

  struct Bank {
    Tick patience = 256;
    std::uint32_t row = 0;
    bool closed_early = false;

    template <class Archive>
    void serialize(Archive& archive) {
      archive(patience, row, closed_early);
    }
  };

  PagePolicy policy_;
  std::vector<Bank> banks_;
};

}  // namespace cvp::hbm_cycle
