// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_params.h"

#include <algorithm>
#include <bit>

#include "models/core/report.h"
#include "models/hbm/cycle/dram_command.h"
#include "models/hbm/hbm_curve.h"
#include "models/hbm/hbm_inverse.h"
#include "models/hbm/hbm_map.h"
#include "models/hbm/hbm_timing_file.h"

namespace cvp {
namespace {

constexpr unsigned kMaxChannels = 32, kMaxStackIds = 8, kMaxBankGroups = 32;
constexpr unsigned kMaxCelsius = 125;  // Of the register's sensor, and of the data sheets.

// `my.toml:12: timing.rc: …`.
std::string in_file(const ConfigError& error) {
  std::string text;
  if (!error.file.empty()) text += error.file + ":";
  if (error.line > 0) text += std::to_string(error.line) + ":";
  if (!text.empty()) text += " ";
  if (!error.key.empty()) text += error.key + ": ";
  return text + error.what;
}

constexpr Femtoseconds kMostControllerLatency = 1_us;

using Errors = std::vector<std::string>;

// Whether a stack can be built with such counts. Of a file of the user's its errors tell.
bool check_counts(const HbmParams& params, const HbmTiming& timing, Errors& errors) {
  const HbmGeometry& g = timing.geometry;
  const std::size_t before = errors.size();
  const unsigned most_ids =
      std::min(kMaxStackIds, kMaxBankGroups / (g.pseudo_channels * g.bank_groups));
  if (params.stack_ids > most_ids) {
    errors.push_back(concat("stack_ids: ", params.stack_ids, "; expected up to ", most_ids, " of ",
                            timing.name, ", ", kMaxBankGroups, " bank groups a channel"));
  }
  if (params.channels > kMaxChannels) {
    errors.push_back(concat("channels: ", params.channels, "; expected up to ", kMaxChannels));
  }
  return errors.size() == before;
}

void check_geometry(const HbmParams& params, const HbmTiming& built, Errors& errors) {
  if (!std::has_single_bit(params.channel_interleave) || params.channel_interleave < 256 ||
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
  const auto check_queue = [&](const char* what, unsigned entries) {
    if (entries >= 1 && entries <= HbmControllerParams::kMostEntries) return;
    errors.push_back(
        concat(what, ": ", entries, "; expected 1 to ", HbmControllerParams::kMostEntries));
  };
  check_queue("read_queue", controller.read_queue);
  check_queue("write_queue", controller.write_queue);
}

std::string policy_name(const HbmParams& params, const HbmTiming& timing) {
  return params.policy == kPolicyOfGeneration ? timing.policy : params.policy;
}

// Approximate fidelity knows the schedulers that open rows for the oldest request.
bool is_approximated(const hbm_cycle::ControllerPolicy& policy) {
  return policy.group_writes && policy.scheduling == hbm_cycle::Scheduling::kOldestFirst &&
         policy.page == hbm_cycle::PagePolicy::kOpen;
}

void check_policy(const HbmParams& params, const HbmTiming& built, Errors& errors) {
  const bool by_generation = params.policy == kPolicyOfGeneration;
  const std::string name = policy_name(params, built);
  const auto* known = hbm_cycle::find_controller_policy(name);
  if (known == nullptr) {
    errors.push_back(concat("policy: \"", name, "\" is unknown; expected one of ",
                            hbm_cycle::controller_policy_names([](const auto&) { return true; }),
                            ", ", kPolicyOfGeneration));
  } else if (params.fidelity == Fidelity::kFunctional && name != built.policy) {
    errors.push_back(concat("policy: functional fidelity has no scheduler but the generation's, ",
                            built.policy));
  } else if (params.fidelity == Fidelity::kApproximate && !is_approximated(*known)) {
    errors.push_back(concat(by_generation ? "generation: its " : "", "policy: \"", name,
                            "\" is one of cycle fidelity; expected one of ",
                            hbm_cycle::controller_policy_names(is_approximated),
                            " at approximate"));
  }
}

void check_cycle(const HbmTiming& built, Errors& errors) {
  const unsigned banks = built.geometry.banks_of_pseudo_channel();
  if (banks > hbm_cycle::kMaxBanks ||
      built.geometry.pseudo_channels > hbm_cycle::kMaxPseudoChannels) {
    errors.push_back(concat("generation: ", banks,
                            " banks in a pseudo channel; cycle fidelity has ",
                            hbm_cycle::kMaxBanks));
  }
}

// Refreshes that go round the banks keep their distance, and must get round in time, however hot
// the stack is.
void check_round(const HbmRefresh refresh, const HbmTiming& built, Errors& errors) {
  const HbmGeometry& g = built.geometry;
  const unsigned of_device = g.banks * (g.ranks ? 1 : g.stack_ids);
  const unsigned commands = refresh == HbmRefresh::kPerBank    ? of_device * g.bank_groups
                            : refresh == HbmRefresh::kSameBank ? of_device
                                                               : 0;
  const unsigned shortest = built.refi / kHotRefreshRate;
  if (commands * built.rrefd <= shortest) return;
  errors.push_back(concat("refresh: ", commands, " commands, rrefd of ", built.rrefd,
                          " clocks apart, are no round; expected ", shortest,
                          " clocks or fewer, refi / ", kHotRefreshRate, " of a hot stack"));
}

void check_fidelity(const HbmParams& params, const HbmTiming& built, Errors& errors) {
  check_policy(params, built, errors);
  switch (params.fidelity) {
    case Fidelity::kCycle:
      return check_cycle(built, errors);
    case Fidelity::kFunctional:
      // Its curve comes from the cycle model.
      if (find_hbm_curve(built) == nullptr) check_cycle(built, errors);
      break;
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

HbmTiming with_counts(const HbmParams& params, const HbmTiming& timing) {
  HbmGeometry built = timing.geometry;
  if (params.channels > 0) built.channels = static_cast<unsigned>(params.channels);
  if (params.stack_ids > 0) built.stack_ids = static_cast<unsigned>(params.stack_ids);
  return timing.with_geometry(built);
}

}  // namespace

std::vector<std::string> HbmParams::errors() const {
  Errors errors;
  std::vector<ConfigError> file_errors;
  const auto loaded = load_hbm_timing(generation, file_errors);
  if (!loaded) {
    for (const ConfigError& error : file_errors) {
      errors.push_back("generation: " + in_file(error));
    }
    return errors;
  }
  if (!check_counts(*this, *loaded, errors)) return errors;
  const HbmTiming built = with_counts(*this, *loaded);
  check_geometry(*this, built, errors);
  check_controller(controller, errors);
  check_fidelity(*this, built, errors);
  check_round(controller.refresh, built, errors);
  check_faults(*this, built.geometry, errors);
  if (controller_latency > kMostControllerLatency) {
    errors.push_back("controller_latency: expected up to 1 us");
  }
  if (celsius > kMaxCelsius) {
    errors.push_back(concat("celsius: ", celsius, "; expected up to ", kMaxCelsius));
  }
  return errors;
}

HbmTiming HbmParams::timing() const {
  std::vector<ConfigError> errors;
  const auto timing = load_hbm_timing(generation, errors);
  CVP_CHECK(timing.has_value(), "generation ", generation, ": ", errors.front().what);
  return with_counts(*this, *timing);
}

std::string HbmParams::map_in_use() const {
  return map.empty() ? HbmMap::interleaved(timing().geometry, channel_interleave) : map;
}

hbm_cycle::ControllerPolicy HbmParams::policy_in_use() const {
  auto in_use = *hbm_cycle::find_controller_policy(policy_name(*this, timing()));
  in_use.read_queue = controller.read_queue;
  in_use.write_queue = controller.write_queue;
  in_use.write_high = controller.write_high();
  in_use.write_low = controller.write_low();
  in_use.refresh = controller.refresh;
  return in_use;
}

HbmRefresh HbmParams::refresh_of_policy() const {
  std::vector<ConfigError> errors;
  const auto timing = load_hbm_timing(generation, errors);
  const auto* known =
      timing ? hbm_cycle::find_controller_policy(policy_name(*this, *timing)) : nullptr;
  return known != nullptr ? known->refresh : HbmRefresh::kAllBank;
}

}  // namespace cvp
