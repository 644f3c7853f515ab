// SPDX-License-Identifier: Apache-2.0
//
// Message receiver: how the interrupts of other dies and of CXL devices arrive. A posted write of n
// pulses wire n, which leads to an edge source of the PLIC. Writes do not overtake one another on
// their way here, so an interrupt arrives after the data before it.
//
// Programmer's model: message_receiver.regs.toml. Timing: a pulse rises when the write arrives;
// pulses of one wire that come closer than their length follow one another, none is lost.
#pragma once

#include <array>
#include <systemc>

#include "models/core/action_queue.h"
#include "models/core/register_socket.h"
#include "models/message_receiver/message_receiver_regs.h"  // generated

namespace cvp {

struct MessageReceiverParams {
  Femtoseconds pulse = 1_ns;        ///< High time of a pulse, and low time behind it.
  Femtoseconds access_time = 0_ns;  ///< Of a write; changes timing only.
};

struct MessageReceiverStatistics {
  std::uint64_t messages = 0;
  std::uint64_t refused = 0;
};

class MessageReceiver : public sc_core::sc_module, private ActionHandler {
 public:
  static constexpr unsigned kSources = 128;

  RegisterSocket mem_target{"mem_target"};
  sc_core::sc_vector<sc_core::sc_out<bool>> source{"source", kSources};

  MessageReceiver(sc_core::sc_module_name name, ActionQueue& actions,
                  const MessageReceiverParams& params = {});

  const MessageReceiverStatistics& statistics() const { return statistics_; }

  template <class Archive>
  void serialize(Archive& archive) {
    for (Wire& wire : wires_) archive(wire.high, wire.next_edge, wire.waiting);
    archive(regs_, statistics_.messages, statistics_.refused);
  }

 private:
  enum Op : std::uint32_t { kArrive, kFall };
  struct Wire {
    bool high = false;
    Femtoseconds next_edge;     ///< Earliest time of the next rising edge.
    std::uint64_t waiting = 0;  ///< Messages whose pulse has not begun.
  };

  void message(std::uint64_t number);
  void on_action(const Action& action) override;
  void drive_sources();

  ActionQueue& actions_;
  const SourceId source_id_;
  const MessageReceiverParams params_;
  MessageReceiverRegs regs_{"message_receiver"};
  std::array<Wire, kSources> wires_;
  MessageReceiverStatistics statistics_;
  sc_core::sc_event wires_changed_;
};

}  // namespace cvp
