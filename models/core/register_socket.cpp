// SPDX-License-Identifier: Apache-2.0
#include "models/core/register_socket.h"

#include <cstring>

#include "models/core/attributes.h"
#include "models/core/report.h"

namespace cvp {
namespace {

/// Register, output of this block, output of an interrupt controller, and its reader.
constexpr unsigned kSettlingDeltas = 4;

std::uint64_t load(const tlm::tlm_generic_payload& payload) {
  std::uint64_t value = 0;
  std::memcpy(&value, payload.get_data_ptr(), payload.get_data_length());
  return value;
}

void store(tlm::tlm_generic_payload& payload, std::uint64_t value) {
  std::memcpy(payload.get_data_ptr(), &value, payload.get_data_length());
}

bool in_thread() {
  const auto process = sc_core::sc_get_current_process_handle();
  return process.valid() && process.proc_kind() == sc_core::SC_THREAD_PROC_;
}

}  // namespace

RegisterSocket::RegisterSocket(const char* name)
    : BurstTarget(name), changed_(concat(name, "_changed").c_str()) {}

void RegisterSocket::serve(RegisterBank& bank, Femtoseconds latency) {
  bank_ = &bank;
  latency_ = latency;
  bank.on_change([this] {
    unsettled_ = true;
    changed_.notify(sc_core::SC_ZERO_TIME);
  });
  BurstTarget::serve(*this, /*synchronised=*/true);
}

Femtoseconds RegisterSocket::access(tlm::tlm_generic_payload& payload, Femtoseconds arrival) {
  time_ = arrival;
  const tlm::tlm_response_status status = perform(payload);
  payload.set_response_status(status);
  if (status != tlm::TLM_OK_RESPONSE) {
    log_guest_error(
        name(), arrival,
        concat(payload.is_write() ? "write of " : "read of ", payload.get_data_length(),
               " bytes at offset ", hex(payload.get_address()), " refused, ",
               status == tlm::TLM_ADDRESS_ERROR_RESPONSE ? "no register there"
               : status == tlm::TLM_BURST_ERROR_RESPONSE ? "the register has another size"
                                                         : "not what this register takes"));
  }
  settle();
  return arrival + latency_;
}

void RegisterSocket::settle() {
  if (!unsettled_ || !in_thread()) return;
  unsettled_ = false;
  for (unsigned delta = 0; delta < kSettlingDeltas; ++delta) sc_core::wait(sc_core::SC_ZERO_TIME);
}

tlm::tlm_response_status RegisterSocket::perform(tlm::tlm_generic_payload& payload) {
  const Attributes& attributes = Attributes::of(payload);
  if (attributes.atomic != AtomicOp::kNone) return tlm::TLM_COMMAND_ERROR_RESPONSE;
  if (payload.is_write() && (attributes.poison || attributes.no_data)) {
    return tlm::TLM_GENERIC_ERROR_RESPONSE;
  }
  RegisterStatus status;
  const unsigned bytes = payload.get_data_length();
  if (payload.is_read()) {
    const RegisterResult result = bank_->read(payload.get_address(), bytes);
    status = result.status;
    if (status == RegisterStatus::kOk && !attributes.no_data) store(payload, result.value);
  } else {
    status = bank_->write(payload.get_address(), bytes, bytes <= 8 ? load(payload) : 0);
  }
  switch (status) {
    case RegisterStatus::kOk:
      return tlm::TLM_OK_RESPONSE;
    case RegisterStatus::kAddressError:
      return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    case RegisterStatus::kSizeError:
      return tlm::TLM_BURST_ERROR_RESPONSE;
    case RegisterStatus::kRefused:
      return tlm::TLM_GENERIC_ERROR_RESPONSE;
  }
  return tlm::TLM_GENERIC_ERROR_RESPONSE;
}

unsigned RegisterSocket::debug(tlm::tlm_generic_payload& payload) {
  const unsigned bytes = payload.get_data_length();
  if (bytes > 8) return 0;
  if (payload.is_write()) {
    const auto status = bank_->poke(payload.get_address(), bytes, load(payload));
    return status == RegisterStatus::kOk ? bytes : 0;
  }
  const RegisterResult result = bank_->peek(payload.get_address(), bytes);
  if (result.status != RegisterStatus::kOk) return 0;
  store(payload, result.value);
  return bytes;
}

}  // namespace cvp
