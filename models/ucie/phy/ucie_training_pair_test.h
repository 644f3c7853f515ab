// SPDX-License-Identifier: Apache-2.0
//
// Two ends of a link that train, and the sidebands between them: a message takes 122 ns.
#pragma once

#include <utility>
#include <vector>

#include "models/ucie/phy/ucie_end_pair_test.h"
#include "models/ucie/phy/ucie_training.h"

namespace cvp {

inline UcieTrainingParams end_of(UcieLinkShape shape) { return {.capability = shape}; }

struct TrainingPair : EndPair<UcieTraining, UcieTrainingMessage> {
  std::vector<UcieState> seen{UcieState::kReset};  ///< Of end a.
  bool cut = false;                                ///< What is sent is lost.

  /// End b is the second of the link, unless its parameters say otherwise.
  TrainingPair(const UcieTrainingParams& pa, const UcieTrainingParams& pb)
      : EndPair(pa, second(pb)) {}

 private:
  static UcieTrainingParams second(UcieTrainingParams params) {
    params.end = 1;
    return params;
  }
  void look() override {
    if (seen.back() != a.state()) seen.push_back(a.state());
  }
  void receive(bool from_b, const UcieTrainingMessage& message) override {
    (from_b ? a : b).receive(now, message);
  }
  void send(bool from_b, const UcieTrainingMessage& message) override {
    if (!cut) wire.emplace((now + 122_ns).value, std::pair{from_b, message});
  }
};

}  // namespace cvp
