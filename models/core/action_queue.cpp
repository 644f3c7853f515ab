// SPDX-License-Identifier: Apache-2.0
#include "models/core/action_queue.h"

#include <algorithm>
#include <tuple>

#include "models/core/report.h"

namespace cvp {

SourceId source_id(std::string_view instance_path) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : instance_path) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return hash;
}

inline bool ActionQueue::later(const Place& a, const Place& b) const {
  if (a.time != b.time) return a.time > b.time;
  const Action &first = actions_[a.index], &second = actions_[b.index];
  return std::tie(first.priority, first.source, first.sequence) >
         std::tie(second.priority, second.source, second.sequence);
}

ActionQueue::ActionQueue(sc_core::sc_module_name name) : sc_module(name) {
  SC_HAS_PROCESS(ActionQueue);
  SC_METHOD(dispatch);
  sensitive << due_;
  dont_initialize();
}

void ActionQueue::post(Femtoseconds time, SourceId source, ActionHandler& handler, std::uint32_t op,
                       std::uint64_t arg, std::uint8_t priority) {
  const Femtoseconds current = now();
  CVP_CHECK(time >= current, name(), ": action for ", time.value, " fs posted at ", current.value);
  const bool first = heap_.empty() || time < heap_.front().time;
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(actions_.size()));
    actions_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  actions_[index] = {time, priority, source, sequence_++, &handler, op, arg};
  heap_.push_back({time, index});
  std::push_heap(heap_.begin(), heap_.end(),
                 [this](const Place& a, const Place& b) { return later(a, b); });
  if (first && !dispatching_) due_.notify(to_sc_time(time - current));
}

Action ActionQueue::take_first() {
  std::pop_heap(heap_.begin(), heap_.end(),
                [this](const Place& a, const Place& b) { return later(a, b); });
  const std::uint32_t index = heap_.back().index;
  heap_.pop_back();
  free_.push_back(index);
  return actions_[index];
}

void ActionQueue::dispatch() {
  now_ = simulation_time();
  dispatching_ = true;
  while (!heap_.empty() && heap_.front().time <= now_) {
    const Action action = take_first();
    ++executed_;
    action.handler->on_action(action);
  }
  dispatching_ = false;
  if (!heap_.empty()) due_.notify(to_sc_time(heap_.front().time - now_));
}

}  // namespace cvp
