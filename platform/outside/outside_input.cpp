// SPDX-License-Identifier: Apache-2.0
#include "platform/outside/outside_input.h"

#include <poll.h>

#include <algorithm>

namespace cvp {

void OutsideInputs::start() {
  for (OutsideInput* input : inputs_) input->start();
}

void OutsideInputs::poll() {
  for (OutsideInput* input : inputs_) input->poll();
}

bool OutsideInputs::live() const { return std::ranges::any_of(inputs_, &OutsideInput::live); }

bool OutsideInputs::hold(Femtoseconds next, double wall_s, Femtoseconds idle, bool watched) {
  if (std::ranges::any_of(inputs_, &OutsideInput::awaited)) {
    sleep(kPatience_s);
    behind_s_ = wall_s;
    return true;
  }
  if (std::ranges::none_of(inputs_, &OutsideInput::paced)) return hold_idle(idle, wall_s, watched);
  const double ahead_s = next.seconds() - (wall_s - behind_s_);
  if (ahead_s > 0) {
    sleep(std::min(ahead_s, kPatience_s));
    return true;
  }
  behind_s_ -= ahead_s;
  return false;
}

bool OutsideInputs::hold_idle(Femtoseconds idle, double wall_s, bool watched) {
  watched |= std::ranges::any_of(inputs_, &OutsideInput::interactive);
  if (idle == Femtoseconds{} || !watched) {
    idle_since_s_.reset();
    return false;
  }
  if (!idle_since_s_) idle_since_s_ = wall_s;
  const double left_s = idle.seconds() - (wall_s - *idle_since_s_);
  if (left_s > 0) {
    sleep(std::min(left_s, kPatience_s));
    return true;
  }
  idle_since_s_.reset();
  return false;
}

void OutsideInputs::sleep(double seconds) const {
  constexpr double kNanoseconds = 1e9;
  std::vector<pollfd> descriptors;
  for (const OutsideInput* input : inputs_) {
    if (input->descriptor() >= 0) descriptors.push_back({input->descriptor(), POLLIN, 0});
  }
  const timespec limit{0, static_cast<long>(seconds * kNanoseconds)};
  ::ppoll(descriptors.data(), descriptors.size(), &limit, nullptr);
}

}  // namespace cvp
