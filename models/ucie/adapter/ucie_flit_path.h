// SPDX-License-Identifier: Apache-2.0
//
// The data path of one end at flit fidelity: an adapter that the die's action queue drives. Packets
// become messages, messages flits, and each flit that leaves is a message between dies of its own,
// with its bytes as they are on the wire, errors included.
//
// A slot is an action, and there is one only where a flit leaves: an idle link costs nothing. It
// comes last of all at its time, so that what is pushed then shares the flit.
#pragma once

#include <deque>
#include <map>

#include "models/core/action_queue.h"
#include "models/ucie/adapter/ucie_adapter.h"
#include "models/ucie/adapter/ucie_flit_decoder.h"
#include "models/ucie/adapter/ucie_noise.h"
#include "models/ucie/adapter/ucie_parity.h"
#include "models/ucie/phy/ucie_idle.h"
#include "models/ucie/phy/ucie_link.h"
#include "models/ucie/phy/ucie_phy.h"
#include "models/ucie/protocol/ucie_transaction.h"

namespace cvp {

struct UcieFlitPathParams {
  UcieAdapterParams adapter;
  UcieMapping mapping = UcieMapping::kStreaming;
  UcieIdleTimes idle;
};

/// A message whose last byte is on the wire.
struct UcieLeft {
  std::uint64_t tag = 0;
  bool posted = false;  ///< Its sender waits for nothing more.
  TrafficClass traffic_class = TrafficClass::kOther;
  std::uint64_t bytes = 0;  ///< With its header.
  Femtoseconds pushed;
};

/// What a path tells the port that it is a part of.
class UcieFlitPathClient {
 public:
  virtual ~UcieFlitPathClient() = default;
  virtual void flit_leaves(Femtoseconds arrival, Message flit) = 0;
  virtual void packet_arrived(Packet packet, Femtoseconds latency) = 0;
  /// At `when`, the end of a flit.
  virtual void message_left(const UcieLeft& message, Femtoseconds when) = 0;
  /// A damaged flit was taken for a good one.
  virtual void error_passed() = 0;
  /// What has come is no message: the row of messages is out of step.
  virtual void framing_error() = 0;
};

/// Wrong bits of parity that came, by physical lane.
using UcieLaneErrors = std::map<UcieLane, std::uint64_t>;

class UcieFlitPath : private ActionHandler {
 public:
  /// `port` is the path of the instance that this is a part of.
  UcieFlitPath(const std::string& port, ActionQueue& actions, UcieFlitPathClient& client,
               const UcieFlitPathParams& params);

  /// The link is ACTIVE, in this shape, with these errors and so many 64 byte inserts of parity:
  /// what waits goes. `incoming`: the lanes over which bytes come, in turn.
  void open(const UcieLinkShape& shape, const UcieBitFaults& bits, std::uint32_t parity,
            std::vector<UcieLane> incoming);
  /// No flit starts any more, until open(). When the one that has started ends.
  Femtoseconds stop();
  /// The link is ACTIVE no more. What is on the wires will be sent again.
  void close();
  /// The link is lost, and with it all that was under way: so many messages that had left the
  /// other end's protocol layer and have not come.
  std::size_t reset();

  void push(const Packet& packet);
  /// The next flit that leaves has a wrong bit. Not for raw flits.
  void damage_next_flit() { damage_next_ = true; }
  /// A flit, or a block of parity.
  static bool is_flit(const Message& message);
  /// A flit has come. `hears` false: the receiver does not work now.
  void receive(const Message& message, bool hears);

  const UcieTransmitCounters& sent() const { return adapter_.transmitter().counters(); }
  const UcieReceiveCounters& received() const { return adapter_.receiver().counters(); }
  std::uint64_t wire_flits() const { return wire_flits_before_ + run_before_ + run_; }
  Femtoseconds busy() const { return busy_before_ + clock_.time(run_before_ + run_); }
  /// So too, or was awake for it.
  Femtoseconds awake() const {
    return busy() + awake_before_ + params_.idle.awake_since(free_at(), actions_.now());
  }
  std::uint64_t parity_bytes() const { return parity_bytes_; }
  const UcieLaneErrors& parity_errors() const { return parity_errors_; }
  /// Something waited and the wire was idle: for credits, for room in the retry buffer.
  Femtoseconds credit_stall() const { return credit_stall_; }
  Femtoseconds retry_stall() const { return retry_stall_; }
  /// Damaged flits that no CRC has found.
  std::uint64_t undetected() const { return adapter_.undetected(); }
  std::size_t waiting_bytes() const { return adapter_.transmitter().waiting_bytes(); }
  /// No message is under way, to here or from here; reports may still be due.
  bool at_rest() const;

  /// At rest, into a path with the same parameters.
  template <class Archive>
  void serialize(Archive& archive) {
    archive(adapter_, noise_, damage_next_, open_, clock_, half_time_, since_, first_slot_, base_,
            run_, run_before_, wire_flits_before_, busy_before_, awake_before_, woken_,
            parity_sent_, parity_received_, parity_bytes_, incoming_, parity_errors_,
            stalled_since_, stalled_by_credit_, credit_stall_, retry_stall_);
    for (Stack& stack : stacks_) archive(stack.pushed_bytes);
    if constexpr (Archive::is_loading::value) schedule();
  }

 private:
  struct Late {
    Femtoseconds time;
    Packet packet;
    Femtoseconds latency;
  };
  struct Leaving {
    std::uint64_t end = 0;  // Of its last byte, in all bytes that were pushed on its stack.
    UcieLeft message;
  };
  // What is under way on a stack.
  struct Stack {
    std::deque<UcieNote> expected;  // Of messages that are still to come from the other end.
    std::deque<Leaving> leaving;
    std::uint64_t pushed_bytes = 0;
  };

  void on_action(const Action& action) override;
  void schedule();
  bool wakes();
  void transmit();
  Message wire_message(const UcieFlit& flit, bool damaged);
  void trace(UcieFlitDecoder::Decoded& flit, const UcieFlit& on_wire, bool damaged);
  void send_parity();
  void compare_parity(std::span<const std::uint8_t> block);
  void note_stall();
  bool take_arrivals(unsigned stack);
  std::optional<Packet> packet_of(const UcieMessageView& message, unsigned stack,
                                  Femtoseconds& pushed);
  std::uint64_t slot_at(Femtoseconds time) const;
  Femtoseconds free_at() const { return base_ + clock_.time(run_); }

  ActionQueue& actions_;
  UcieFlitPathClient& client_;
  const SourceId source_;
  const UcieFlitPathParams params_;
  const std::string port_;
  UcieAdapter adapter_;
  UcieNoise noise_;
  bool damage_next_ = false;
  UcieFlitDecoder decoder_;  // Of what leaves; idle unless somebody watches.

  bool open_ = false;
  FlitClock clock_;
  Femtoseconds half_time_;        // By which the first half of a flit is forwarded earlier.
  Femtoseconds since_;            // open() with this format: slots count from here,
  std::uint64_t first_slot_ = 0;  // and from this number.
  Femtoseconds base_;             // When the current run of flits, one after the other, began.
  std::uint64_t run_ = 0, run_before_ = 0, wire_flits_before_ = 0;
  Femtoseconds busy_before_;
  Femtoseconds awake_before_;                  // Without a flit, before this run.
  Femtoseconds woken_;                         // When the wire was, or will be, last.
  Femtoseconds posted_ = Femtoseconds::max();  // Of the next slot action.

  UcieParity parity_sent_, parity_received_;
  std::uint64_t parity_bytes_ = 0;
  std::vector<UcieLane> incoming_;
  UcieLaneErrors parity_errors_;

  std::vector<UcieNote> notes_;  // Of messages that were pushed since the last flit.
  std::deque<Late> late_;        // From second halves of flits.
  std::array<Stack, kUcieStacks> stacks_;
  Femtoseconds stalled_since_ = Femtoseconds::max();
  bool stalled_by_credit_ = false;
  Femtoseconds credit_stall_, retry_stall_;
};

}  // namespace cvp
