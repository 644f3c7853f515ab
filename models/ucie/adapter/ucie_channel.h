// SPDX-License-Identifier: Apache-2.0
//
// The wires of one direction between two adapters, with everything that can go wrong on them. No
// SystemC. The same seed gives the same faults.
#pragma once

#include <array>
#include <vector>

#include "models/ucie/adapter/ucie_noise.h"
#include "models/ucie/adapter/ucie_slot_time.h"
#include "models/ucie/adapter/ucie_transmitter.h"

namespace cvp {

/// Probabilities of one flit.
struct UcieChannelFaults {
  UcieBitFaults bits;
  double swap = 0;       ///< The flit arrives behind the one after it.
  double lost_flit = 0;  ///< One with payload never arrives.
  double lost_nop = 0;   ///< One without, and with it an ack, a nak or credits.
};

/// What has happened to them.
struct UcieChannelCounters {
  std::uint64_t flits = 0, nops = 0;  ///< That were sent: with payload; without.
  std::uint64_t late = 0;             ///< Drawn to be swapped; nothing may follow that overtakes.
  std::uint64_t overtaken = 0;        ///< Arrived behind the one after them.
  std::uint64_t lost_flits = 0, lost_nops = 0;
  /// Of lost_nops, those with news: flits accepted, flits consumed, a nak.
  std::uint64_t lost_acks = 0, lost_credits = 0, lost_naks = 0;
  std::uint64_t lost_in_flight = 0;  ///< On the wires when these were cleared.

  template <class Archive>
  void serialize(Archive& archive) {
    archive(flits, nops, late, overtaken, lost_flits, lost_nops, lost_acks, lost_credits, lost_naks,
            lost_in_flight);
  }
};

class UcieChannel {
 public:
  /// A flit arrives `delay` after its start. A slot or more lies between two starts.
  UcieChannel(const UcieFlitLayout& layout, UcieSlotTime delay, const UcieChannelFaults& faults,
              std::uint64_t seed);

  struct Arrival {
    const UcieFlit* flit = nullptr;  ///< Until the next call of send().
    bool damaged = false;            ///< Its bits are not those that left.
  };

  /// Of the flit that arrives next; kUcieNoTime: there is none.
  UcieSlotTime next_arrival() const { return count_ == 0 ? kUcieNoTime : at(0).arrival; }
  /// It has arrived.
  Arrival receive();
  /// Where the flit that leaves next is to be written; send() follows.
  UcieFlit& next_flit() { return at(count_).flit; }
  void send(UcieSlotTime start);
  /// All that is on the wires is lost.
  void clear();
  bool empty() const { return count_ == 0; }
  std::uint64_t damaged_flits() const { return noise_.damaged_flits(); }
  std::uint64_t bursts() const { return noise_.bursts(); }
  const UcieChannelCounters& counters() const { return counters_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(wires_, first_, count_, random_, noise_, counters_, told_accepted_, told_consumed_);
  }

 private:
  struct Place {
    UcieFlit flit;
    UcieSlotTime arrival = 0;
    bool damaged = false;
    bool late = false;  // By a slot, for the next flit to pass.
    template <class Archive>
    void serialize(Archive& archive) {
      archive(flit, arrival, damaged, late);
    }
  };
  bool loses(const UcieFlit& flit);
  void note_lost(const UcieReport& report);
  Place& at(std::size_t n) { return wires_[(first_ + n) & last_place_]; }
  const Place& at(std::size_t n) const { return wires_[(first_ + n) & last_place_]; }

  const UcieFlitLayout* layout_;
  UcieSlotTime delay_;
  UcieChannelFaults faults_;
  // A ring of a power of two: `count_` flits from `first_` on, in order of arrival.
  std::vector<Place> wires_;
  std::size_t last_place_;  // Its number.
  std::size_t first_ = 0, count_ = 0;
  UcieRandom random_;
  UcieNoise noise_;
  UcieChannelCounters counters_;
  std::uint64_t told_accepted_ = 0;  // By NOP flits that were not lost.
  std::array<std::uint64_t, kUcieStacks> told_consumed_{};
};

}  // namespace cvp
