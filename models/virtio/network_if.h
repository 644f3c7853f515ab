// SPDX-License-Identifier: Apache-2.0
//
// Between a network device and the network that it is plugged into. No SystemC.
#pragma once

#include <cstdint>
#include <span>

#include "models/core/units.h"

namespace cvp {

/// The side of the device. Called from the action queue of its die, at the time of arrival.
class NetworkInput {
 public:
  virtual ~NetworkInput() = default;
  /// Whether there is room for a frame now. Also asked between two actions.
  virtual bool room() const = 0;
  /// An Ethernet frame without checksum. Lost without room, or if no Ethernet carries it.
  virtual void receive(std::span<const std::uint8_t> frame) = 0;
};

class NetworkIf {
 public:
  virtual ~NetworkIf() = default;
  /// A frame that the device has sent.
  virtual void send(std::span<const std::uint8_t> frame, Femtoseconds time) = 0;
  /// Where frames for the device go; called once, when it is connected.
  virtual void attach(NetworkInput& input) = 0;
};

}  // namespace cvp
