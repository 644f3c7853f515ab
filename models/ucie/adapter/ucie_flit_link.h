// SPDX-License-Identifier: Apache-2.0
//
// A link of two adapters, flit by flit: every flit has its bytes, its CRC and its sequence number.
// No SystemC; between dies, UcieFlitPath drives an adapter by the same rules. Time is counted in
// slots and parts of them: a flit leaves when its wire is free, in whatever part of a slot, and
// arrives after a flight that need not be whole slots.
//
// The round trip is given in slots, from the start of a damaged flit to the start of its replay.
// What it is longer than two flights, the way back takes: the time that the ends need to answer.
#pragma once

#include <optional>

#include "models/ucie/adapter/ucie_adapter.h"
#include "models/ucie/adapter/ucie_channel.h"
#include "models/ucie/adapter/ucie_flow_meter.h"

namespace cvp {

/// What a round trip leaves for the ends; a nak that has waited for almost a slot is still in time.
double ucie_answer_slots(std::uint32_t round_trip_slots, double flight_slots);

struct UcieFlitLinkParams {
  UcieAdapterParams adapter;  ///< But for the round trip, which is that of the link.
  double flight_slots = 2;  ///< From the start of a flit until it, or its first half, has arrived.
  /// By which the way back takes longer; none: what the round trip leaves for it.
  std::optional<double> answer_slots;
  std::uint32_t round_trip_slots = 4;       ///< At least twice the flight.
  std::array<UcieChannelFaults, 2> faults;  ///< Of what end 0 sends, of what end 1 sends.
  std::uint64_t seed = 1;
};

class UcieFlitLink {
 public:
  explicit UcieFlitLink(const UcieFlitLinkParams& params);

  UcieAdapter& end(unsigned n) { return ends_[n]; }
  const UcieAdapter& end(unsigned n) const { return ends_[n]; }
  const UcieChannel& channel(unsigned from) const { return channels_[from]; }

  /// Time goes on to when something arrives or leaves next, at the latest to `latest`, and what
  /// arrives is handed over: who answers it then is in time for depart(). False: nothing will
  /// happen until somebody pushes.
  bool arrive(UcieSlotTime latest = kUcieNoTime);
  /// What is due leaves; what has been pushed before is in time.
  void depart();
  /// All that happens in a slot.
  void step();
  UcieSlotTime now() const { return now_; }
  std::uint64_t slot() const { return now_ / kUcieSlot; }

  /// Nothing will happen until somebody pushes a message.
  bool idle() const;
  /// The PHY trains again: what is on the wires is lost, and nothing moves for so many slots.
  void retrain(std::uint64_t slots);

  /// Damaged flits that an end has taken for good.
  std::uint64_t undetected() const { return ends_[0].undetected() + ends_[1].undetected(); }
  const UcieFlowMeter& meter(unsigned from) const { return meters_[from]; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(ends_, channels_, meters_, free_, due_, now_);
  }

 private:
  void depart(unsigned from);
  UcieSlotTime departure(unsigned from) const;
  UcieSlotTime next_event() const;
  void go_to(UcieSlotTime time);

  std::array<UcieAdapter, 2> ends_;
  std::array<UcieChannel, 2> channels_;  // Of what end n sends; so are the meters.
  std::array<UcieFlowMeter, 2> meters_;
  std::array<UcieSlotTime, 2> free_{};  // When the wire that end n drives is.
  std::array<UcieSlotTime, 2> due_{};   // When it has to be asked again what leaves.
  UcieSlotTime now_ = 0;
};

}  // namespace cvp
