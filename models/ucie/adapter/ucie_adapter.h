// SPDX-License-Identifier: Apache-2.0
//
// One end of a link at the level of flits: messages in, flits out, and the other way round. No
// SystemC; time is counted in slots, the time of one flit on the wire.
//
// In each slot goes the first of these that there is: a nak, a replay, a new flit, a report that is
// due, a probe. Reports ride in the headers of whatever goes, in steps; NOP flits are for an idle
// direction, and now and then for the rest. A nak that brings no replay is repeated, and who waits
// without progress probes; so nothing that is lost, be it flit, ack, nak or credit, stops the link.
#pragma once

#include "models/ucie/adapter/ucie_receiver.h"

namespace cvp {

class UcieAdapter {
 public:
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  explicit UcieAdapter(const UcieAdapterParams& params)
      : params_(params), transmitter_(params), receiver_(params) {}

  void push(const UcieMessageView& message, unsigned stack = 0) {
    transmitter_.push(message, stack);
  }
  /// The flit that leaves in this slot; false: the wire is idle.
  bool transmit(std::uint64_t slot, UcieFlit& flit);
  /// `damaged`: its bits are not those that left; only the count of those that pass looks at it.
  UcieArrival receive(std::uint64_t slot, const UcieFlit& flit, bool damaged = false);
  /// The first slot from `slot` on in which a flit leaves if nothing comes and nothing is pushed;
  /// kNever: none does. So nobody need ask in the slots before it.
  std::uint64_t next_slot(std::uint64_t slot) const;
  /// What was on the wire in either direction is lost; both ends go on from what they know.
  void retrained();
  /// The link has been lost: as new, but for the counters.
  void restart();
  /// Nothing is under way and nobody waits: no slot would carry a flit until something is pushed.
  bool idle() const;

  UcieTransmitter& transmitter() { return transmitter_; }
  const UcieTransmitter& transmitter() const { return transmitter_; }
  /// Damaged flits that no CRC has found.
  std::uint64_t undetected() const { return undetected_; }
  UcieReceiver& receiver() { return receiver_; }
  const UcieReceiver& receiver() const { return receiver_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(transmitter_, receiver_, told_accepted_, told_consumed_, news_since_, progress_,
            progress_slot_, nak_slot_, asked_, undetected_);
  }

 private:
  bool has_news() const;
  bool nak_due(std::uint64_t slot) const;
  std::uint64_t report_due() const;
  bool report_presses() const;
  std::uint64_t probe_due() const;
  void report_at_once(std::uint64_t slot);
  void look_at_clock(std::uint64_t slot);
  void nop(UcieReport report, UcieFlit& flit);

  UcieAdapterParams params_;
  UcieTransmitter transmitter_;
  UcieReceiver receiver_;
  std::uint64_t told_accepted_ = 0;  // What the other end can know.
  std::array<std::uint64_t, kUcieStacks> told_consumed_{};
  std::uint64_t news_since_ = kNever;  // Slot since which it does not know all.
  std::uint64_t progress_ = 0, progress_slot_ = 0;
  std::uint64_t nak_slot_ = 0;  // In which the last nak left.
  bool asked_ = false;          // The other end waits for a report.
  std::uint64_t undetected_ = 0;
};

}  // namespace cvp
