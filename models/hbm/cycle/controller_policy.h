// SPDX-License-Identifier: Apache-2.0
//
// What a controller can be told: queues, scheduling, page policy, refresh. No SystemC.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/hbm/hbm_controller.h"

namespace cvp::hbm_cycle {

enum class Scheduling : std::uint8_t {
  kOldestFirst,  ///< A precharge may close a row that others still want.
  kRowHitFirst,  ///< FR-FCFS: it may not, up to `hits_in_a_row` of them.
};
enum class PagePolicy : std::uint8_t {
  kOpen,      ///< Rows stay open until another one is wanted.
  kClosed,    ///< A row that nobody waits for is closed.
  kAdaptive,  ///< The same after a time that follows each bank's hits and conflicts.
};

struct ControllerPolicy {
  std::string name = "ab_q64";
  unsigned read_queue = 64, write_queue = 64;  ///< Entries.
  bool queues_per_pseudo_channel = false;      ///< Else one pair serves the whole channel.
  bool group_writes = true;  ///< Else reads and writes are one queue to the scheduler.
  unsigned write_high = 52;  ///< This many waiting writes start a group ...
  unsigned write_low = 12;   ///< ... that ends when this many are left and a read waits.
  Scheduling scheduling = Scheduling::kOldestFirst;
  unsigned hits_in_a_row = 16;
  PagePolicy page = PagePolicy::kOpen;
  HbmRefresh refresh = HbmRefresh::kAllBank;
  unsigned postponed_refreshes = 0;   ///< All-bank: that many may be owed while requests wait.
  bool refresh_stops_channel = true;  ///< All-bank: the other pseudo channels wait too.
};

/// ab_q64 (the reference experiment's), none_q64 and none_idle (without refresh), pc_q64 (queues a
/// pseudo channel, refresh stops only its own), fr_fcfs, fr_fcfs_grouped, fr_fcfs_closed,
/// fr_fcfs_adaptive.
const std::vector<ControllerPolicy>& controller_policies();
/// The one called `name`, or nullptr.
const ControllerPolicy* find_controller_policy(std::string_view name);
/// The names of those that `fits` holds for, apart by commas.
std::string controller_policy_names(bool (*fits)(const ControllerPolicy&));
/// What is impossible about it; empty if nothing.
std::string check_controller_policy(const ControllerPolicy& policy);

}  // namespace cvp::hbm_cycle
