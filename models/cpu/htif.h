// SPDX-License-Identifier: Apache-2.0
//
// Host-target interface of bare-metal RISC-V programs, with the meaning that Spike gives it:
//   odd value              the program ends with exit code value >> 1
//   device 1, command 1    the low byte goes to the console
//   even, device 0         address of a system call {number, arguments...}; only write(fd, p, n) to
//                          the console and exit are served
// No SystemC.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "models/core/units.h"

namespace cvp {

class Htif {
 public:
  struct Host {
    std::function<void(std::uint64_t code)> exit;
    std::function<void(char character)> console;
    /// Access to guest memory without time; false outside of it.
    std::function<bool(Addr, std::span<std::uint8_t>)> read;
    std::function<bool(Addr, std::span<const std::uint8_t>)> write;
  };
  /// `fromhost` 0: the program has none.
  Htif(Addr tohost, Addr fromhost, Host host);

  /// Looks at tohost after a store to it.
  void poll();
  bool ended() const { return ended_; }

 private:
  void system_call(Addr block);
  void answer(std::uint64_t value);
  bool read_word(Addr address, std::uint64_t& value) const;
  bool write_word(Addr address, std::uint64_t value) const;

  const Addr tohost_, fromhost_;
  const Host host_;
  bool ended_ = false;
};

}  // namespace cvp
