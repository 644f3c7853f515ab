// SPDX-License-Identifier: Apache-2.0
//
// Parameters of the memory controller of a channel. No SystemC.
#pragma once

#include <algorithm>
#include <cstdint>

namespace cvp {

/// Which banks a refresh command takes: none are sent, all of a pseudo channel, one, or the banks
/// of one number in all bank groups.
enum class HbmRefresh : std::uint8_t { kNone, kAllBank, kPerBank, kSameBank };

/// Of a pair of queues.
struct HbmControllerParams {
  static constexpr unsigned kMostEntries = 64;  ///< Of a queue.

  unsigned read_queue = 64;
  unsigned write_queue = 64;
  HbmRefresh refresh = HbmRefresh::kAllBank;

  /// This many waiting writes start a group ...
  unsigned write_high() const { return std::max(write_queue * 52 / 64, 1u); }
  /// ... that ends when this many are left.
  unsigned write_low() const { return write_queue * 12 / 64; }
};

}  // namespace cvp
