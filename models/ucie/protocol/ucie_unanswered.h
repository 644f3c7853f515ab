// SPDX-License-Identifier: Apache-2.0
//
// Transactions that have left over a link and are not finished, in the order in which they left. No
// SystemC.
#pragma once

#include <algorithm>
#include <deque>

#include "models/core/units.h"

namespace cvp {

class UcieUnanswered {
 public:
  /// `bytes`: of data in a good answer.
  void add(std::uint64_t tag, std::uint32_t bytes, Femtoseconds now) {
    waiting_.push_back({tag, bytes, now});
  }
  /// An answer has come, with so many bytes of data if it went well. False: that is not what was
  /// asked for. What nobody waits for is late, and does no harm.
  bool finish(std::uint64_t tag, std::uint32_t bytes, bool ok) {
    const auto each = std::ranges::find(waiting_, tag, &Waiting::tag);
    if (each == waiting_.end()) return true;
    if (ok && each->bytes != bytes) return false;
    waiting_.erase(each);
    return true;
  }
  void clear() { waiting_.clear(); }
  bool empty() const { return waiting_.empty(); }
  /// When the one that waits longest has left; there is one.
  Femtoseconds oldest() const { return waiting_.front().sent; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(waiting_);
  }

 private:
  struct Waiting {
    std::uint64_t tag = 0;
    std::uint32_t bytes = 0;
    Femtoseconds sent;
    template <class Archive>
    void serialize(Archive& archive) {
      archive(tag, bytes, sent);
    }
  };
  std::deque<Waiting> waiting_;
};

}  // namespace cvp
