// SPDX-License-Identifier: Apache-2.0
#include "platform/die_module.h"

#include <algorithm>

#include "models/clint/clint.h"
#include "models/cpu/cpu_cluster.h"
#include "models/imsic/imsic.h"
#include "models/message_receiver/message_receiver.h"
#include "models/npu/npu_cluster.h"
#include "models/ucie/ucie_port.h"

namespace cvp {
namespace {

// Output high while any input is.
class AnyOf : public sc_core::sc_module {
 public:
  sc_core::sc_vector<sc_core::sc_in<bool>> in;
  sc_core::sc_out<bool> out{"out"};

  AnyOf(sc_core::sc_module_name name, std::size_t inputs) : sc_module(name), in("in", inputs) {
    SC_HAS_PROCESS(AnyOf);
    SC_METHOD(drive);
    for (auto& input : in) sensitive << input;
  }

 private:
  void drive() {
    out.write(std::any_of(in.begin(), in.end(), [](const auto& input) { return input.read(); }));
  }
};

template <class List, class Visit>
void each(List& list, bool reversed, Visit visit) {
  if (reversed) {
    std::for_each(list.rbegin(), list.rend(), visit);
  } else {
    std::for_each(list.begin(), list.end(), visit);
  }
}

}  // namespace

DieModule::DieModule(sc_core::sc_module_name name, const Package& package, const Die& die,
                     const BuildOptions& options)
    : sc_module(name), die_(die) {
  build_instances(package, options);
  bind_bus();
  wire_interrupts();
  wire_release();
}

void DieModule::build_instances(const Package& package, const BuildOptions& options) {
  each(die_.instances, options.reversed, [&](const Instance& instance) {
    if (!instance.connected) return;
    if (instance.type->type == "crossbar") return;
    models_[instance.name] = build_model(package, die_, instance, actions, options);
  });
  build_noc(*die_.first("crossbar"));
}

// Ports in the order of the die file, whatever order the models were made in.
void DieModule::build_noc(const Instance& noc) {
  CrossbarParams params = noc.params.make<CrossbarParams>();
  params.die_index = die_.index;
  for (const Instance& instance : die_.instances) {
    if (!instance.connected) continue;
    const BuiltModel& built = models_[instance.name];
    for (std::size_t n = 0; n < built.initiators.size(); ++n) {
      // Only the first carries what comes from the other die.
      const int port = n == 0 ? built.d2d_port : -1;
      params.initiators.push_back({.name = instance.name, .d2d_port = port});
    }
    for (const MapWindow& window : instance.windows) {
      // A CXL window is decoded by programmable registers: they see the whole address.
      const bool global = window.key == "window";
      params.targets.push_back({.name = instance.name + "." + window.key,
                                .ranges = {{die_.base() + window.range.base, window.range.size}},
                                .global_addresses = global});
    }
    if (built.d2d_port >= 0) {
      params.targets.push_back(
          {.name = instance.name + ".bus", .global_addresses = true, .d2d_port = built.d2d_port});
    }
  }
  noc_ = std::make_unique<Crossbar>(noc.name.c_str(), actions, params);
}

void DieModule::bind_bus() {
  std::size_t from = 0, to = 0;
  for (const Instance& instance : die_.instances) {
    if (!instance.connected) continue;
    BuiltModel& built = models_[instance.name];
    for (auto* initiator : built.initiators) initiator->bind(noc_->from[from++]);
    for (const MapWindow& window : instance.windows) {
      const bool own = instance.type->type == "crossbar";
      tlm::tlm_target_socket<>& target = own ? noc_->regs_target : *built.targets.at(window.key);
      noc_->to[to++].bind(target);
    }
    if (built.d2d_port >= 0) noc_->to[to++].bind(*built.targets.at("bus"));
  }
}

sc_core::sc_signal<bool>& DieModule::signal() {
  const std::string name = "wire" + std::to_string(signals_.size());
  signals_.push_back(std::make_unique<sc_core::sc_signal<bool>>(name.c_str()));
  return *signals_.back();
}

void DieModule::wire_interrupts() {
  for (const auto& [instance, cpu] : all<CpuCluster>()) {
    const auto harts = instance->params["harts"].integer;
    auto* clint = find<Clint>(die_.first("clint")->name);
    const InterruptLines plic = models_.find(die_.first("plic")->name)->second.lines;
    cpu->timer.bind(clint->timer);
    for (const auto& [imsic_instance, imsic] : all<Imsic>()) cpu->imsic.bind(imsic->files);
    const auto join = [&](auto& output, auto& input) {
      auto& wire = signal();
      output.bind(wire);
      input.bind(wire);
    };
    for (std::uint64_t hart = 0; hart < harts; ++hart) {
      join(clint->msip[hart], cpu->msip[hart]);
      join(clint->mtip[hart], cpu->mtip[hart]);
      join((*plic.contexts)[2 * hart], cpu->meip[hart]);
      join((*plic.contexts)[2 * hart + 1], cpu->seip[hart]);
    }
    for (const Instance& device : die_.instances) {
      auto* irq = models_[device.name].irq;
      if (irq) join(*irq, (*plic.sources)[device.wire("irq")->index]);
    }
    for (const auto& [receiver_instance, receiver] : all<MessageReceiver>()) {
      const unsigned first = receiver_instance->wire("source")->index;
      for (unsigned n = 0; n < MessageReceiver::kSources; ++n) {
        join(receiver->source[n], (*plic.sources)[first + n]);
      }
    }
  }
}

// An NPU leaves reset when the release has arrived over any of the die's ports.
void DieModule::wire_release() {
  const auto ports = all<UciePort>();
  for (const auto& [instance, npu] : all<NpuCluster>()) {
    auto gate = std::make_unique<AnyOf>((instance->name + "_release").c_str(), ports.size());
    for (std::size_t n = 0; n < ports.size(); ++n) {
      auto& wire = signal();
      ports[n].second->remote_release.bind(wire);
      gate->in[n].bind(wire);
    }
    auto& released = signal();
    gate->out.bind(released);
    npu->released.bind(released);
    gates_.push_back(std::move(gate));
  }
}

}  // namespace cvp
