// SPDX-License-Identifier: Apache-2.0
//
// A plain memory for the initiators of a model under test: no timing, errors past its end.
#pragma once

#include <cstring>
#include <vector>

#include "models/core/burst_target.h"

namespace cvp {

class TestMemory : public BurstTarget, private BurstModel {
 public:
  explicit TestMemory(const char* name, std::size_t size = 1 << 20)
      : BurstTarget(name), data_(size) {
    serve(*this);
  }

  void load(Addr address, const std::vector<std::uint8_t>& bytes) {
    std::copy(bytes.begin(), bytes.end(), data_.begin() + static_cast<std::ptrdiff_t>(address));
  }
  std::vector<std::uint8_t> bytes(Addr address, std::size_t count) const {
    const auto first = data_.begin() + static_cast<std::ptrdiff_t>(address);
    return {first, first + static_cast<std::ptrdiff_t>(count)};
  }
  Femtoseconds latency;

 private:
  Femtoseconds access(tlm::tlm_generic_payload& payload, Femtoseconds arrival) override {
    const bool done = debug(payload) > 0;
    payload.set_response_status(done ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return arrival + latency;
  }
  unsigned debug(tlm::tlm_generic_payload& payload) override {
    const Addr address = payload.get_address();
    const unsigned length = payload.get_data_length();
    if (address > data_.size() || length > data_.size() - address) return 0;
    std::uint8_t* const here = data_.data() + address;
    if (payload.is_read()) std::memcpy(payload.get_data_ptr(), here, length);
    if (payload.is_write()) std::memcpy(here, payload.get_data_ptr(), length);
    return length;
  }

  std::vector<std::uint8_t> data_;
};

}  // namespace cvp
