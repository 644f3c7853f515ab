// SPDX-License-Identifier: Apache-2.0
//
// The 16550A behind its registers: FIFOs, line and modem status, interrupt identification.
// No SystemC. The shell gives it time: `start` says that a character entered the shift register,
// `shifted` that it has left it.
#pragma once

#include <deque>
#include <functional>

#include "models/core/units.h"
#include "models/uart/uart_regs.h"  // generated

namespace cvp {

struct UartStatistics {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t lost = 0;  ///< Written to a full FIFO, or received in loop-back without room.
};

class UartCore {
 public:
  UartCore();

  UartRegs regs;
  std::function<void()> start;  ///< A character is being shifted out.
  std::function<void(std::uint8_t)> send;

  /// The character in the shift register is out: sends it, or loops it back, and takes the next.
  void shifted();
  bool room() const { return rx_.size() < capacity(); }
  /// A character from the line; false while there is no room.
  bool receive(std::uint8_t character);
  bool interrupting() const { return !regs.iir.get().none; }
  /// Half bits of a character as line control sets it; times 8 times the divisor, in input clocks.
  unsigned half_bits() const;
  unsigned divisor() const;
  const UartStatistics& statistics() const { return statistics_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(rx_, tx_, shift_, shifting_, thre_pending_, thre_enabled_, fifo_enabled_, regs);
    archive(statistics_.sent, statistics_.received, statistics_.lost);
  }

 private:
  std::size_t capacity() const { return regs.fcr.get().enable ? 16 : 1; }
  void write_character(std::uint8_t character);
  void shift_next();
  std::uint8_t read_character();
  void control_fifos(UartRegs::Fcr fcr, bool was_enabled);
  void drive_modem_status();
  /// Line status and interrupt identification as functions of everything else.
  void refresh();
  UartRegs::Iir identify() const;

  std::deque<std::uint8_t> rx_, tx_;
  std::uint8_t shift_ = 0;
  bool shifting_ = false;
  bool thre_pending_ = false;  ///< The transmitter became empty and nobody has been told.
  bool thre_enabled_ = false;
  bool fifo_enabled_ = false;
  UartStatistics statistics_;
};

}  // namespace cvp
