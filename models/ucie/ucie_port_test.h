// SPDX-License-Identifier: Apache-2.0
//
// Two ends of a link for tests: end A on one die with an initiator of bursts, end B on another with
// a memory; and the other way round with a blocking initiator.
#pragma once

#include <catch2/catch.hpp>

#include "models/core/backing_store.h"
#include "models/core/burst_initiator.h"
#include "models/ucie/ucie_port_pair_test.h"

namespace cvp {

/// A memory that notes what arrives, and grants direct access.
class FarMemory : public BurstTarget, private BurstModel {
 public:
  explicit FarMemory(const char* name) : BurstTarget(name) { serve(*this); }
  struct Arrival {
    Femtoseconds time;
    Addr address;
    Attributes attributes;
  };
  std::shared_ptr<BackingStore> store = BackingStore::create("far", 1_MiB);
  Femtoseconds latency = 50_ns;
  bool answers_poison = false;
  std::vector<Arrival> arrivals;

 private:
  Femtoseconds access(tlm::tlm_generic_payload& payload, Femtoseconds arrival) override {
    arrivals.push_back({arrival, payload.get_address(), Attributes::of(payload)});
    if (!inside(payload)) {
      payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      return arrival + latency;
    }
    access_store(*store, payload.get_address(), payload);
    if (answers_poison) Attributes::set_poison(payload);
    return arrival + latency;
  }
  unsigned debug(tlm::tlm_generic_payload& payload) override {
    if (!inside(payload)) return 0;
    access_store(*store, payload.get_address(), payload);
    return payload.get_data_length();
  }
  bool grant(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override {
    return grant_store(store, payload, dmi, 20_ns, 30_ns);
  }
  bool inside(const tlm::tlm_generic_payload& payload) const {
    return AddrRange{0, store->size()}.contains(payload.get_address(), payload.get_data_length());
  }
};

template <class Near>
struct Link : PortPair {
  Near near;  // Reaches memory_b.
  FarMemory memory_a{"memory_a"}, memory_b{"memory_b"};

  Link(const sc_core::sc_module_name& name, ActionQueue& actions, const UcieParams& end_a,
       const UcieParams& end_b)
      : PortPair(name, actions, end_a, end_b), near(make_near(actions)) {
    near.bind(a.bus_target);
    a.bus_initiator.bind(memory_a);
    b.bus_initiator.bind(memory_b);
  }
  static Near make_near(ActionQueue& actions) {
    if constexpr (std::is_constructible_v<Near, const char*, ActionQueue&>) {
      return Near("near", actions);
    } else {
      return Near("near");
    }
  }
};
using BurstLink = Link<BurstInitiator>;

inline UcieParams trained() {
  UcieParams params;
  params.trained_at_reset = true;
  return params;
}
inline UcieParams flit_by_flit(UcieFlitFormat format = UcieFlitFormat::k256, double ber = 0) {
  UcieParams params = trained();
  params.fidelity = UcieFidelity::kFlit;
  params.format = format;
  params.bit_error_rate = ber;
  return params;
}
inline Attributes tensor() {
  Attributes attributes;
  attributes.traffic_class = TrafficClass::kTensor;
  return attributes;
}
inline Attributes posted() {
  Attributes attributes;
  attributes.posted = true;
  return attributes;
}

inline void wait_trained(TestBench<BurstLink>& bench) {
  for (int i = 0; i < 2000 && !bench.dut.a.training().active(); ++i) bench.wait(10_us);
}

// Bytes a second of messages with 1024 bytes of data, as fast as the link takes them; then `check`.
template <class Check>
void saturate(const UcieParams& params, unsigned reads, double expected, Check&& check) {
  TestBench<BurstLink> bench(params, params);
  Femtoseconds first, last;
  unsigned done = 0, issued = 0;
  auto& near = bench.dut.near;
  const auto issue = [&] {
    if (issued < reads) near.read(0x100 * (issued++ % 64), 1024, 0, tensor());
  };
  near.on_complete([&](const Burst& burst) {
    REQUIRE(burst.ok());
    (done++ == 0 ? first : last) = simulation_time();
    issue();
  });
  bench.run([&] {
    for (int i = 0; i < 100; ++i) issue();
    for (int i = 0; i < 10'000 && done < reads; ++i) bench.wait(1_us);
    REQUIRE(done == reads);
    const bool chance = params.bit_error_rate > 0 || !params.lane_error_rates.empty();
    CHECK((reads - 1) * (1024 + 16) / (last - first).seconds() ==
          Approx(expected).epsilon(chance ? 0.005 : 0.001));
    check(bench.dut);
  });
}

}  // namespace cvp
