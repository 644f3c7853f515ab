// SPDX-License-Identifier: Apache-2.0
//
// Answers in the four phases of the base protocol for fidelities that know the completion at once:
// the request ends when it comes, the response begins at its time, and one at a time is open.
#pragma once

#include <tlm>
#include <vector>

#include "models/core/action_queue.h"
#include "models/core/burst_target.h"

namespace cvp {

class HbmAnswers : private ActionHandler {
 public:
  HbmAnswers(BurstTarget& target, ActionQueue& actions, SourceId source)
      : target_(target), actions_(actions), source_(source) {}

  /// `target` responds to the transaction at `completion`.
  void answer(tlm::tlm_generic_payload& payload, Femtoseconds completion);

 private:
  void on_action(const Action& action) override;

  BurstTarget& target_;
  ActionQueue& actions_;
  const SourceId source_;
  std::vector<tlm::tlm_generic_payload*> open_;  // By slot, the action's argument.
  std::vector<std::size_t> free_;
};

}  // namespace cvp
