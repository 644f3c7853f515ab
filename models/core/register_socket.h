// SPDX-License-Identifier: Apache-2.0
//
// A register bank on a bus. An access takes its annotated delay first, so that hooks run at the
// time at which they appear to; then it takes the socket's latency.
//
// Outside the bank: TLM_ADDRESS_ERROR_RESPONSE. A size that the register there does not take:
// TLM_BURST_ERROR_RESPONSE. Atomics: TLM_COMMAND_ERROR_RESPONSE. Poison never becomes data.
#pragma once

#include "models/core/burst_target.h"
#include "models/core/register_bank.h"

namespace cvp {

class RegisterSocket : public BurstTarget, private BurstModel {
 public:
  explicit RegisterSocket(const char* name);

  /// `latency`: from the arrival of an access to its completion; changes timing only.
  void serve(RegisterBank& bank, Femtoseconds latency = {});
  const RegisterBank& bank() const { return *bank_; }
  /// Notified a delta cycle after any register has changed.
  const sc_core::sc_event& changed() const { return changed_; }
  /// Inside a hook: when the access happens. It differs from now for non-blocking transport only.
  Femtoseconds time() const { return time_; }

 private:
  Femtoseconds access(tlm::tlm_generic_payload& payload, Femtoseconds arrival) override;
  unsigned debug(tlm::tlm_generic_payload& payload) override;
  tlm::tlm_response_status perform(tlm::tlm_generic_payload& payload);

  void settle();

  RegisterBank* bank_ = nullptr;
  bool unsettled_ = false;
  Femtoseconds latency_;
  Femtoseconds time_;
  sc_core::sc_event changed_;
};

}  // namespace cvp
