// SPDX-License-Identifier: Apache-2.0
//
// What can come from outside while a package runs: characters, frames. Looked at between slices of
// simulation; what has come enters the package as an action of a die, at that simulated time.
#pragma once

#include <optional>
#include <vector>

#include "models/core/units.h"

namespace cvp {

class OutsideInput {
 public:
  virtual ~OutsideInput() = default;
  virtual void start() {}
  /// Takes what has come, without waiting.
  virtual void poll() = 0;
  /// Somebody has still to come before the run can begin.
  virtual bool awaited() const { return false; }
  /// More may come, so that waiting harts are no dead end.
  virtual bool live() const = 0;
  /// Who is at the other end counts on the host's clock, which simulated time must not outrun.
  virtual bool paced() const { return false; }
  /// Somebody may type: while the package is idle, its time passes no faster than theirs.
  virtual bool interactive() const { return false; }
  /// What becomes readable then; below 0: nothing.
  virtual int descriptor() const = 0;
};

/// All of them, and what they mean for time.
class OutsideInputs {
 public:
  void add(OutsideInput& input) { inputs_.push_back(&input); }
  void start();
  void poll();
  bool live() const;
  /// Whether time must stand still, `wall_s` seconds after the start: somebody is awaited, or the
  /// simulation would be at `next` before the host's clock is. Has then slept for up to a tenth of
  /// a second, or until something has come. Nothing happens in the package for `idle` before;
  /// `watched`: somebody else, a debugger, may want to look in.
  bool hold(Femtoseconds next, double wall_s, Femtoseconds idle = {}, bool watched = false);
  /// Sleeps until something has come, for a tenth of a second at most.
  void wait() const { sleep(kPatience_s); }

 private:
  static constexpr double kPatience_s = 0.1;
  void sleep(double seconds) const;
  bool hold_idle(Femtoseconds idle, double wall_s, bool watched);

  std::vector<OutsideInput*> inputs_;
  double behind_s_ =
      0;  // How far the simulation has fallen behind the host: it never makes up for it.
  std::optional<double> idle_since_s_;
};

}  // namespace cvp
