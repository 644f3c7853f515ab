// SPDX-License-Identifier: Apache-2.0
//
// Interconnect of one die: a crossbar between its initiators and targets, and the router to the
// other dies.
//
// Programmer's model: noc.regs.toml (the route table). Timing: every port moves `width_bits` a
// cycle in each direction; a transaction takes `hop` each way and reserves the request side
// (writes) or the response side (reads) of both ports it uses, cut-through. Arbitration is by the
// calendars: first come in the order of the action queue, earlier gaps are filled.
// Not modelled: virtual channels, back-pressure inside the crossbar (see README.md).
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <unordered_map>

#include "models/core/action_queue.h"
#include "models/core/calendar.h"
#include "models/core/register_socket.h"
#include "models/core/statistics.h"
#include "models/noc/address_map.h"
#include "models/noc/noc_regs.h"  // generated

namespace cvp {

/// One side of the crossbar. Index n of `from` or `to` is the n-th port of the parameters.
struct CrossbarPort {
  std::string name;
  std::uint32_t width_bits = 0;        ///< 0: the crossbar's.
  std::vector<AddrRange> ranges = {};  ///< Targets: where they answer; none for d2d ports.
  bool global_addresses = false;       ///< Targets: see the whole address, not the offset.
  int d2d_port = -1;                   ///< Number of the die-to-die port, or -1.
};

struct CrossbarParams {
  Frequency clock = 2_GHz;
  std::uint32_t width_bits = 512;
  Femtoseconds hop = 2_ns;  ///< One way.
  unsigned die_index = 0;
  std::vector<CrossbarPort> initiators = {};
  std::vector<CrossbarPort> targets = {};
};

struct CrossbarPortStatistics {
  TrafficBytes read, written;
  Femtoseconds busy;
};

class Crossbar : public sc_core::sc_module {
 public:
  using FromInitiator = tlm_utils::simple_target_socket_tagged<Crossbar>;
  using ToTarget = tlm_utils::simple_initiator_socket_tagged<Crossbar>;

  sc_core::sc_vector<FromInitiator> from;
  sc_core::sc_vector<ToTarget> to;
  RegisterSocket regs_target{"regs_target"};

  Crossbar(sc_core::sc_module_name name, ActionQueue& actions, const CrossbarParams& params);

  /// Of the target port `to[index]`.
  CrossbarPortStatistics statistics(std::size_t index) const;
  const CrossbarParams& params() const { return params_; }
  /// Sets a route as the first stage would (`--boot direct`).
  void set_route(std::size_t die, unsigned d2d_port);

  template <class Archive>
  void serialize(Archive& archive) {
    archive(regs_, initiator_ports_, target_ports_);
  }

 private:
  struct Port {
    Bandwidth bandwidth;
    Calendar request, response;
    TrafficBytes read, written;
    template <class Archive>
    void serialize(Archive& archive) {
      archive(request, response, read, written);
    }
  };
  struct Crossing {  // A transaction on its way.
    std::size_t initiator = 0, target = 0;
    Addr address = 0;      // As the initiator gave it.
    Femtoseconds data_in;  // Last byte of a request has reached the target.
  };

  Port make_port(const CrossbarPort& port) const;
  void build_map();
  void update_route(std::size_t die);
  std::optional<Crossing> enter(std::size_t initiator, tlm::tlm_generic_payload& payload,
                                sc_core::sc_time& delay);
  void leave(const Crossing& crossing, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  void b_transport(int initiator, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  tlm::tlm_sync_enum nb_transport_fw(int initiator, tlm::tlm_generic_payload& payload,
                                     tlm::tlm_phase& phase, sc_core::sc_time& delay);
  tlm::tlm_sync_enum nb_transport_bw(int target, tlm::tlm_generic_payload& payload,
                                     tlm::tlm_phase& phase, sc_core::sc_time& delay);
  unsigned transport_dbg(int initiator, tlm::tlm_generic_payload& payload);
  bool get_direct_mem_ptr(int initiator, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  void invalidate_direct_mem_ptr(int target, sc_dt::uint64 first, sc_dt::uint64 last);

  ActionQueue& actions_;
  const CrossbarParams params_;
  NocRegs regs_{"regs"};
  AddressMap map_;
  std::vector<Port> initiator_ports_, target_ports_;
  std::unordered_map<const tlm::tlm_generic_payload*, Crossing> pending_;  // Never iterated.
};

}  // namespace cvp
