// SPDX-License-Identifier: Apache-2.0
//
// Serial port, ns16550a. What software sends goes to a console; what the console types comes back.
//
// Programmer's model: uart.regs.toml. Timing: a character takes no time, unless `timed`.
// Not modelled: see README.md.
#pragma once

#include <systemc>

#include "models/core/action_queue.h"
#include "models/core/console_if.h"
#include "models/core/register_socket.h"
#include "models/uart/uart_core.h"

namespace cvp {

struct UartParams {
  Frequency clock = {3'686'400};    ///< Input clock, 16 times the highest baud rate.
  bool timed = false;               ///< Characters take the time that baud rate and format say.
  Femtoseconds access_time = 0_ns;  ///< Of a register; changes timing only.
};

class Uart : public sc_core::sc_module, private ConsoleInput, private ActionHandler {
 public:
  RegisterSocket regs_target{"regs_target"};
  sc_core::sc_out<bool> irq{"irq"};

  Uart(sc_core::sc_module_name name, ActionQueue& actions, const UartParams& params = {});

  /// Until this is called, characters go nowhere. The console must outlive the port.
  void connect(ConsoleIf& console);
  const UartStatistics& statistics() const { return core_.statistics(); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(core_);
  }

 private:
  bool room() const override { return core_.room(); }
  bool receive(std::uint8_t character) override { return core_.receive(character); }
  void start_character();
  void on_action(const Action& action) override;
  void drive_irq();

  ActionQueue& actions_;
  const SourceId source_;
  const UartParams params_;
  UartCore core_;
  ConsoleIf* console_ = nullptr;
  Femtoseconds sent_at_;
};

}  // namespace cvp
