// SPDX-License-Identifier: Apache-2.0
//
// What may hold a run between its slices, as a debugger does. No SystemC.
#pragma once

namespace cvp {

class RunControl {
 public:
  virtual ~RunControl() = default;
  /// Elaboration is over and nothing has run.
  virtual void begins() = 0;
  /// Between slices of simulation; returns when the next one may begin, or when `interrupted` is
  /// set. False: the run shall end.
  virtual bool may_go_on(const volatile int& interrupted) = 0;
  /// Somebody may yet change things, so that waiting harts are no dead end.
  virtual bool live() const = 0;
  /// Sleeps until something has come, for a tenth of a second at most.
  virtual void wait() const = 0;
  /// The run has ended with this exit code.
  virtual void ended(int exit_code) = 0;
};

}  // namespace cvp
