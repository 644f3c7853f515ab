// SPDX-License-Identifier: Apache-2.0
//
// For tests only: a cluster of harts, RAM with or without grants, a slow device.
#pragma once

#include "models/core/attributes.h"
#include "models/core/backing_store.h"
#include "models/core/burst_target.h"
#include "models/cpu/cpu_cluster.h"
#include "models/cpu/test_code.h"

namespace cvp::code {

constexpr Addr kData = kRamBase + 0x1000, kHandler = kRamBase + 0x400, kShared = kRamBase + 0x2000;
constexpr Addr kDevice = 0x1000'0000;

/// RAM at kRamBase and a device at kDevice whose accesses take 100 ns and are noted.
class World : public BurstModel {
 public:
  World() = default;
  /// A port of its own for each hart.
  BurstTarget& add_port() {
    ports_.push_back(std::make_unique<BurstTarget>(sc_core::sc_gen_unique_name("port")));
    ports_.back()->serve(*this);
    return *ports_.back();
  }
  void revoke_all() {
    for (const auto& port : ports_) port->revoke(kRamBase, store->size());
  }

  std::shared_ptr<BackingStore> store = BackingStore::create("test", 0x1'0000);
  bool grants = true;
  Femtoseconds latency;
  struct Note {
    Femtoseconds time;
    Addr address;
    std::uint32_t hart;
    bool write;
  };
  std::vector<Note> notes;

 private:
  Femtoseconds access(tlm::tlm_generic_payload& payload, Femtoseconds arrival) override {
    const Addr address = payload.get_address();
    notes.push_back({arrival, address, Attributes::of(payload).requester, payload.is_write()});
    if (AddrRange{kRamBase, store->size()}.contains(address, payload.get_data_length())) {
      access_store(*store, address - kRamBase, payload);
      return arrival + latency;
    }
    const bool known = AddrRange{kDevice, 0x1000}.contains(address);
    payload.set_response_status(known ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return arrival + 100_ns;
  }
  unsigned debug(tlm::tlm_generic_payload&) override { return 0; }
  bool grant(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override {
    if (!grants || !AddrRange{kRamBase, store->size()}.contains(payload.get_address()))
      return false;
    return grant_store(store, payload, dmi, latency, latency) &&
           move_grant(payload, dmi, {0, store->size()}, kRamBase);
  }

  std::vector<std::unique_ptr<BurstTarget>> ports_;
};

struct TestTimer : TimerIf {
  Femtoseconds due = Femtoseconds::max();
  std::uint64_t mtime_at(Femtoseconds time) const override { return time / 100_ns; }
  Femtoseconds deadline(unsigned) const override { return due; }
};

/// `harts` harts with a clock of 1 GHz that all start at kRamBase with a0 = hart id.
struct ClusterBench : sc_core::sc_module {
  explicit ClusterBench(const std::vector<Word>& program, const CpuClusterParams& params = {})
      : ClusterBench(sc_core::sc_module_name("bench"), program, params) {}
  ClusterBench(sc_core::sc_module_name name, const std::vector<Word>& program,
               const CpuClusterParams& params)
      : sc_module(name),
        cluster("cluster", actions, params),
        msip("msip_wire", params.harts),
        mtip("mtip_wire", params.harts),
        meip("meip_wire", params.harts),
        seip("seip_wire", params.harts) {
    for (unsigned i = 0; i < params.harts; ++i) {
      cluster.mem_initiator[i].bind(world.add_port());
      cluster.msip[i].bind(msip[i]);
      cluster.mtip[i].bind(mtip[i]);
      cluster.meip[i].bind(meip[i]);
      cluster.seip[i].bind(seip[i]);
    }
    cluster.load_entry(kRamBase);
    load(program, kRamBase);
    for (unsigned i = 0; i < params.harts; ++i) {
      cluster.hart(i).set_x(s0, kData);
      cluster.hart(i).set_x(s1, kDevice);
      cluster.hart(i).set_x(t2, kHandler);
      cluster.hart(i).set_x(a6, kShared);
    }
  }
  void load(const std::vector<Word>& words, Addr at) {
    std::memcpy(world.store->data() + (at - kRamBase), words.data(), 4 * words.size());
  }
  std::uint64_t word(Addr at) const {
    std::uint64_t value = 0;
    std::memcpy(&value, world.store->data() + (at - kRamBase), 8);
    return value;
  }
  void run(Femtoseconds time) { sc_core::sc_start(to_sc_time(time)); }

  using Wires = sc_core::sc_vector<sc_core::sc_signal<bool>>;
  ActionQueue actions{"actions"};
  World world;
  CpuCluster cluster;
  Wires msip, mtip, meip, seip;
};

}  // namespace cvp::code
