// SPDX-License-Identifier: Apache-2.0
//
// What a debugger works on: harts, physical memory, and the run as a whole. No SystemC.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "models/cpu/debug_stop.h"
#include "models/cpu/hart.h"

namespace cvp {

class DebugTarget {
 public:
  virtual ~DebugTarget() = default;

  virtual unsigned harts() const = 0;
  virtual Hart& hart(unsigned index) = 0;
  /// `wfi at pc 0x80000124`.
  virtual std::string state(unsigned hart) const = 0;
  /// Without time; false unless all of it is there. Writing makes harts look at their code again.
  virtual bool read(Addr physical, std::span<std::uint8_t> out) = 0;
  virtual bool write(Addr physical, std::span<const std::uint8_t> in) = 0;

  /// For all harts, in the place of those that were set before.
  virtual void set_breakpoints(const std::set<Addr>& addresses) = 0;
  virtual void set_watchpoints(const std::vector<Watchpoint>& list) = 0;
  virtual void hold() = 0;
  /// One mode for each hart.
  virtual void go(const std::vector<DebugMode>& modes) = 0;
  /// Harts as after power-up, with what was loaded into memory before the start loaded again.
  virtual void reset() = 0;
  /// Lines about the run so far.
  virtual std::string statistics() const = 0;
};

}  // namespace cvp
