// SPDX-License-Identifier: Apache-2.0
//
// Two ends of a link that train, and the sidebands between them: a message takes 122 ns.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "models/ucie/phy/ucie_training.h"

namespace cvp {

inline UcieTrainingParams end_of(UcieLinkShape shape) { return {.capability = shape}; }

struct TrainingPair {
  UcieTraining a, b;
  Femtoseconds now;
  std::multimap<std::uint64_t, std::pair<bool, UcieTrainingMessage>> wire;
  std::vector<UcieState> seen{UcieState::kReset};  ///< Of end a.
  bool cut = false;                                ///< What is sent is lost.

  /// End b is the second of the link, unless its parameters say otherwise.
  TrainingPair(const UcieTrainingParams& pa, UcieTrainingParams pb) : a(pa), b(second(pb)) {}

  void collect() {
    for (const auto& m : a.take_messages()) send(true, m);
    for (const auto& m : b.take_messages()) send(false, m);
    if (seen.back() != a.state()) seen.push_back(a.state());
  }
  Femtoseconds next() const {
    Femtoseconds first = std::min(a.deadline(), b.deadline());
    if (!wire.empty()) first = std::min(first, Femtoseconds{wire.begin()->first});
    return first;
  }
  void step() {
    now = next();
    while (!wire.empty() && wire.begin()->first == now.value) {
      const auto [to_b, message] = wire.begin()->second;
      wire.erase(wire.begin());
      (to_b ? b : a).receive(now, message);
      collect();
    }
    a.wake(now);
    b.wake(now);
    collect();
  }
  /// Runs until nothing is left to happen or the limit.
  void run(Femtoseconds limit) {
    collect();
    while (next() <= limit) step();
    now = limit;
  }

 private:
  static UcieTrainingParams second(UcieTrainingParams params) {
    params.end = 1;
    return params;
  }
  void send(bool to_b, const UcieTrainingMessage& message) {
    if (!cut) wire.emplace((now + 122_ns).value, std::pair{to_b, message});
  }
};

}  // namespace cvp
