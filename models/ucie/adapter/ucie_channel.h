// SPDX-License-Identifier: Apache-2.0
//
// The wires of one direction between two adapters, slot by slot, with everything that can go wrong
// on them. No SystemC. The same seed gives the same faults.
#pragma once

#include <vector>

#include "models/ucie/adapter/ucie_noise.h"

namespace cvp {

/// Probabilities of one flit.
struct UcieChannelFaults {
  UcieBitFaults bits;
  double swap = 0;       ///< The flit arrives behind the one after it.
  double lost_flit = 0;  ///< One with payload never arrives.
  double lost_nop = 0;   ///< One without, and with it an ack, a nak or credits.
};

class UcieChannel {
 public:
  /// A flit that leaves in slot n arrives at slot n + delay_slots, 1 or more.
  UcieChannel(const UcieFlitLayout& layout, std::uint32_t delay_slots,
              const UcieChannelFaults& faults, std::uint64_t seed);

  struct Arrival {
    const UcieFlit* flit = nullptr;  ///< Null: nothing arrives in this slot.
    bool damaged = false;            ///< Its bits are not those that left.
  };

  /// One call of each a slot, for every slot: first what arrives, then what leaves.
  Arrival receive(std::uint64_t slot);
  void send(std::uint64_t slot, const UcieFlit& flit);
  /// All that is on the wires is lost.
  void clear();
  bool empty() const { return flying_ == 0; }
  std::uint64_t damaged_flits() const { return noise_.damaged_flits(); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(wires_, flying_, random_, noise_);
  }

 private:
  struct Place {
    UcieFlit flit;
    bool taken = false, damaged = false;
    template <class Archive>
    void serialize(Archive& archive) {
      archive(flit, taken, damaged);
    }
  };
  Place& at(std::uint64_t slot) { return wires_[slot % wires_.size()]; }

  const UcieFlitLayout* layout_;
  std::uint32_t delay_slots_;
  UcieChannelFaults faults_;
  std::vector<Place> wires_;  // Of arrival at slot n: at n modulo the size.
  std::uint64_t flying_ = 0;
  UcieRandom random_;
  UcieNoise noise_;
};

}  // namespace cvp
