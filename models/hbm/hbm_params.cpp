// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_params.h"

#include <algorithm>
#include <bit>

#include "models/core/report.h"
#include "models/hbm/cycle/dram_command.h"
#include "models/hbm/hbm_inverse.h"
#include "models/hbm/hbm_map.h"
#include "models/hbm/hbm_timing_file.h"

namespace cvp {
namespace {

constexpr unsigned kMaxChannels = 32, kMaxStackIds = 8, kMaxBankGroups = 32, kMaxQueue = 64;

// `my.toml:12: timing.rc: …`.
std::string in_file(const ConfigError& error) {
  std::string text;
  if (!error.file.empty()) text += error.file + ":";
  if (error.line > 0) text += std::to_string(error.line) + ":";
  if (!text.empty()) text += " ";
  if (!error.key.empty()) text += error.key + ": ";
  return text + error.what;
}

using Errors = std::vector<std::string>;

void check_geometry(const HbmParams& params, const HbmTiming& built, Errors& errors) {
  const HbmGeometry& g = built.geometry;
  const unsigned most_ids =
      std::min(kMaxStackIds, kMaxBankGroups / (g.pseudo_channels * g.bank_groups));
  if (params.stack_ids > most_ids) {  // Of a file of the user's its errors tell.
    errors.push_back(concat("stack_ids: ", params.stack_ids, "; expected up to ", most_ids, " of ",
                            built.name, ", ", kMaxBankGroups, " bank groups a channel"));
    return;
  }
  if (g.channels > kMaxChannels) {
    errors.push_back(concat("channels: ", params.channels, "; expected up to ", kMaxChannels));
  } else if (!std::has_single_bit(params.channel_interleave) || params.channel_interleave < 256 ||
             params.channel_interleave > 4096) {
    errors.push_back(concat("channel_interleave: ", params.channel_interleave,
                            " bytes; expected a power of two from 256 B to 4 KiB"));
  } else if (const auto wrong = HbmMap::check(params.map_in_use(), built.geometry);
             !wrong.empty()) {
    errors.push_back("map: " + wrong);
  }
  for (const HbmTimingFault& fault : check_hbm_timing(built)) {
    errors.push_back(concat("generation: ", fault.key, ": ", fault.what));
  }
  if (params.pim && (!HbmInverse::possible(built.geometry) || built.geometry.burst_bytes != 32)) {
    errors.push_back("pim: expected bursts of 32 bytes and counts that are powers of two");
  }
}

void check_controller(const HbmControllerParams& controller, Errors& errors) {
  const auto check_queue = [&](const char* what, unsigned entries, unsigned least) {
    if (entries >= least && entries <= kMaxQueue) return;
    errors.push_back(concat(what, ": ", entries, "; expected ", least, " to ", kMaxQueue));
  };
  check_queue("read_queue", controller.read_queue, 1);
  check_queue("write_queue", controller.write_queue, std::max(controller.write_high, 1u));
  if (controller.write_low >= controller.write_high) {
    errors.push_back(concat("write_low: ", controller.write_low,
                            "; expected less than write_high, ", controller.write_high));
  }
}

void check_policy(const std::string& policy, Errors& errors) {
  if (hbm_cycle::find_controller_policy(policy) != nullptr) return;
  std::string names;
  for (const auto& known : hbm_cycle::controller_policies()) names += " " + known.name;
  errors.push_back(concat("policy: \"", policy, "\" is unknown; expected one of", names));
}

void check_cycle(const HbmTiming& built, Errors& errors) {
  const unsigned banks = built.geometry.bank_count() / built.geometry.pseudo_channels;
  if (banks > hbm_cycle::kMaxBanks ||
      built.geometry.pseudo_channels > hbm_cycle::kMaxPseudoChannels) {
    errors.push_back(concat("generation: ", banks,
                            " banks in a pseudo channel; cycle fidelity has ",
                            hbm_cycle::kMaxBanks));
  }
}

void check_fidelity(const HbmParams& params, const HbmTiming& built, Errors& errors) {
  check_policy(params.policy, errors);
  switch (params.fidelity) {
    case Fidelity::kCycle:
      return check_cycle(built, errors);
    case Fidelity::kFunctional:
    case Fidelity::kApproximate:
      break;
    default:
      errors.push_back("fidelity: expected functional, approximate or cycle");
  }
  if (params.controller.refresh == HbmRefresh::kPerBank && built.rfc_pb == 0) {
    errors.push_back(concat("refresh: ", built.name, " has none of single banks"));
  } else if (params.controller.refresh == HbmRefresh::kSameBank && built.rfc_sb == 0) {
    errors.push_back(concat("refresh: ", built.name, " has none of banks of one number"));
  }
}

void check_faults(const HbmParams& params, const HbmGeometry& built, Errors& errors) {
  const auto check_all_below = [&](const std::vector<unsigned>& numbers, unsigned end,
                                   const char* what) {
    for (const unsigned number : numbers) {
      if (number < end) continue;
      errors.push_back(concat(what, " ", number, "; expected 0 to ", end - 1));
    }
  };
  check_all_below(params.training_fails, built.channels, "training_fails: there is no channel");
  check_all_below(params.dead_pseudo_channels, built.channels * built.pseudo_channels,
                  "dead_pseudo_channels: there is no pseudo channel");
}

}  // namespace

std::vector<std::string> HbmParams::errors() const {
  Errors errors;
  std::vector<ConfigError> file_errors;
  if (!load_hbm_timing(generation, file_errors)) {
    for (const ConfigError& error : file_errors) {
      errors.push_back("generation: " + in_file(error));
    }
    return errors;
  }
  const HbmTiming built = timing();
  check_geometry(*this, built, errors);
  check_controller(controller, errors);
  check_fidelity(*this, built, errors);
  check_faults(*this, built.geometry, errors);
  return errors;
}

HbmTiming HbmParams::timing() const {
  std::vector<ConfigError> errors;
  const auto timing = load_hbm_timing(generation, errors);
  CVP_CHECK(timing.has_value(), "generation ", generation, ": ", errors.front().what);
  HbmGeometry built = timing->geometry;
  if (channels > 0) built.channels = channels;
  if (stack_ids > 0) built.stack_ids = stack_ids;
  return timing->with_geometry(built);
}

std::string HbmParams::map_in_use() const {
  return map.empty() ? HbmMap::interleaved(timing().geometry, channel_interleave) : map;
}

hbm_cycle::ControllerPolicy HbmParams::policy_in_use() const {
  auto in_use = *hbm_cycle::find_controller_policy(policy);
  in_use.read_queue = controller.read_queue;
  in_use.write_queue = controller.write_queue;
  in_use.write_high = controller.write_high;
  in_use.write_low = controller.write_low;
  in_use.refresh = controller.refresh;
  return in_use;
}

}  // namespace cvp
