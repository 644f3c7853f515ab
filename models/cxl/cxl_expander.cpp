// SPDX-License-Identifier: Apache-2.0
#include "models/cxl/cxl_expander.h"

#include <algorithm>

#include "models/core/outbound.h"
#include "models/core/report.h"

namespace cvp {
namespace {

enum Op : std::uint32_t { kMessage, kRespond };
constexpr std::uint64_t kDecoderUnit = 256_MiB;
constexpr std::uint64_t kBlock = 64_KiB;

AddrRange everywhere() { return {0, ~std::uint64_t{0}}; }

tlm::tlm_response_status to_response(RegisterStatus status) {
  switch (status) {
    case RegisterStatus::kOk:
      return tlm::TLM_OK_RESPONSE;
    case RegisterStatus::kSizeError:
      return tlm::TLM_BURST_ERROR_RESPONSE;
    default:
      return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  }
}

Packet response_to(const Packet& request, tlm::tlm_response_status status) {
  Packet response;
  response.kind = PacketKind::kResponse;
  response.command = request.command;
  response.status = status;
  response.tag = request.tag;
  response.address = request.address;
  response.length = request.length;
  response.attributes = request.attributes;
  return response;
}

}  // namespace

std::string cxl_expander_params_error(const CxlExpanderParams& params) {
  if (auto error = cxl_shape_error(params.link); !error.empty()) return error;
  if (params.capacity == 0 || params.capacity % kDecoderUnit != 0) {
    return "the capacity is a multiple of 256 MiB, at least that";
  }
  if (params.direct_base % kDecoderUnit != 0) return "the direct base is a multiple of 256 MiB";
  if (!(params.media_bandwidth.bytes_per_second > 0)) return "the memory needs a bandwidth";
  return {};
}

CxlExpander::CxlExpander(sc_core::sc_module_name name, ActionQueue& actions,
                         const CxlExpanderParams& params)
    : sc_module(name),
      actions_(actions),
      params_(params),
      source_(source_id(sc_module::name())),
      component_(everywhere(), params.capacity, 0),
      transmitter_(params.link, params.fidelity != Fidelity::kFunctional,
                   concat(this->name(), ".tx")) {
  const std::string error = cxl_expander_params_error(params);
  CVP_CHECK(error.empty(), sc_module::name(), ": ", error);
  store_ = BackingStore::create(sc_module::name(), params.capacity);
  inbox.bind(*this);

  const auto set = [](auto& reg, auto change) {
    auto value = reg.get();
    change(value);
    reg.set_reset(value);
  };
  set(config_.link_cap, [&](auto& cap) { cap.max_width = params.link.lanes; });
  set(config_.link_control, [&](auto& control) { control.width = params.link.lanes; });
  config_.range1_size_high.set_reset(static_cast<std::uint32_t>(params.capacity >> 32));
  set(config_.range1_size_low,
      [&](auto& range) { range.length = static_cast<std::uint32_t>(params.capacity >> 28) & 0xf; });
  device_.cap.set_reset(0, {.id = 0x0001, .version = 1});
  device_.cap_offset.set_reset(0, 0x80);
  device_.cap.set_reset(1, {.id = 0x4000, .version = 1});
  device_.cap_offset.set_reset(1, 0x88);

  component_.on_change([this] { revoke_grants(); });
  config_.cxl_control.on_write([this] { revoke_grants(); });
  if (params.direct_base != 0) {
    set(config_.cxl_control, [](auto& control) { control.mem_enable = true; });
    CVP_CHECK(component_.program({params.direct_base, params.capacity}), sc_module::name(),
              ": direct decoder refused");
  }
}

// Arrivals.

void CxlExpander::deliver(Femtoseconds arrival, Message message) {
  if (params_.dead) return;
  actions_.post(arrival, source_, *this, kMessage, arriving_.put(std::move(message)), kArrival);
}

void CxlExpander::on_action(const Action& action) {
  if (action.op == kMessage) return receive(arriving_.take(action.arg));
  respond(pending_[action.arg]);
  pending_free_.push_back(action.arg);
}

void CxlExpander::receive(Message message) {
  const CxlChannel channel = cxl_unframe(message);
  Packet request = decode(message);
  switch (channel) {
    case CxlChannel::kMem:
      return access_memory(std::move(request));
    case CxlChannel::kConfig:
      return access_config(request);
    case CxlChannel::kMmio:
      return access_bar(request);
    default:
      CVP_CHECK(false, name(), ": a message of unknown kind");
  }
}

std::optional<CxlHdmDecoders::Hit> CxlExpander::find(Addr host_address,
                                                     std::uint64_t length) const {
  if (!config_.cxl_control.get().mem_enable) return std::nullopt;
  return component_.find(host_address, length);
}

void CxlExpander::access_memory(Packet request) {
  const Femtoseconds ready = actions_.now() + params_.controller_latency;
  const bool write = request.command == tlm::TLM_WRITE_COMMAND;
  Pending pending;
  pending.credit = write && request.attributes.posted;
  const auto hit = find(request.address, request.length);
  if (!hit) {
    log_guest_error(
        name(), actions_.now(),
        concat("CXL.mem access to ", hex(request.address), ", which no committed decoder holds"));
    pending.response = response_to(request, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    pending.ready = pending.last = ready;
    return answer(std::move(pending));
  }
  // The data now; then when.
  tlm::tlm_generic_payload payload;
  payload.set_extension(new Attributes);
  request.to_payload(payload);
  access_store(*store_, hit->device_address(request.address), payload);
  pending.response = Packet::response(payload, request.tag);
  (write ? written_ : read_).add(request.attributes.traffic_class, request.length);

  const Femtoseconds duration = params_.media_bandwidth.time_for(request.length);
  const bool limited = params_.fidelity != Fidelity::kFunctional;
  const Femtoseconds start = limited ? media_.reserve(ready, duration) : ready;
  if (write) {
    pending.ready = pending.last = limited ? start + duration : start;
    return answer(std::move(pending));
  }
  pending.ready = start + params_.media_latency;
  const std::uint64_t lines = cxl_lines(request.address, request.length);
  pending.last = pending.ready;
  if (limited) pending.last += duration * (lines - 1) / lines;
  answer(std::move(pending));
}

// A function that is not there answers all ones. [PCIE: Configuration Space Access]
void CxlExpander::access_config(const Packet& request) {
  const Addr function = request.address >> 12;
  if (function == 0) {
    return access_registers(config_, CxlChannel::kConfig, request.address & 0xfff, request);
  }
  Pending pending;
  pending.channel = CxlChannel::kConfig;
  pending.response = response_to(request, tlm::TLM_OK_RESPONSE);
  if (request.command == tlm::TLM_READ_COMMAND) {
    pending.response.data.assign(request.length, 0xff);
  }
  pending.ready = pending.last = actions_.now() + params_.register_latency;
  answer(std::move(pending));
}

void CxlExpander::access_bar(const Packet& request) {
  const Addr base = Addr{config_.bar0_high.get()} << 32 | (Addr{config_.bar0.get().base} << 17);
  const AddrRange bar{base, 2 * kBlock};
  if (config_.command.get().memory_space && bar.contains(request.address, request.length)) {
    const Addr offset = request.address - base;
    RegisterBank& bank = offset < kBlock ? static_cast<RegisterBank&>(component_.regs()) : device_;
    return access_registers(bank, CxlChannel::kMmio, offset % kBlock, request);
  }
  Pending pending;
  pending.channel = CxlChannel::kMmio;
  pending.response = response_to(request, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  pending.ready = pending.last = actions_.now() + params_.register_latency;
  note_unsupported(pending);
  answer(std::move(pending));
}

void CxlExpander::access_registers(RegisterBank& bank, CxlChannel channel, Addr offset,
                                   const Packet& request) {
  Pending pending;
  pending.channel = channel;
  if (request.command == tlm::TLM_WRITE_COMMAND) {
    std::uint64_t value = 0;
    for (std::size_t i = std::min<std::size_t>(request.data.size(), 8); i-- > 0;) {
      value = value << 8 | request.data[i];
    }
    pending.credit = request.attributes.posted;
    pending.response = response_to(request, to_response(bank.write(offset, request.length, value)));
  } else {
    const RegisterResult result = bank.read(offset, request.length);
    pending.response = response_to(request, to_response(result.status));
    if (result.status == RegisterStatus::kOk) {
      for (std::uint32_t i = 0; i < request.length; ++i) {
        pending.response.data.push_back(static_cast<std::uint8_t>(result.value >> (8 * i)));
      }
    }
  }
  pending.ready = pending.last = actions_.now() + params_.register_latency;
  note_unsupported(pending);
  answer(std::move(pending));
}

// A memory write is posted on PCI Express, so that its error is told by a message; a read's is in
// its completion. [PCIE: Error Signaling and Logging]
void CxlExpander::note_unsupported(const Pending& pending) {
  if (pending.channel != CxlChannel::kMmio || pending.response.status == tlm::TLM_OK_RESPONSE) {
    return;
  }
  const bool write = pending.response.command == tlm::TLM_WRITE_COMMAND;
  config_.device_control.update([write](auto& control) {
    control.unsupported = true;
    control.nonfatal |= write;
  });
  const auto control = config_.device_control.get();
  if (!write || !control.report_nonfatal || !control.report_unsupported) return;
  const Packet error;
  const auto times = transmitter_.send(actions_.now(), CxlChannel::kErrorMessage, error);
  peer->deliver(std::max(times.arrived, actions_.now() + kShortestCrossing),
                cxl_frame(CxlChannel::kErrorMessage, error));
}

// Answers.

void CxlExpander::answer(Pending pending) {
  if (pending_free_.empty()) {
    pending_free_.push_back(pending_.size());
    pending_.emplace_back();
  }
  const std::size_t index = pending_free_.back();
  pending_free_.pop_back();
  const Femtoseconds ready = pending.ready;
  pending_[index] = std::move(pending);
  actions_.post(ready, source_, *this, kRespond, index);
}

// A credit rides in flits that go anyway. A read's lines leave as they come from the memory: the
// message has arrived when the link has carried it, but not before the last line could.
void CxlExpander::respond(const Pending& pending) {
  if (pending.credit) {
    if (pending.response.status != tlm::TLM_OK_RESPONSE) {
      log_guest_error(name(), actions_.now(), "a posted write met an error");
    }
    peer->deliver(actions_.now() + params_.link.latency,
                  cxl_frame(CxlChannel::kCredit, pending.response));
    return;
  }
  const auto times = transmitter_.send(actions_.now(), pending.channel, pending.response);
  const Femtoseconds last_line =
      pending.last + params_.link.flit_format().time(1) + params_.link.latency;
  peer->deliver(std::max({times.arrived, last_line, actions_.now() + kShortestCrossing}),
                cxl_frame(pending.channel, pending.response));
}

// Questions without time.

Message CxlExpander::ask(const Message& message) {
  Packet question = decode(message);
  if (question.kind == PacketKind::kDebug) {
    return encode(answer_debug(
        std::move(question), [this](tlm::tlm_generic_payload& payload) { return debug(payload); }));
  }
  CVP_CHECK(question.kind == PacketKind::kGrant, name(), ": a question of unknown kind");
  return encode(
      answer_grant(std::move(question), [this](tlm::tlm_generic_payload& payload,
                                               tlm::tlm_dmi& dmi) { return grant(payload, dmi); }));
}

unsigned CxlExpander::debug(tlm::tlm_generic_payload& payload) {
  const auto hit = find(payload.get_address(), payload.get_data_length());
  if (!hit) return 0;
  access_store(*store_, hit->device_address(payload.get_address()), payload);
  return payload.get_data_length();
}

bool CxlExpander::grant(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const auto hit = find(payload.get_address(), 1);
  if (!hit || params_.dead) return false;
  const Femtoseconds read = params_.controller_latency + params_.media_latency;
  grant_store(store_, payload, dmi, read, params_.controller_latency);
  granted_ = true;
  return move_grant(payload, dmi, {hit->device_base, hit->range.size}, hit->range.base);
}

void CxlExpander::revoke_grants() {
  if (!granted_) return;
  granted_ = false;
  Packet revoke;
  revoke.kind = PacketKind::kRevoke;
  peer->ask(encode(revoke));
}

CxlExpanderStatistics CxlExpander::statistics() const {
  CxlExpanderStatistics all;
  all.read = read_;
  all.written = written_;
  all.busy = media_.busy_time();
  all.energy_j = static_cast<double>(read_.total() + written_.total()) * 8 *
                 params_.media_picojoules_per_bit * 1e-12;
  all.link = transmitter_.statistics(actions_.now(), params_.link_picojoules_per_bit);
  return all;
}

std::string CxlExpander::waiting() const {
  const std::size_t busy = pending_.size() - pending_free_.size();
  return busy == 0 ? std::string{} : concat(busy, " responses to come");
}

}  // namespace cvp
