// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/phy/ucie_training.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace cvp {
namespace {

constexpr std::size_t index(UcieState state) { return static_cast<std::size_t>(state); }

}  // namespace

UcieTraining::UcieTraining(const UcieTrainingParams& params)
    : params_(params), shape_(params.capability) {
  const std::uint32_t end = params_.end, count = shape_.modules;
  for (std::uint32_t n = 0; n < count; ++n) {
    modules_.emplace_back(UcieLtsmParams{shape_, n, params_.reversed, params_.dead},
                          ucie_faults_of(params_.faults, n, 1 - end));
  }
  if (!params_.trained_at_reset || params_.dead) return;
  const auto common = ucie_common_shape(shape_, params_.other.value_or(shape_));
  if (!common) return;
  const auto outcome = ucie_training_outcome(*common, params_.faults, params_.reversed);
  if (outcome.lanes == 0) return;
  for (std::uint32_t n = 0; n < count; ++n) {
    if ((outcome.used >> n & 1) == 0) continue;
    modules_[n].set_active(ucie_faults_of(params_.faults, n, end), outcome.rate, common->lanes,
                           outcome.lanes);
  }
  alive_ = outcome.used;
  shape_.lanes = outcome.lanes;
  shape_.modules = outcome.modules;
  shape_.rate = outcome.rate;
  up_ = true;
  seen_ = UcieState::kActive;
}

std::size_t UcieTraining::leader_number() const {
  return alive_ == 0 ? 0 : static_cast<std::size_t>(std::countr_zero(alive_));
}

const UcieLtsm& UcieTraining::furthest() const {
  return *std::ranges::max_element(modules_, {}, [](const UcieLtsm& module) {
    return module.error() == UcieTrainingError::kNone ? UcieState::kReset : module.failed_state();
  });
}

UcieState UcieTraining::state() const {
  if (alive_ == 0) {
    // Modules that failed one by one: the link has failed until all are in RESET again.
    const auto failed = [](const UcieLtsm& m) { return m.state() == UcieState::kTrainError; };
    return std::ranges::any_of(modules_, failed) ? UcieState::kTrainError : UcieState::kReset;
  }
  UcieState least = UcieState::kActive;
  for (std::size_t n = 0; n < modules_.size(); ++n) {
    const UcieState state = modules_[n].state();
    if (!is_alive(n) || state == UcieState::kActive) continue;
    least = least == UcieState::kActive ? state : std::min(least, state);
  }
  return least;
}

bool UcieTraining::sideband_up() const {
  const UcieState now = state();
  return !params_.dead && now != UcieState::kReset && now != UcieState::kSbInit &&
         now != UcieState::kTrainError;
}

bool UcieTraining::start(Femtoseconds now) {
  const UcieState from = state();
  if (from != UcieState::kReset && from != UcieState::kTrainError && from != UcieState::kL2) {
    return false;
  }
  if (alive_ != 0 && leader().starting()) return false;
  start_all(now);
  settle(now);
  return true;
}

void UcieTraining::start_all(Femtoseconds now) {
  up_ = false;
  shape_ = params_.capability;
  alive_ = (1u << modules_.size()) - 1;
  for (UcieLtsm& module : modules_) {
    module.start(now);
  }
}

bool UcieTraining::retrain(Femtoseconds now) {
  if (!active()) return false;
  for (std::size_t n = 0; n < modules_.size(); ++n) {
    if (is_alive(n)) modules_[n].retrain(now);
  }
  settle(now);
  return true;
}

bool UcieTraining::fail(UcieTrainingError error, Femtoseconds now) {
  if (alive_ == 0 || state() == UcieState::kReset) return false;
  for (std::size_t n = 0; n < modules_.size(); ++n) {
    if (is_alive(n)) modules_[n].fail(error, now);
  }
  settle(now);
  return true;
}

bool UcieTraining::failing() const {
  if (alive_ == 0) return state() == UcieState::kTrainError;
  for (std::size_t n = 0; n < modules_.size(); ++n) {
    if (is_alive(n) && !modules_[n].failed()) return false;
  }
  return true;
}

void UcieTraining::set_limits(const UcieLimits& limits) {
  limits_ = limits;
  for (UcieLtsm& module : modules_) module.set_limits(limits);
}

void UcieTraining::add_fault(const UciePinFault& fault) {
  if (fault.module < modules_.size() && fault.direction != params_.end) {
    modules_[fault.module].add_fault(fault);
  }
}

bool UcieTraining::sleep(UcieState wanted, Femtoseconds now) {
  if (!active()) return false;
  if (wanted == UcieState::kL2) up_ = false;
  move_all(wanted, now);
  settle(now);
  return true;
}

void UcieTraining::reset(Femtoseconds now) {
  for (UcieLtsm& module : modules_) module.go(UcieState::kReset, now);
  alive_ = 0;
  up_ = false;
  settle(now);
}

bool UcieTraining::wake_up(Femtoseconds now) {
  if (state() != UcieState::kL1) return false;
  move_all(UcieState::kMbTrainSpeedIdle, now);
  say(Kind::kWake);
  settle(now);
  return true;
}

void UcieTraining::move_all(UcieState state, Femtoseconds now) {
  for (std::size_t n = 0; n < modules_.size(); ++n) {
    if (is_alive(n)) modules_[n].go(state, now);
  }
}

void UcieTraining::receive(Femtoseconds now, const UcieTrainingMessage& message) {
  if (!hears(message.module)) return;
  UcieLtsm& module = modules_[message.module];
  switch (message.kind) {
    case Kind::kPattern: {
      // The other end has begun: so do all modules here.
      const bool waits = module.state() == UcieState::kSbInit ||
                         (module.state() == UcieState::kReset && module.starting());
      if (!waits) start_all(now);
      module.receive(now, message);
      break;
    }
    case Kind::kWake:
      if (state() == UcieState::kL1) move_all(UcieState::kMbTrainSpeedIdle, now);
      break;
    default:
      module.receive(now, message);
  }
  settle(now);
}

Femtoseconds UcieTraining::deadline() const {
  Femtoseconds first = Femtoseconds::max();
  for (const UcieLtsm& module : modules_) first = std::min(first, module.deadline());
  return first;
}

void UcieTraining::wake(Femtoseconds now) {
  for (UcieLtsm& module : modules_) module.wake(now);
  settle(now);
}

// Of those that have not been dropped.
bool UcieTraining::has_failing_module() const {
  for (std::size_t n = 0; n < modules_.size(); ++n) {
    if (is_alive(n) && modules_[n].failed()) return true;
  }
  return false;
}

// What follows for the link from what has happened in its modules.
void UcieTraining::settle(Femtoseconds now) {
  drop_failed(now);
  give_verdict(now);
  if (state() == UcieState::kActive && !has_failing_module()) up_ = true;
  for (UcieLtsm& module : modules_) {
    for (const auto& message : module.take_messages()) messages_.push_back(message);
  }
  const UcieState here = state();
  if (here == seen_) return;
  residency_[index(seen_)] += now - since_;
  seen_ = here;
  since_ = now;
}

// A module that asks for TRAINERROR takes part until it is there: it may be the last.
void UcieTraining::drop_failed(Femtoseconds now) {
  bool all_leave = true;
  for (std::size_t n = 0; n < modules_.size(); ++n) {
    if (is_alive(n)) all_leave = all_leave && modules_[n].failed();
  }
  if (alive_ != 0 && all_leave) up_ = false;
  std::uint32_t left = alive_;
  for (std::size_t n = 0; n < modules_.size(); ++n) {
    const bool gone = modules_[n].state() == UcieState::kTrainError;
    if (gone || (modules_[n].failed() && !all_leave)) left &= ~(1u << n);
  }
  if (left == alive_) return;
  alive_ = left;
  if (alive_ == 0) up_ = false;
  if (active()) {
    for (std::size_t n = 0; n < modules_.size(); ++n) {
      if (is_alive(n)) modules_[n].retrain(now);
    }
  }
}

void UcieTraining::give_verdict(Femtoseconds now) {
  if (alive_ == 0) return;
  std::vector<std::uint32_t> widths(modules_.size(), 0);
  const std::uint32_t most = leader().limits().lanes;
  for (std::size_t n = 0; n < modules_.size(); ++n) {
    if (!is_alive(n)) continue;
    if (!modules_[n].awaits_verdict()) return;
    widths[n] = modules_[n].used_width();  // A retrain never widens.
    if (most != 0) widths[n] = std::min(widths[n], most);
  }
  const UcieModuleChoice choice = ucie_choose_modules(widths);
  for (std::size_t n = 0; n < modules_.size(); ++n) {
    if (is_alive(n) && (choice.used >> n & 1) == 0) modules_[n].go(UcieState::kReset, now);
  }
  alive_ = choice.used;
  agree(now, choice.lanes);
}

void UcieTraining::agree(Femtoseconds now, std::uint32_t lanes) {
  bool holds = true, repair = false;
  DataRate rate = leader().shape().rate;
  for (std::size_t n = 0; n < modules_.size(); ++n) {
    if (!is_alive(n)) continue;
    holds = holds && modules_[n].holds_rate();
    repair = repair || modules_[n].needs_repair() || modules_[n].used_width() != lanes;
    rate = std::min(rate, modules_[n].shape().rate);
  }
  const auto slower = ucie_lower_rate(rate);
  for (std::size_t n = 0; n < modules_.size(); ++n) {
    if (!is_alive(n)) continue;
    UcieLtsm& module = modules_[n];
    if (!holds && !slower) {
      module.fail(UcieTrainingError::kLanes, now);
    } else if (!holds) {
      module.slow_down(*slower, now);
    } else if (repair) {
      module.repair(lanes, now);
    } else {
      module.go(UcieState::kLinkInit, now);
    }
  }
  shape_ = leader().shape();
  shape_.lanes = lanes;
  shape_.modules = static_cast<std::uint32_t>(std::popcount(alive_));
}

std::vector<UcieLane> UcieTraining::lanes(std::size_t direction) const {
  std::vector<UcieLane> lanes;
  for (std::uint32_t n = 0; n < modules(); ++n) {
    if (!is_alive(n)) continue;
    const std::uint32_t data_lanes = params_.capability.lanes;
    for (const std::uint32_t lane : modules_[n].lane_map(direction)) {
      const bool spare = lane >= data_lanes;
      lanes.push_back(
          {n, spare ? UciePin::kDataSpare : UciePin::kData, spare ? lane - data_lanes : lane});
    }
  }
  return lanes;
}

void UcieTraining::say(Kind kind) {
  if (params_.dead) return;
  messages_.push_back({.kind = kind, .state = state(), .module = sideband_module()});
}

std::vector<UcieTrainingMessage> UcieTraining::take_messages() {
  return std::exchange(messages_, {});
}

Femtoseconds UcieTraining::residency(UcieState state, Femtoseconds now) const {
  return residency_[index(state)] + (state == seen_ ? now - since_ : Femtoseconds{});
}

}  // namespace cvp
