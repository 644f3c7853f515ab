// SPDX-License-Identifier: Apache-2.0
//
// A link of two adapters, flit by flit: every flit has its bytes, its CRC and its sequence number.
// No SystemC; step() is one slot, the time of one flit on the wire, in both directions at once, so
// flights last whole slots. Between dies, where time is exact, UcieFlitPath drives an adapter.
//
// The round trip is given in slots, from the start of a damaged flit to the start of its replay:
// the nak leaves when the flit has come, and takes the rest of the round trip. What the link does
// beyond its physical latency is thus the time that the ends need to answer.
#pragma once

#include "models/ucie/adapter/ucie_adapter.h"
#include "models/ucie/adapter/ucie_channel.h"
#include "models/ucie/adapter/ucie_flow_meter.h"

namespace cvp {

struct UcieFlitLinkParams {
  UcieAdapterParams adapter;                ///< But for the round trip, which is that of the link.
  std::uint32_t flight_slots = 2;           ///< From the start of a flit until it has arrived.
  std::uint32_t round_trip_slots = 4;       ///< More than flight_slots.
  std::array<UcieChannelFaults, 2> faults;  ///< Of what end 0 sends, of what end 1 sends.
  std::uint64_t seed = 1;
};

class UcieFlitLink {
 public:
  explicit UcieFlitLink(const UcieFlitLinkParams& params);

  UcieAdapter& end(unsigned n) { return ends_[n]; }
  const UcieAdapter& end(unsigned n) const { return ends_[n]; }
  const UcieChannel& channel(unsigned from) const { return channels_[from]; }
  /// The next slot.
  std::uint64_t slot() const { return slot_; }
  void step();
  /// Nothing will happen until somebody pushes a message.
  bool idle() const;
  /// The PHY trains again: what is on the wires is lost, and nothing moves for so many slots.
  void retrain(std::uint64_t slots);

  /// Damaged flits that an end has taken for good.
  std::uint64_t undetected() const { return ends_[0].undetected() + ends_[1].undetected(); }
  const UcieFlowMeter& meter(unsigned from) const { return meters_[from]; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(ends_, channels_, meters_, slot_);
  }

 private:
  std::array<UcieAdapter, 2> ends_;
  std::array<UcieChannel, 2> channels_;  // Of what end n sends; so are the meters.
  std::array<UcieFlowMeter, 2> meters_;
  std::uint64_t slot_ = 0;
};

}  // namespace cvp
