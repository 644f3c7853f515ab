// SPDX-License-Identifier: Apache-2.0
#include "models/noc/crossbar.h"

#include <algorithm>

#include "models/core/attributes.h"
#include "models/core/backing_store.h"
#include "models/core/report.h"

namespace cvp {

Crossbar::Crossbar(sc_core::sc_module_name name, ActionQueue& actions, const CrossbarParams& params)
    : sc_module(name),
      from("from", params.initiators.size()),
      to("to", params.targets.size()),
      actions_(actions),
      params_(params),
      map_(params.die_index) {
  for (const CrossbarPort& port : params_.initiators) initiator_ports_.push_back(make_port(port));
  for (const CrossbarPort& port : params_.targets) target_ports_.push_back(make_port(port));
  for (int i = 0; i < static_cast<int>(from.size()); ++i) {
    from[i].register_b_transport(this, &Crossbar::b_transport, i);
    from[i].register_nb_transport_fw(this, &Crossbar::nb_transport_fw, i);
    from[i].register_transport_dbg(this, &Crossbar::transport_dbg, i);
    from[i].register_get_direct_mem_ptr(this, &Crossbar::get_direct_mem_ptr, i);
  }
  for (int i = 0; i < static_cast<int>(to.size()); ++i) {
    to[i].register_nb_transport_bw(this, &Crossbar::nb_transport_bw, i);
    to[i].register_invalidate_direct_mem_ptr(this, &Crossbar::invalidate_direct_mem_ptr, i);
  }
  build_map();
  regs_target.serve(regs_);
  regs_.route.on_write([this](std::size_t die, NocRegs::Route) { update_route(die); });
}

Crossbar::Port Crossbar::make_port(const CrossbarPort& port) const {
  const std::uint32_t width = port.width_bits != 0 ? port.width_bits : params_.width_bits;
  return {.bandwidth = {static_cast<double>(width) / 8 * static_cast<double>(params_.clock.hertz)}};
}

void Crossbar::build_map() {
  unsigned d2d_ports = 0;
  for (std::size_t i = 0; i < params_.targets.size(); ++i) {
    for (const AddrRange& range : params_.targets[i].ranges) map_.add(range, i);
    if (params_.targets[i].d2d_port >= 0) ++d2d_ports;
  }
  regs_.id.set({.die_index = static_cast<std::uint8_t>(params_.die_index),
                .ports = static_cast<std::uint8_t>(d2d_ports)});
}

void Crossbar::update_route(std::size_t die) {
  const NocRegs::Route route = regs_.route[die].get();
  const auto& targets = params_.targets;
  const auto target = std::find_if(targets.begin(), targets.end(), [&](const CrossbarPort& port) {
    return route.valid && port.d2d_port == static_cast<int>(route.port);
  });
  if (target == targets.end()) {
    map_.clear_route(die);
  } else {
    map_.set_route(die, static_cast<std::size_t>(target - targets.begin()));
  }
  // What was granted through the old route is void.
  const Addr base = static_cast<Addr>(die) << kDieShift;
  for (auto& socket : from) {
    socket->invalidate_direct_mem_ptr(base, base + (Addr{1} << kDieShift) - 1);
  }
}

void Crossbar::set_route(std::size_t die, unsigned d2d_port) {
  regs_.route[die].set({.port = static_cast<std::uint8_t>(d2d_port), .valid = true});
  update_route(die);
}

// Finds the target, rewrites the address for it and reserves the request side of both ports.
std::optional<Crossbar::Crossing> Crossbar::enter(std::size_t initiator,
                                                  tlm::tlm_generic_payload& payload,
                                                  sc_core::sc_time& delay) {
  const Addr address = payload.get_address();
  const unsigned bytes = payload.get_data_length();
  const auto hit = map_.find(address, bytes);
  const bool turns_back =
      hit && hit->remote && params_.initiators[initiator].d2d_port >= 0 &&
      params_.initiators[initiator].d2d_port == params_.targets[hit->target].d2d_port;
  if (!hit || turns_back) {
    if (!map_.is_local(address)) regs_.status.set({.no_route = true});
    log_guest_error(name(), actions_.now(),
                    concat("nothing answers at ", hex(address), " (", bytes, " bytes)"));
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    delay += to_sc_time(params_.hop * 2);
    return std::nullopt;
  }
  Port& in = initiator_ports_[initiator];
  Port& out = target_ports_[hit->target];
  const Femtoseconds now = actions_.now();
  Femtoseconds start = now + to_femtoseconds(delay);
  Femtoseconds duration;
  const auto traffic_class = Attributes::of(payload).traffic_class;
  if (payload.is_write()) {
    duration = std::max(in.bandwidth.time_for(bytes), out.bandwidth.time_for(bytes));
    start = in.request.reserve(start, in.bandwidth.time_for(bytes));
    start = out.request.reserve(start, out.bandwidth.time_for(bytes));
    in.written.add(traffic_class, bytes);
    out.written.add(traffic_class, bytes);
  } else {
    in.read.add(traffic_class, bytes);
    out.read.add(traffic_class, bytes);
  }
  const bool global = hit->remote || params_.targets[hit->target].global_addresses;
  if (!global) payload.set_address(address - hit->range.base);
  const Femtoseconds at_target = start + params_.hop;
  delay = to_sc_time(at_target - now);
  return Crossing{initiator, hit->target, address, at_target + duration};
}

// Puts the address back and reserves the response side; `delay` is the completion at the target on
// the way in, at the initiator on the way out.
void Crossbar::leave(const Crossing& crossing, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) {
  payload.set_address(crossing.address);
  const Femtoseconds now = actions_.now();
  Femtoseconds done = std::max(now + to_femtoseconds(delay), crossing.data_in);
  if (payload.is_read() && payload.is_response_ok()) {
    Port& in = initiator_ports_[crossing.initiator];
    Port& out = target_ports_[crossing.target];
    const unsigned bytes = payload.get_data_length();
    const Femtoseconds out_time = out.bandwidth.time_for(bytes);
    const Femtoseconds in_time = in.bandwidth.time_for(bytes);
    // The data streams through while the target still delivers: the last byte leaves at `done`,
    // the first not before the request came.
    const Femtoseconds earliest = std::max(crossing.data_in, done - std::min(done, out_time));
    Femtoseconds start = out.response.reserve(earliest, out_time);
    start = in.response.reserve(start, in_time);
    done = std::max(done, start + std::max(in_time, out_time));
  }
  delay = to_sc_time(done + params_.hop - now);
}

void Crossbar::b_transport(int initiator, tlm::tlm_generic_payload& payload,
                           sc_core::sc_time& delay) {
  const auto crossing = enter(static_cast<std::size_t>(initiator), payload, delay);
  if (!crossing) return;
  to[crossing->target]->b_transport(payload, delay);
  leave(*crossing, payload, delay);
}

tlm::tlm_sync_enum Crossbar::nb_transport_fw(int initiator, tlm::tlm_generic_payload& payload,
                                             tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_COMPLETED;  // END_RESP: nothing is left to do.
  const auto crossing = enter(static_cast<std::size_t>(initiator), payload, delay);
  if (!crossing) return tlm::TLM_COMPLETED;
  const auto state = to[crossing->target]->nb_transport_fw(payload, phase, delay);
  if (state == tlm::TLM_COMPLETED || phase == tlm::BEGIN_RESP) {
    leave(*crossing, payload, delay);
    return tlm::TLM_COMPLETED;
  }
  pending_[&payload] = *crossing;
  phase = tlm::BEGIN_REQ;
  delay = sc_core::SC_ZERO_TIME;
  return tlm::TLM_ACCEPTED;
}

tlm::tlm_sync_enum Crossbar::nb_transport_bw(int target, tlm::tlm_generic_payload& payload,
                                             tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  const auto entry = pending_.find(&payload);
  CVP_CHECK(entry != pending_.end(), name(), ": ", params_.targets[target].name,
            " answers what was not asked");
  const Crossing crossing = entry->second;
  pending_.erase(entry);
  leave(crossing, payload, delay);
  from[crossing.initiator]->nb_transport_bw(payload, phase, delay);
  return tlm::TLM_COMPLETED;
}

unsigned Crossbar::transport_dbg(int, tlm::tlm_generic_payload& payload) {
  const Addr address = payload.get_address();
  const auto hit = map_.find(address, 1);
  if (!hit) return 0;
  const unsigned length = payload.get_data_length();
  if (!hit->remote) {
    payload.set_data_length(
        static_cast<unsigned>(std::min<std::uint64_t>(length, hit->range.end() - address)));
  }
  if (!hit->remote && !params_.targets[hit->target].global_addresses) {
    payload.set_address(address - hit->range.base);
  }
  const unsigned done = to[hit->target]->transport_dbg(payload);
  payload.set_address(address);
  payload.set_data_length(length);
  return done;
}

bool Crossbar::get_direct_mem_ptr(int, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const Addr address = payload.get_address();
  const auto hit = map_.find(address, 1);
  if (!hit) return false;
  const bool global = hit->remote || params_.targets[hit->target].global_addresses;
  if (!global) payload.set_address(address - hit->range.base);
  bool granted = to[hit->target]->get_direct_mem_ptr(payload, dmi);
  payload.set_address(address);
  if (granted && !global) {
    granted = move_grant(payload, dmi, {0, hit->range.size}, hit->range.base);
  }
  const auto round_trip = to_sc_time(params_.hop * 2);
  dmi.set_read_latency(dmi.get_read_latency() + round_trip);
  dmi.set_write_latency(dmi.get_write_latency() + round_trip);
  return granted;
}

void Crossbar::invalidate_direct_mem_ptr(int target, sc_dt::uint64 first, sc_dt::uint64 last) {
  const CrossbarPort& port = params_.targets[target];
  std::vector<AddrRange> global;
  if (port.global_addresses || port.d2d_port >= 0) {
    global.push_back({first, last - first + 1});
  } else {
    for (const AddrRange& range : port.ranges) {
      if (first >= range.size) continue;
      const Addr end = std::min<Addr>(last, range.size - 1);
      global.push_back({range.base + first, end - first + 1});
    }
  }
  for (auto& socket : from) {
    for (const AddrRange& range : global) {
      socket->invalidate_direct_mem_ptr(range.base, range.base + range.size - 1);
    }
  }
}

CrossbarPortStatistics Crossbar::statistics(std::size_t index) const {
  const Port& port = target_ports_.at(index);
  return {port.read, port.written, port.request.busy_time() + port.response.busy_time()};
}

}  // namespace cvp
