// SPDX-License-Identifier: Apache-2.0
#include "models/cxl/cxl_root_port.h"

#include <algorithm>
#include <cstring>

#include "models/core/backing_store.h"
#include "models/core/interrupt_message.h"
#include "models/core/report.h"

namespace cvp {
namespace {

// [PCIE: Enhanced Configuration Access Mechanism]
unsigned bus_of(Addr address) { return static_cast<unsigned>(address >> 20); }
unsigned device_of(Addr address) { return static_cast<unsigned>(address >> 15) & 0x1f; }
unsigned function_of(Addr address) { return static_cast<unsigned>(address >> 12) & 7; }
constexpr std::uint64_t kLineBytes = 64;

void answer_all_ones(tlm::tlm_generic_payload& payload) {
  if (payload.is_read()) std::memset(payload.get_data_ptr(), 0xff, payload.get_data_length());
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

/// A configuration or register access of 1, 2, 4 or 8 bytes on a bank.
void access_bank(RegisterBank& bank, tlm::tlm_generic_payload& payload, Addr offset) {
  const unsigned bytes = payload.get_data_length();
  RegisterResult result;
  if (bytes > 8) {
    result.status = RegisterStatus::kSizeError;
  } else if (payload.is_read()) {
    result = bank.read(offset, bytes);
    if (result.status == RegisterStatus::kOk) {
      std::memcpy(payload.get_data_ptr(), &result.value, bytes);
    }
  } else {
    std::uint64_t value = 0;
    std::memcpy(&value, payload.get_data_ptr(), bytes);
    result.status = bank.write(offset, bytes, value);
  }
  payload.set_response_status(result.status == RegisterStatus::kOk ? tlm::TLM_OK_RESPONSE
                              : result.status == RegisterStatus::kSizeError
                                  ? tlm::TLM_BURST_ERROR_RESPONSE
                                  : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

CxlChannel channel_of(unsigned port) {
  constexpr CxlChannel kChannels[] = {CxlChannel::kConfig, CxlChannel::kMmio, CxlChannel::kMem};
  return kChannels[port];
}

}  // namespace

std::string cxl_root_port_params_error(const CxlRootPortParams& params) {
  if (auto error = cxl_shape_error(params.link); !error.empty()) return error;
  if (params.device > 31) return "device numbers are 0 to 31";
  if (params.max_in_flight == 0) return "at least one transaction must be able to be in flight";
  return {};
}

CxlRootPort::CxlRootPort(sc_core::sc_module_name name, ActionQueue& actions,
                         const CxlRootPortParams& params)
    : sc_module(name),
      msi_initiator("msi_initiator", actions),
      actions_(actions),
      params_(params),
      source_(source_id(sc_module::name())),
      component_(params.window, ~std::uint64_t{0}, 1),
      transmitter_(params.link, params.fidelity != Fidelity::kFunctional,
                   concat(this->name(), ".tx")),
      outbound_(concat(sc_module::name(), ".outbound"), actions, *this, params.max_in_flight) {
  const std::string error = cxl_root_port_params_error(params);
  CVP_CHECK(error.empty(), sc_module::name(), ": ", error);
  inbox.bind(*this);
  ecam_target.serve(outbound_, kEcam);
  mmio_target.serve(outbound_, kMmio);
  window_target.serve(outbound_, kWindow);
  regs_target.serve(component_.regs());
  component_.on_change([this] { revoke_grants(); });
  config_.on_change([this] { update_interrupt(); });
  msix_.regs.on_change([this] { update_interrupt(); });

  auto cap = config_.link_cap.get();
  cap.max_width = params.link.lanes;
  config_.link_cap.set_reset(cap);
  auto control = config_.link_control.get();
  control.width = params.dead ? 0 : params.link.lanes;
  control.active = !params.dead;
  config_.link_control.set_reset(control);
  if (params.direct.size > 0) {
    CVP_CHECK(component_.program(params.direct), sc_module::name(), ": direct decoder refused");
  }
}

// What leaves.

bool CxlRootPort::serve_here(unsigned port, tlm::tlm_generic_payload& payload, Femtoseconds&) {
  const Addr address = payload.get_address();
  const unsigned length = payload.get_data_length();
  if (port == kEcam) return serve_config(payload);
  if (port == kMmio && serve_bar(params_.mmio_base + address, payload)) return true;
  const bool passes = port == kMmio ? forwards(params_.mmio_base + address, length)
                                    : component_.find(address, length).has_value();
  if (passes && link_up()) return false;
  log_guest_error(
      name(), actions_.now(),
      concat(port == kMmio ? "no bridge window holds PCI offset " : "no committed decoder holds ",
             hex(address)));
  payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  return true;
}

bool CxlRootPort::serve_config(tlm::tlm_generic_payload& payload) {
  const Addr address = payload.get_address();
  const unsigned bytes = payload.get_data_length();
  if (bytes > 4 || address % bytes != 0 || bytes == 3) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return true;
  }
  const unsigned bus = bus_of(address);
  if (bus == 0 && device_of(address) == params_.device && function_of(address) == 0) {
    access_bank(config_, payload, address & 0xfff);
    return true;
  }
  // Behind the root port there is one link, and so one device.
  const bool behind = bus != 0 && bus == config_.buses.get().secondary;
  if (behind && device_of(address) == 0 && link_up()) return false;
  answer_all_ones(payload);
  return true;
}

/// The root port's own BAR.
bool CxlRootPort::serve_bar(Addr pci_address, tlm::tlm_generic_payload& payload) {
  const AddrRange bar{config_.bar0.get().base << 12, msix_.regs.size()};
  const bool here = config_.command.get().memory_space && bar.contains(pci_address);
  if (here) access_bank(msix_.regs, payload, pci_address - bar.base);
  return here;
}

bool CxlRootPort::forwards(Addr pci_address, std::uint64_t length) const {
  if (!config_.command.get().memory_space) return false;
  const auto window = config_.memory_window.get();
  const Addr base = Addr{window.base} << 20;
  const Addr last = Addr{window.limit} << 20 | 0xf'ffff;
  return base <= last && AddrRange{base, last - base + 1}.contains(pci_address, length);
}

Femtoseconds CxlRootPort::send(unsigned port, const tlm::tlm_generic_payload& payload,
                               std::uint64_t tag) {
  Packet request = Packet::request(payload, tag);
  if (port == kEcam) request.address = payload.get_address() & 0x7fff;
  if (port == kMmio) request.address += params_.mmio_base;
  const CxlChannel channel = channel_of(port);
  const Femtoseconds now = actions_.now();
  const auto times = transmitter_.send(now, channel, request);
  // A burst of reads is a train of requests; the first one is at work when the last one arrives.
  const bool train = channel == CxlChannel::kMem && payload.is_read();
  const Femtoseconds arrival = train ? times.first : times.arrived;
  peer->deliver(std::max(arrival, now + kShortestCrossing), cxl_frame(channel, request));
  return times.sent;
}

unsigned CxlRootPort::debug(unsigned port, tlm::tlm_generic_payload& payload) {
  const Addr address = payload.get_address();
  if (port != kWindow || !link_up()) return 0;
  if (!component_.find(address, payload.get_data_length())) return 0;
  return ask_debug(*peer.operator->(), payload, address);
}

bool CxlRootPort::grant(unsigned port, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  if (port != kWindow || !link_up()) return false;
  const auto hit = component_.find(payload.get_address(), 1);
  if (!hit || !ask_grant(*peer.operator->(), payload, dmi, payload.get_address())) return false;
  if (!move_grant(payload, dmi, hit->range, hit->range.base)) return false;
  // A line there and back on an idle link.
  Packet line;
  line.length = kLineBytes;
  const auto latency = [&](PacketKind kind, tlm::tlm_command command) {
    line.kind = kind;
    line.command = command;
    line.status = tlm::TLM_OK_RESPONSE;
    return transmitter_.idle_latency(cxl_message_bytes(CxlChannel::kMem, line));
  };
  const auto crossings = [&](tlm::tlm_command command) {
    return to_sc_time(latency(PacketKind::kRequest, command) +
                      latency(PacketKind::kResponse, command));
  };
  dmi.set_read_latency(dmi.get_read_latency() + crossings(tlm::TLM_READ_COMMAND));
  dmi.set_write_latency(dmi.get_write_latency() + crossings(tlm::TLM_WRITE_COMMAND));
  granted_ = true;
  return true;
}

void CxlRootPort::revoke_grants() {
  if (!granted_) return;
  granted_ = false;
  window_target.revoke(0, ~Addr{0});
}

// What comes.

void CxlRootPort::deliver(Femtoseconds arrival, Message message) {
  if (params_.dead) return;
  actions_.post(arrival, source_, *this, 0, arriving_.put(std::move(message)), kArrival);
}

void CxlRootPort::on_action(const Action& action) {
  Message message = arriving_.take(action.arg);
  const CxlChannel channel = cxl_unframe(message);
  const Packet packet = decode(message);
  if (channel == CxlChannel::kCredit) return outbound_.return_credit(packet.tag);
  if (channel == CxlChannel::kErrorMessage) return take_error_message();
  outbound_.complete(packet);
}

// Errors and their interrupt.

/// ERR_NONFATAL of the device. [PCIE: Root Error Status Register]
void CxlRootPort::take_error_message() {
  auto status = config_.root_error_status.get();
  if (status.uncorrectable) {
    status.more_uncorrectable = true;
  } else {
    status.uncorrectable = true;
    config_.error_source.set({.uncorrectable = config_.buses.get().secondary << 8});
  }
  status.nonfatal = true;
  config_.root_error_status.set(status);
}

/// An edge of "enabled and received" is one interrupt. Called when any register has changed.
void CxlRootPort::update_interrupt() {
  const auto control = config_.msix_cap.get();
  msix_.configure(control.enable, !control.function_mask && config_.command.get().bus_master);
  const bool interrupt =
      config_.root_error_command.get().nonfatal && config_.root_error_status.get().nonfatal;
  const bool edge = interrupt && !error_interrupt_;
  error_interrupt_ = interrupt;
  if (edge) msix_.raise();
  const auto message = msix_.next_message();
  if (message) send_interrupt_message(msi_initiator, message->address, message->data);
}

Message CxlRootPort::ask(const Message& question) {
  CVP_CHECK(decode(question).kind == PacketKind::kRevoke, name(), ": a question of unknown kind");
  revoke_grants();
  return question;
}

CxlLinkStatistics CxlRootPort::statistics() const {
  return transmitter_.statistics(actions_.now(), params_.link_picojoules_per_bit);
}

std::string CxlRootPort::waiting() const {
  if (outbound_.in_flight() == 0 && outbound_.waiting() == 0) return {};
  return concat(outbound_.in_flight(), " transactions in flight, ", outbound_.waiting(),
                " waiting");
}

}  // namespace cvp
