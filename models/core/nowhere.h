// SPDX-License-Identifier: Apache-2.0
//
// A target where nothing is: for an initiator that nobody has bound.
#pragma once

#include "models/core/burst_target.h"

namespace cvp {

class Nowhere : public BurstTarget, private BurstModel {
 public:
  explicit Nowhere(const char* name) : BurstTarget(name) { serve(*this); }

 private:
  Femtoseconds access(tlm::tlm_generic_payload& payload, Femtoseconds arrival) override {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return arrival;
  }
  unsigned debug(tlm::tlm_generic_payload&) override { return 0; }
};

}  // namespace cvp
