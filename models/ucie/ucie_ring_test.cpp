// SPDX-License-Identifier: Apache-2.0
//
// A ring of dies in which every transaction passes through a die on its way: what arrived over a
// link must not wait for what starts on the die, or the ring locks up.
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <catch2/catch.hpp>

#include <unordered_map>

#include "models/core/burst_initiator.h"
#include "models/ucie/ucie_port.h"
#include "tests/harness/test_initiator.h"
#include "tests/harness/test_memory.h"

namespace cvp {
namespace {

constexpr unsigned kDies = 4;

/// One die: what is not for its memory goes on to the right.
struct RingDie : sc_core::sc_module {
  ActionQueue actions{"actions"};
  UciePort left, right;
  BurstInitiator near{"near", actions};
  TestMemory memory{"memory", 4096};
  TestMemory nothing{"nothing", 0};  // Nobody comes from the right.
  TestInitiator nobody{"nobody"};    // Nobody goes to the left.
  TestInitiator left_regs{"left_regs"}, right_regs{"right_regs"};
  tlm_utils::simple_target_socket_tagged<RingDie> from_near{"from_near"}, from_left{"from_left"};
  tlm_utils::simple_initiator_socket<RingDie> to_right{"to_right"}, to_memory{"to_memory"};

  RingDie(sc_core::sc_module_name name, unsigned index, const UcieParams& params)
      : sc_module(name),
        left("left", actions, params),
        right("right", actions, params),
        index_(index) {
    from_near.register_nb_transport_fw(this, &RingDie::forward, 0);
    from_left.register_nb_transport_fw(this, &RingDie::forward, 1);
    to_right.register_nb_transport_bw(this, &RingDie::back);
    near.bind(from_near);
    left.bus_initiator.bind(from_left);
    to_right.bind(right.bus_target);
    to_memory.bind(memory);
    right.bus_initiator.bind(nothing);
    nobody.bind(left.bus_target);
    left_regs.bind(left.regs_target);
    right_regs.bind(right.regs_target);
    near.on_complete([this](const Burst& burst) { done += burst.ok(); });
  }
  tlm::tlm_sync_enum forward(int from, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay) {
    if (payload.get_address() >> 40 == index_) {
      payload.set_address(payload.get_address() & 0xfff);
      return to_memory->nb_transport_fw(payload, phase, delay);
    }
    origin_[&payload] = from;
    return to_right->nb_transport_fw(payload, phase, delay);
  }
  tlm::tlm_sync_enum back(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                          sc_core::sc_time& delay) {
    auto& from = origin_.at(&payload) == 0 ? from_near : from_left;
    return from->nb_transport_bw(payload, phase, delay);
  }
  unsigned done = 0;

 private:
  const unsigned index_;
  std::unordered_map<tlm::tlm_generic_payload*, int> origin_;
};

void run_ring(bool posted, unsigned distance) {
  UcieParams params;
  params.trained_at_reset = true;
  params.max_in_flight = 1;
  sc_core::sc_vector<RingDie> dies("die");
  dies.init(kDies, [&](const char* name, std::size_t index) {
    return new RingDie(name, static_cast<unsigned>(index), params);
  });
  for (unsigned i = 0; i < kDies; ++i) {
    RingDie& next = dies[(i + 1) % kDies];
    dies[i].right.peer.bind(next.left.inbox);
    next.left.peer.bind(dies[i].right.inbox);
  }
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  constexpr unsigned kEach = 50;
  const std::vector<std::uint8_t> data(256, 0x77);
  Attributes attributes;
  attributes.posted = posted;
  for (unsigned i = 0; i < kDies; ++i) {
    const Addr target = Addr{(i + distance) % kDies} << 40;
    for (unsigned n = 0; n < kEach; ++n) {
      n % 2 == 0 ? dies[i].near.read(target, 64, 0, attributes)
                 : dies[i].near.write(target + 64, data, 0, attributes);
    }
  }
  sc_core::sc_start(to_sc_time(100_us));
  for (auto& die : dies) {
    CHECK(die.done == kEach);
    CHECK(die.memory.bytes(64, 256) == data);
    CHECK(die.right.waiting().empty());
  }
}

TEST_CASE("UciePort rings with one transaction in flight do not lock up", "[unit][ucie]") {
  run_ring(false, 3);
}
TEST_CASE("UciePort rings with posted writes do not lock up", "[unit][ucie]") { run_ring(true, 3); }

}  // namespace
}  // namespace cvp
