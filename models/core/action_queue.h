// SPDX-License-Identifier: Apache-2.0
//
// The one place of a die from which its shared resources are touched.
//
// An action is data: who, when, what (`op`, `arg`); nothing that matters waits on a stack or in a
// closure. Actions run in the order (time, priority, source id, sequence). Source ids derive from
// instance path names, so the order of construction does not matter.
#pragma once

#include <string_view>
#include <systemc>
#include <vector>

#include "models/core/simulation_time.h"
#include "models/core/units.h"

namespace cvp {

using SourceId = std::uint64_t;

/// The id of an instance: FNV-1a of its path name (`sc_object::name()`).
SourceId source_id(std::string_view instance_path);

struct Action;

class ActionHandler {
 public:
  virtual ~ActionHandler() = default;
  virtual void on_action(const Action& action) = 0;
};

struct Action {
  Femtoseconds time;
  std::uint8_t priority = 0;  ///< Smaller runs first at equal times.
  SourceId source = 0;
  std::uint64_t sequence = 0;
  ActionHandler* handler = nullptr;
  std::uint32_t op = 0;
  std::uint64_t arg = 0;
};

/// Arrivals from other dies come before what the die does itself at that time; harts come last, so
/// that they see what devices did.
enum ActionPriority : std::uint8_t { kArrival = 0, kNormal = 1, kHartTurn = 2 };

class ActionQueue : public sc_core::sc_module {
 public:
  explicit ActionQueue(sc_core::sc_module_name name);

  /// Runs `handler.on_action` at `time`, which must not lie in the past.
  void post(Femtoseconds time, SourceId source, ActionHandler& handler, std::uint32_t op,
            std::uint64_t arg = 0, std::uint8_t priority = kNormal);
  Femtoseconds now() const { return dispatching_ ? now_ : simulation_time(); }
  bool empty() const { return heap_.empty(); }
  std::size_t pending() const { return heap_.size(); }
  std::uint64_t executed() const { return executed_; }

 private:
  // What the heap moves; it looks at the action itself only where times are equal.
  struct Place {
    Femtoseconds time;
    std::uint32_t index = 0;  // In actions_.
  };
  bool later(const Place& a, const Place& b) const;
  Action take_first();
  void dispatch();

  std::vector<Place> heap_;  // The first one to run is in front.
  std::vector<Action> actions_;
  std::vector<std::uint32_t> free_;  // Of actions_.
  std::uint64_t sequence_ = 0;
  std::uint64_t executed_ = 0;
  bool dispatching_ = false;
  Femtoseconds now_;  // While dispatching.
  sc_core::sc_event due_;
};

}  // namespace cvp
