// SPDX-License-Identifier: Apache-2.0
#include "models/core/action_queue.h"

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

bool ActionQueue::Later::operator()(const Action& a, const Action& b) const {
  return std::tie(a.time, a.priority, a.source, a.sequence) >
         std::tie(b.time, b.priority, b.source, b.sequence);
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
  const bool first = actions_.empty() || time < actions_.top().time;
  actions_.push({time, priority, source, sequence_++, &handler, op, arg});
  if (first && !dispatching_) due_.notify(to_sc_time(time - current));
}

void ActionQueue::dispatch() {
  const Femtoseconds current = now();
  dispatching_ = true;
  while (!actions_.empty() && actions_.top().time <= current) {
    const Action action = actions_.top();
    actions_.pop();
    ++executed_;
    action.handler->on_action(action);
  }
  dispatching_ = false;
  if (!actions_.empty()) due_.notify(to_sc_time(actions_.top().time - current));
}

}  // namespace cvp
