// SPDX-License-Identifier: Apache-2.0
//
// Two ports that face each other for tests, each on a die of its own: what every such pair has.
#pragma once

#include "models/ucie/ucie_port.h"
#include "tests/harness/test_bench.h"

namespace cvp {

struct PortPair : sc_core::sc_module {
  ActionQueue other{"other"};  ///< Of b's die.
  UciePort a, b;
  RegisterSocket& regs_target;  ///< Of a.
  TestInitiator back{"back"};   ///< Reaches what a's initiator is bound to.
  TestInitiator regs_b{"regs_b"};

  PortPair(const sc_core::sc_module_name& name, ActionQueue& actions, const UcieParams& end_a,
           const UcieParams& end_b)
      : sc_module(name), a("a", actions, end_a), b("b", other, end_b), regs_target(a.regs_target) {
    a.peer.bind(b.inbox);
    b.peer.bind(a.inbox);
    back.bind(b.bus_target);
    regs_b.bind(b.regs_target);
  }
};

}  // namespace cvp
