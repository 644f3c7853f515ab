// SPDX-License-Identifier: Apache-2.0
//
// Walks every register of a model, as its register file describes them: reset value, access mode
// of each field, reserved bits, accesses outside the map and of a wrong size.
//
//   TEST_CASE("Dma registers follow their register file", "[unit][dma]") {
//     TestBench<Dma> bench(DmaParams{});
//     bench.run([&] { register_walk(bench); });
//   }
#pragma once

#include <string>

#include "models/core/register_socket.h"
#include "tests/harness/test_bench.h"

namespace cvp {

class RegisterWalk {
 public:
  RegisterWalk(const RegisterBank& bank, TestInitiator& initiator)
      : bank_(bank), initiator_(initiator) {}

  void run();

 private:
  struct Masks {
    std::uint64_t compare = 0;  ///< Bits whose value is checked after reset.
    std::uint64_t test = 0;     ///< Bits that are written.
  };
  Masks masks(const RegisterBase& reg) const;
  void check_reset(const RegisterBase& reg, std::size_t index);
  void check_writes(const RegisterBase& reg, std::size_t index);
  void check_write(const RegisterBase& reg, std::size_t index, std::uint64_t before,
                   std::uint64_t data);
  void check_sizes(const RegisterBase& reg, std::size_t index);
  void check_holes();
  bool shares_address(const RegisterBase& reg) const;
  bool covered(Addr offset) const;

  const RegisterBank& bank_;
  TestInitiator& initiator_;
};

template <class Model>
void register_walk(TestBench<Model>& bench) {
  RegisterWalk(bench.dut.regs_target.bank(), bench.regs_initiator).run();
}

}  // namespace cvp
