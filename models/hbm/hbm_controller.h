// SPDX-License-Identifier: Apache-2.0
//
// Parameters of the memory controller of a channel. No SystemC.
#pragma once

#include <cstdint>

namespace cvp {

/// Which banks a refresh command takes: none are sent, all of a pseudo channel, one, or the banks
/// of one number in all bank groups.
enum class HbmRefresh : std::uint8_t { kNone, kAllBank, kPerBank, kSameBank };

/// Both pseudo channels share the queues.
struct HbmControllerParams {
  static constexpr unsigned kMostEntries = 64;  ///< Of a queue.

  unsigned read_queue = 64;
  unsigned write_queue = 64;
  unsigned write_high = 52;  ///< This many waiting writes start a group ...
  unsigned write_low = 12;   ///< ... that ends when this many are left.
  HbmRefresh refresh = HbmRefresh::kAllBank;
};

}  // namespace cvp
