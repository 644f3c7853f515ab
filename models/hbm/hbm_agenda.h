// SPDX-License-Identifier: Apache-2.0
//
// What a stack has still to do, as data: each action that it posts is remembered until it comes, so
// that a stack that was loaded posts the same again.
#pragma once

#include <algorithm>
#include <vector>

#include "models/core/action_queue.h"

namespace cvp {

class HbmAgenda {
 public:
  HbmAgenda(ActionQueue& actions, SourceId source, ActionHandler& handler)
      : actions_(actions), source_(source), handler_(handler) {}

  /// At `time`, at the earliest now.
  void post(Femtoseconds time, std::uint32_t op, std::uint64_t arg = 0) {
    const Item item{std::max(time, actions_.now()), op, arg};
    items_.push_back(item);
    actions_.post(item.time, source_, handler_, op, arg);
  }
  /// `action` has come.
  void done(const Action& action) {
    const auto it = std::find_if(items_.begin(), items_.end(), [&](const Item& item) {
      return item.time == action.time && item.op == action.op && item.arg == action.arg;
    });
    if (it != items_.end()) items_.erase(it);
  }

  template <class Archive>
  void save(Archive& archive) const {
    archive(items_);
  }
  template <class Archive>
  void load(Archive& archive) {
    std::vector<Item> items;
    archive(items);
    for (const Item& item : items) post(item.time, item.op, item.arg);
  }

 private:
  struct Item {
    Femtoseconds time;
    std::uint32_t op;
    std::uint64_t arg;

    template <class Archive>
    void serialize(Archive& archive) {
      archive(time, op, arg);
    }
  };

  ActionQueue& actions_;
  const SourceId source_;
  ActionHandler& handler_;
  std::vector<Item> items_;  // In the order in which they were posted.
};

}  // namespace cvp
