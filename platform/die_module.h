// SPDX-License-Identifier: Apache-2.0
//
// A die as one SystemC module: its action queue, its crossbar and its instances, wired as the
// package says. What leaves it is a message on a port's `peer`.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/core/action_queue.h"
#include "models/noc/crossbar.h"
#include "platform/package.h"
#include "platform/wave.h"

namespace cvp {

struct BuildOptions {
  /// Instances, dies and links are made in reverse order. Changes nothing that can be seen: a test.
  bool reversed = false;
  /// `--boot direct`: links, memories and routes are up from the start.
  bool direct = false;
  WaveOptions wave;  ///< Its NPU has been chosen.
};

/// Wires of an interrupt controller: [2h] of `contexts` is hart h at machine level, [2h + 1] at
/// supervisor level.
struct InterruptLines {
  sc_core::sc_vector<sc_core::sc_in<bool>>* sources = nullptr;
  sc_core::sc_vector<sc_core::sc_out<bool>>* contexts = nullptr;
};

/// A model as built, with its sockets by their keys in the die file.
struct BuiltModel {
  std::unique_ptr<sc_core::sc_module> module;
  std::map<std::string, tlm::tlm_target_socket<>*> targets;
  /// Key of the bus, sockets that join it.
  std::vector<tlm::tlm_initiator_socket<>*> initiators;
  int d2d_port = -1;
  sc_core::sc_out<bool>* irq = nullptr;  ///< What the wire `irq` of the die file drives.
  InterruptLines lines = {};             ///< Of a PLIC or APLIC.
};

class DieModule : public sc_core::sc_module {
 public:
  DieModule(sc_core::sc_module_name name, const Package& package, const Die& die,
            const BuildOptions& options);

  const Die& die() const { return die_; }
  Crossbar& noc() { return *noc_; }
  /// The model of an instance, or null if it is of another type or not built.
  template <class Model>
  Model* find(std::string_view instance) const {
    const auto found = models_.find(instance);
    return found == models_.end() ? nullptr : dynamic_cast<Model*>(found->second.module.get());
  }
  /// All models of a class with their instances, in the order of the die file.
  template <class Model>
  std::vector<std::pair<const Instance*, Model*>> all() const {
    std::vector<std::pair<const Instance*, Model*>> found;
    for (const Instance& instance : die_.instances) {
      if (auto* model = find<Model>(instance.name)) found.emplace_back(&instance, model);
    }
    return found;
  }

  ActionQueue actions{"actions"};

 private:
  void build_instances(const Package& package, const BuildOptions& options);
  void build_noc(const Instance& instance);
  void bind_bus();
  void wire_interrupts();
  void wire_release();
  sc_core::sc_signal<bool>& signal();

  const Die& die_;
  std::unique_ptr<Crossbar> noc_;
  std::map<std::string, BuiltModel, std::less<>> models_;
  std::vector<std::unique_ptr<sc_core::sc_signal<bool>>> signals_;
  std::vector<std::unique_ptr<sc_core::sc_module>> gates_;
};

/// Makes the model of an instance or device; its SystemC parent is the module under construction.
BuiltModel build_model(const Package& package, const Die& die, const Instance& instance,
                       ActionQueue& actions, const BuildOptions& options);

}  // namespace cvp
