// SPDX-License-Identifier: Apache-2.0
//
// One model on a bench. Bool ports that a test has not bound get a wire each; sockets of the usual
// names (regs_target, mem_target, mem_initiator) get a partner. `run` calls the test's lambda in an
// SC_THREAD and ends the simulation when it returns.
//
//   TestBench<Dma> bench(DmaParams{.burst_bytes = 16});
//   bench.run([&] {
//     bench.write(&DmaRegs::ctrl, DmaRegs::Ctrl{.start = true});
//     CHECK(bench.read(&DmaRegs::status).busy);
//   });
#pragma once

#include <catch2/catch.hpp>
#include <exception>
#include <functional>
#include <map>
#include <memory>

#include "models/core/action_queue.h"
#include "models/core/register_socket.h"
#include "tests/harness/test_initiator.h"
#include "tests/harness/test_memory.h"

namespace cvp {

template <class Model>
class TestBench : public sc_core::sc_module {
 public:
  using Wire = sc_core::sc_signal<bool, sc_core::SC_MANY_WRITERS>;

  /// `args` follow the name and, where the constructor takes one, the action queue.
  template <class... Args>
  explicit TestBench(const Args&... args)
      : TestBench(Named{}, sc_core::sc_module_name("bench"), args...) {}

  ActionQueue actions{"actions"};

 private:
  std::unique_ptr<Model> owned_;  // Built after `actions`, which it refers to.

 public:
  Model& dut;
  TestInitiator regs_initiator{"regs_initiator"};
  TestInitiator mem_initiator{"mem_initiator"};
  TestMemory ram{"ram"};

  void run(std::function<void()> test) {
    bind_wires();
    test_ = std::move(test);
    sc_core::sc_start();
    if (error_) std::rethrow_exception(error_);
    REQUIRE(finished_);
  }

  /// The wire at a bool port of the model.
  Wire& wire(const sc_core::sc_object& port) {
    bind_wires();
    return *wires_.at(&port);
  }
  void wait(Femtoseconds time) { sc_core::wait(to_sc_time(time)); }
  /// Lets the model's outputs settle.
  void settle() {
    for (int delta = 0; delta < 4; ++delta) sc_core::wait(sc_core::SC_ZERO_TIME);
  }
  /// Whether the port has `level` within `timeout`.
  bool wait_for(const sc_core::sc_object& port, bool level, Femtoseconds timeout) {
    const Femtoseconds end = simulation_time() + timeout;
    Wire& at = wire(port);
    while (at.read() != level && simulation_time() < end) {
      sc_core::wait(to_sc_time(end - simulation_time()), at.value_changed_event());
    }
    return at.read() == level;
  }
  bool wait_for_irq(Femtoseconds timeout) { return wait_for(dut.irq, true, timeout); }

  // Registers by member pointer; the access has the register's width and must succeed.
  template <class Regs, class Reg>
  typename Reg::Value read(Reg Regs::*member, std::size_t index = 0) {
    const RegisterBase& reg = find(member);
    const auto result = regs_initiator.read(reg.offset(index), reg.info().bytes);
    INFO("read of " << reg.info().name);
    REQUIRE(result.status == tlm::TLM_OK_RESPONSE);
    return register_value<typename Reg::Value>(result.value);
  }
  template <class Regs, class Reg>
  void write(Reg Regs::*member, const typename Reg::Value& value) {
    write(member, 0, value);
  }
  template <class Regs, class Reg>
  void write(Reg Regs::*member, std::size_t index, const typename Reg::Value& value) {
    const RegisterBase& reg = find(member);
    const auto bits = register_bits(value);
    INFO("write of " << reg.info().name);
    REQUIRE(regs_initiator.write(reg.offset(index), reg.info().bytes, bits).status ==
            tlm::TLM_OK_RESPONSE);
  }

 private:
  struct Named {};
  // The kernel ends a module's construction when its name object goes: here, after this
  // constructor.
  template <class... Args>
  TestBench(Named, sc_core::sc_module_name name, const Args&... args)
      : sc_module(name), owned_(make(args...)), dut(*owned_) {
    bind_sockets();
    SC_HAS_PROCESS(TestBench);
    SC_THREAD(body);
    set_stack_size(1 << 20);  // Catch2 formats on it.
  }
  template <class... Args>
  std::unique_ptr<Model> make(const Args&... args) {
    if constexpr (std::is_constructible_v<Model, sc_core::sc_module_name, ActionQueue&,
                                          const Args&...>) {
      return std::make_unique<Model>("dut", actions, args...);
    } else {
      return std::make_unique<Model>("dut", args...);
    }
  }
  template <class Regs, class Reg>
  const Reg& find(Reg Regs::*member) const {
    return static_cast<const Regs&>(dut.regs_target.bank()).*member;
  }

  /// A socket that the model lacks gets an idle partner: the kernel wants every socket bound.
  void bind_sockets() {
    if constexpr (requires { dut.regs_target; }) {
      regs_initiator.bind(dut.regs_target);
    } else {
      regs_initiator.bind(add_idle("idle_regs"));
    }
    if constexpr (requires { dut.mem_target; }) {
      mem_initiator.bind(dut.mem_target);
    } else {
      mem_initiator.bind(add_idle("idle_mem"));
    }
    if constexpr (requires { dut.mem_initiator.bind(ram); }) {
      dut.mem_initiator.bind(ram);
    } else {
      idle_initiator_ = std::make_unique<TestInitiator>("idle_initiator");
      idle_initiator_->bind(ram);
    }
  }
  TestMemory& add_idle(const char* name) {
    return *idle_targets_.emplace_back(std::make_unique<TestMemory>(name, 0));
  }
  void bind_wires() {
    for (sc_core::sc_object* object : owned_->get_child_objects()) {
      auto* in = dynamic_cast<sc_core::sc_in<bool>*>(object);
      auto* out = dynamic_cast<sc_core::sc_out<bool>*>(object);
      if ((in == nullptr || in->bind_count() > 0) && (out == nullptr || out->bind_count() > 0)) {
        continue;
      }
      auto& made = wires_[object];
      made = std::make_unique<Wire>(sc_core::sc_gen_unique_name("wire"));
      if (in != nullptr) in->bind(*made);
      if (out != nullptr) out->bind(*made);
    }
  }
  void body() {
    try {
      test_();
      finished_ = true;
    } catch (...) {
      error_ = std::current_exception();
    }
    sc_core::sc_stop();
  }

  std::vector<std::unique_ptr<TestMemory>> idle_targets_;
  std::unique_ptr<TestInitiator> idle_initiator_;
  std::map<const sc_core::sc_object*, std::unique_ptr<Wire>> wires_;
  std::function<void()> test_;
  std::exception_ptr error_;
  bool finished_ = false;
};

}  // namespace cvp
