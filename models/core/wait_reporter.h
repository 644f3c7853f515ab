// SPDX-License-Identifier: Apache-2.0
//
// A module that can say what it waits for, for the dump at a dead end.
#pragma once

#include <string>

namespace cvp {

class WaitReporter {
 public:
  virtual ~WaitReporter() = default;
  /// One line without a newline, for example `hart 0: wfi at pc 0x80000124`; empty when idle.
  virtual std::string waiting() const = 0;
};

}  // namespace cvp
