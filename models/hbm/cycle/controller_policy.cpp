// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/cycle/controller_policy.h"

#include "models/core/report.h"
#include "models/hbm/cycle/request_queue.h"

namespace cvp::hbm_cycle {
namespace {

ControllerPolicy row_hits_first(std::string name, bool group_writes, PagePolicy page) {
  return {.name = std::move(name),
          .queues_per_pseudo_channel = true,
          .group_writes = group_writes,
          .scheduling = Scheduling::kRowHitFirst,
          .page = page,
          .postponed_refreshes = 8,
          .refresh_stops_channel = false};
}

}  // namespace

const std::vector<ControllerPolicy>& controller_policies() {
  static const std::vector<ControllerPolicy> policies = {
      {},
      {.name = "none_q64", .refresh = HbmRefresh::kNone},
      {.name = "none_idle", .refresh = HbmRefresh::kNone},
      {.name = "pc_q64", .queues_per_pseudo_channel = true, .refresh_stops_channel = false},
      row_hits_first("fr_fcfs", false, PagePolicy::kOpen),
      row_hits_first("fr_fcfs_grouped", true, PagePolicy::kOpen),
      row_hits_first("fr_fcfs_closed", true, PagePolicy::kClosed),
      row_hits_first("fr_fcfs_adaptive", true, PagePolicy::kAdaptive),
  };
  return policies;
}

const ControllerPolicy* find_controller_policy(std::string_view name) {
  for (const auto& policy : controller_policies()) {
    if (policy.name == name) return &policy;
  }
  return nullptr;
}

std::string controller_policy_names(bool (*fits)(const ControllerPolicy&)) {
  std::string names;
  for (const auto& policy : controller_policies()) {
    if (fits(policy)) names += (names.empty() ? "" : ", ") + policy.name;
  }
  return names;
}

std::string check_controller_policy(const ControllerPolicy& p) {
  for (const auto& [name, entries] :
       {std::pair{"read_queue", p.read_queue}, {"write_queue", p.write_queue}}) {
    if (entries == 0 || entries > RequestQueue::kMaxEntries) {
      return concat(name, ": ", entries, "; expected 1 to ", RequestQueue::kMaxEntries);
    }
  }
  if (p.write_high > p.write_queue) {
    return concat("write_high: ", p.write_high, " is more than the queue's ", p.write_queue);
  }
  if (p.write_low >= p.write_high) {
    return concat("write_low: ", p.write_low, "; expected less than write_high ", p.write_high);
  }
  if (p.refresh_stops_channel && p.postponed_refreshes > 0) {
    return "postponed_refreshes: one that stops the channel cannot wait for its requests";
  }
  return {};
}

}  // namespace cvp::hbm_cycle
