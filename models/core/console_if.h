// SPDX-License-Identifier: Apache-2.0
//
// Between a serial port and whoever shows its characters and types. No SystemC.
#pragma once

#include <cstdint>

#include "models/core/units.h"

namespace cvp {

/// The side of the port. Called from the action queue of the port's die, at the time of the input.
class ConsoleInput {
 public:
  virtual ~ConsoleInput() = default;
  /// Whether there is room for a character now. Also asked between two actions.
  virtual bool room() const = 0;
  /// Takes a character; false if there is no room, so that it has to be offered again.
  virtual bool receive(std::uint8_t character) = 0;
};

class ConsoleIf {
 public:
  virtual ~ConsoleIf() = default;
  /// A character that the port has sent.
  virtual void put(std::uint8_t character, Femtoseconds time) = 0;
  /// Where input goes; called once, when the port is connected.
  virtual void attach(ConsoleInput& input) { (void)input; }
};

}  // namespace cvp
