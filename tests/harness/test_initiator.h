// SPDX-License-Identifier: Apache-2.0
//
// A socket from which a test reads and writes, blocking, and looks behind with the debug transport.
#pragma once

#include <cstring>
#include <vector>

#include "models/core/attributes.h"
#include "models/core/simulation_time.h"

namespace cvp {

class TestInitiator : public tlm::tlm_initiator_socket<>, private tlm::tlm_bw_transport_if<> {
 public:
  struct Result {
    tlm::tlm_response_status status;
    std::uint64_t value;  ///< Of the first eight bytes.
    Femtoseconds latency;
  };

  explicit TestInitiator(const char* name) : tlm::tlm_initiator_socket<>(name) {
    bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
    payload_.set_extension(&attributes);
  }
  ~TestInitiator() override { payload_.clear_extension(&attributes); }

  Attributes attributes;  ///< Of the transactions to come.
  int revoked = 0;        ///< Revocations of DMI grants.

  Result read(Addr address, unsigned bytes) {
    buffer_.assign(std::max<std::size_t>(bytes, 8), 0);
    return transport(tlm::TLM_READ_COMMAND, address, bytes);
  }
  Result write(Addr address, unsigned bytes, std::uint64_t value) {
    buffer_.assign(std::max<std::size_t>(bytes, 8), 0);
    std::memcpy(buffer_.data(), &value, sizeof value);
    return transport(tlm::TLM_WRITE_COMMAND, address, bytes);
  }
  /// By non-blocking transport: happens `ahead` of now; no time passes.
  tlm::tlm_response_status write_ahead(sc_core::sc_time ahead, Addr address, unsigned bytes,
                                       std::uint64_t value) {
    prepare(tlm::TLM_WRITE_COMMAND, address, bytes, reinterpret_cast<std::uint8_t*>(&value));
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    (*this)->nb_transport_fw(payload_, phase, ahead);
    return payload_.get_response_status();
  }
  std::vector<std::uint8_t> read_bytes(Addr address, unsigned bytes) {
    read(address, bytes);
    return {buffer_.begin(), buffer_.begin() + bytes};
  }
  tlm::tlm_response_status write_bytes(Addr address, const std::vector<std::uint8_t>& data) {
    buffer_ = data;
    return transport(tlm::TLM_WRITE_COMMAND, address, static_cast<unsigned>(data.size())).status;
  }
  /// No time, no side effects; the number of bytes done is 0 where nothing answers.
  unsigned peek(Addr address, unsigned bytes, std::uint64_t& value) {
    prepare(tlm::TLM_READ_COMMAND, address, bytes, reinterpret_cast<std::uint8_t*>(&value));
    return (*this)->transport_dbg(payload_);
  }
  unsigned poke(Addr address, unsigned bytes, std::uint64_t value) {
    prepare(tlm::TLM_WRITE_COMMAND, address, bytes, reinterpret_cast<std::uint8_t*>(&value));
    return (*this)->transport_dbg(payload_);
  }

 private:
  void prepare(tlm::tlm_command command, Addr address, unsigned bytes, std::uint8_t* data) {
    payload_.set_command(command);
    payload_.set_address(address);
    payload_.set_data_ptr(data);
    payload_.set_data_length(bytes);
    payload_.set_streaming_width(bytes);
    payload_.set_byte_enable_ptr(nullptr);
    payload_.set_dmi_allowed(false);
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  }
  Result transport(tlm::tlm_command command, Addr address, unsigned bytes) {
    prepare(command, address, bytes, buffer_.data());
    const Femtoseconds begin = simulation_time();
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    (*this)->b_transport(payload_, delay);
    if (delay > sc_core::SC_ZERO_TIME) sc_core::wait(delay);
    std::uint64_t value = 0;
    std::memcpy(&value, buffer_.data(), std::min<std::size_t>(buffer_.size(), sizeof value));
    return {payload_.get_response_status(), value, simulation_time() - begin};
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase&,
                                     sc_core::sc_time&) override {
    return tlm::TLM_COMPLETED;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override { ++revoked; }

  tlm::tlm_generic_payload payload_;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace cvp
