// SPDX-License-Identifier: Apache-2.0
//
// Two ports that face each other for tests of what software can do to a link.
#pragma once

#include <catch2/catch.hpp>

#include "models/core/report.h"
#include "models/ucie/ucie_port_pair_test.h"

namespace cvp {

using R = UcieRegs;
using Kind = R::BrokenPin;

struct TwoPorts : PortPair {
  TestInitiator near{"near"};
  TestMemory memory_a{"memory_a"}, memory_b{"memory_b"}, messages{"messages"};

  TwoPorts(const sc_core::sc_module_name& name, ActionQueue& actions, const UcieParams& end_a,
           const UcieParams& end_b)
      : PortPair(name, actions, end_a, end_b) {
    near.bind(a.bus_target);
    a.bus_initiator.bind(memory_a);
    b.bus_initiator.bind(memory_b);
    a.msi_initiator.bind(messages);
    SC_HAS_PROCESS(TwoPorts);
    SC_THREAD(read_beside);
  }
  /// A read beside the test's own thread.
  void read_beside() {
    wait(read_now);
    near.read(0, 8);
    read_done = true;
  }
  sc_core::sc_event read_now;
  bool read_done = false;
};
using Bench = TestBench<TwoPorts>;

inline UcieParams first(bool trained = true) {
  UcieParams params;
  params.trained_at_reset = trained;
  return params;
}
inline UcieParams second(bool trained = true) {
  UcieParams params = first(trained);
  params.end = 1;
  return params;
}

inline void wait_state(Bench& bench, std::uint32_t state, Femtoseconds limit = 40_ms) {
  const Femtoseconds end = simulation_time() + limit;
  while (bench.read(&R::status).state != state && simulation_time() < end) bench.wait(5_us);
  if (state == R::Status::kStateActive) bench.wait(5_us);  // RDI, the parameters and FDI.
  REQUIRE(bench.read(&R::status).state == state);
}
inline std::uint32_t command(Bench& bench, const R::Control& control) {
  bench.write(&R::control, control);
  bench.wait(1_ns);
  return bench.read(&R::command).result;
}
inline std::uint32_t inject(Bench& bench, const R::Inject& what) {
  bench.write(&R::inject, what);
  bench.wait(1_ns);
  return bench.read(&R::command).result;
}
/// Reads or writes a register of the other end; returns the status.
inline std::uint32_t mailbox(Bench& bench, std::uint32_t offset, bool writes = false) {
  bench.write(&R::mailbox_index, {.offset = offset, .writes = writes});
  bench.write(&R::mailbox_control, {.start = true});
  for (int i = 0; i < 100 && bench.read(&R::mailbox_status).busy; ++i) bench.wait(100_ns);
  REQUIRE_FALSE(bench.read(&R::mailbox_status).busy);
  return bench.read(&R::mailbox_status).status;
}
/// Enables events whose message writes `data` to 0x40.
inline void listen(Bench& bench, const R::EventEnable& events, std::uint32_t data) {
  bench.write(&R::message_address, 0x40);
  bench.write(&R::message_data, data);
  bench.write(&R::event_enable, events);
}
inline std::uint8_t message(Bench& bench) { return bench.dut.messages.bytes(0x40, 1)[0]; }

}  // namespace cvp
