// SPDX-License-Identifier: Apache-2.0
#include "models/memory/memory.h"

#include "models/core/attributes.h"
#include "models/core/report.h"

namespace cvp {

Memory::Memory(sc_core::sc_module_name name, ActionQueue&, const MemoryParams& params,
               bool read_only)
    : sc_module(name),
      params_(params),
      read_only_(read_only),
      store_(BackingStore::create(this->name(), params.size)) {
  mem_target.serve(*this);
}

void Memory::load(Addr offset, std::span<const std::uint8_t> bytes) {
  CVP_CHECK((AddrRange{0, size()}.contains(offset, bytes.size())), name(), ": image of ",
            bytes.size(), " bytes at ", hex(offset), " does not fit into ", size());
  store_->write(offset, bytes);
}

Femtoseconds Memory::access(tlm::tlm_generic_payload& payload, Femtoseconds arrival) {
  const Addr offset = payload.get_address();
  const std::uint64_t length = payload.get_data_length();
  const Attributes& attributes = Attributes::of(payload);
  const bool writes = payload.is_write() || attributes.atomic != AtomicOp::kNone;
  if (!AddrRange{0, size()}.contains(offset, length)) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return arrival;
  }
  if (read_only_ && writes) {
    log_guest_error(name(), arrival, "write to ROM at " + hex(offset));
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    return arrival;
  }
  access_store(*store_, offset, payload);
  if (!payload.is_response_ok()) return arrival;
  payload.set_dmi_allowed(true);

  const bool write = payload.is_write();
  (write ? statistics_.written : statistics_.read).add(attributes.traffic_class, length);
  ++(write ? statistics_.writes : statistics_.reads);
  statistics_.energy_j += 8e-12 * params_.picojoules_per_bit * static_cast<double>(length);
  const Femtoseconds latency = write ? params_.write_latency : params_.read_latency;
  if (params_.bandwidth.bytes_per_second == 0) return arrival + latency;
  const Femtoseconds transfer = params_.bandwidth.time_for(length);
  statistics_.busy += transfer;
  return port_.reserve(arrival, transfer) + transfer + latency;
}

unsigned Memory::debug(tlm::tlm_generic_payload& payload) {
  const unsigned length = payload.get_data_length();
  if (!AddrRange{0, size()}.contains(payload.get_address(), length)) return 0;
  access_store(*store_, payload.get_address(), payload);
  return payload.is_response_ok() ? length : 0;
}

bool Memory::grant(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  return grant_store(store_, payload, dmi, params_.read_latency, params_.write_latency, read_only_);
}

}  // namespace cvp
