// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm_answers.h"

namespace cvp {

void HbmAnswers::answer(tlm::tlm_generic_payload& payload, Femtoseconds completion) {
  if (free_.empty()) {
    free_.push_back(open_.size());
    open_.emplace_back();
  }
  const std::size_t slot = free_.back();
  free_.pop_back();
  open_[slot] = &payload;
  actions_.post(completion, source_, *this, 0, slot);
}

void HbmAnswers::on_action(const Action& action) {
  free_.push_back(action.arg);
  target_.respond(*open_[action.arg], action.time);
}

}  // namespace cvp
