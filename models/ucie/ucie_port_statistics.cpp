// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "models/ucie/ucie_port.h"

namespace cvp {

// Only an ACTIVE link takes power, and training may change its shape.
void UciePort::note_energy() {
  energy_.run(training().state() == UcieState::kActive, training().shape(), actions_.now(),
              awake());
}

UcieStatistics UciePort::statistics() const {
  UcieStatistics all = counters_;
  const Femtoseconds now = actions_.now();
  if (flits_) {
    all.flits = flits_->sent().flits;
    all.retries = flits_->sent().retries;
    all.replayed_flits = flits_->sent().replayed;
    all.nop_flits = flits_->sent().nops;
    all.wire_bytes = flits_->wire_flits() * link_.shape().wire_bytes() + flits_->parity_bytes();
    all.parity_bytes = flits_->parity_bytes();
    all.credit_stall = flits_->credit_stall();
    all.retry_stall = flits_->retry_stall();
  } else {
    all.flits = transmitter_.flits();
    all.retries = transmitter_.retries();
    all.replayed_flits = transmitter_.replayed();
    all.nop_flits = transmitter_.nops();
    all.wire_bytes = transmitter_.wire_bytes();
    all.parity_bytes = transmitter_.parity_bytes();
  }
  all.busy = busy();
  for (std::size_t i = 0; i < kUcieStates; ++i) {
    all.residency[i] = training().residency(static_cast<UcieState>(i), now);
  }
  const double active = all.residency[static_cast<std::size_t>(UcieState::kActive)].seconds();
  if (active > 0) all.utilisation = std::min(1.0, all.busy.seconds() / active);
  all.energy_j = energy_.joules(now, awake());
  return all;
}

UcieArrivalStatistics UciePort::arrivals() const {
  UcieArrivalStatistics all;
  all.latency = latency_;
  all.crc_errors = crc_errors_;
  all.naks = naks_;
  all.framing_errors = framing_errors_;
  all.lost_messages = lost_messages_;
  if (flits_) {
    all.crc_errors = flits_->received().crc_errors;
    all.naks = flits_->received().naks;
    all.undetected = flits_->undetected();
    all.parity_errors = flits_->parity_errors();
  }
  return all;
}

}  // namespace cvp
