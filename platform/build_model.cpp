// SPDX-License-Identifier: Apache-2.0
//
// From an instance of a die file to its SystemC module: one function for each type, and the table
// that finds it.
#include "models/aplic/aplic.h"
#include "models/clint/clint.h"
#include "models/cpu/cpu_cluster.h"
#include "models/cxl/cxl_root_port.h"
#include "models/finisher/finisher.h"
#include "models/hbm/hbm.h"
#include "models/imsic/imsic.h"
#include "models/memory/memory.h"
#include "models/message_receiver/message_receiver.h"
#include "models/npu/npu_cluster.h"
#include "models/plic/plic.h"
#include "models/rtc/rtc.h"
#include "models/uart/uart.h"
#include "models/ucie/ucie_port.h"
#include "models/virtio/virtio.h"
#include "platform/die_module.h"
#include "platform/link_ends.h"
#include "platform/link_params.h"

namespace cvp {
namespace {

struct Context {
  const Package& package;
  const Die& die;
  const Instance& instance;
  ActionQueue& actions;
  const BuildOptions& options;

  const char* name() const { return instance.name.c_str(); }
  template <class Params>
  Params params() const {
    return instance.params.make<Params>();
  }
};

unsigned harts_of(const Context& context) {
  return static_cast<unsigned>(context.die.first("cpu_cluster")->params["harts"].integer);
}

// The largest RAM of a die.
const Instance* main_memory(const Die& die) {
  const Instance* largest = nullptr;
  for (const Instance* ram : die.of_type("ram")) {
    if (!largest || ram->window("map")->range.size > largest->window("map")->range.size) {
      largest = ram;
    }
  }
  return largest;
}

template <class Model>
BuiltModel built(std::unique_ptr<Model> model,
                 std::map<std::string, tlm::tlm_target_socket<>*> targets,
                 std::vector<tlm::tlm_initiator_socket<>*> initiators = {}, int d2d_port = -1) {
  return {std::move(model), std::move(targets), std::move(initiators), d2d_port};
}

// A device with one register window and one interrupt.
template <class Model>
BuiltModel with_irq(std::unique_ptr<Model> model) {
  auto* regs = &model->regs_target;
  auto* irq = &model->irq;
  BuiltModel device = built(std::move(model), {{"map", regs}});
  device.irq = irq;
  return device;
}

BuiltModel build_cpu_cluster(const Context& context) {
  auto params = context.params<CpuClusterParams>();
  // Host DRAM counts as cached: an access costs the instruction only.
  if (const Instance* dram = main_memory(context.die)) {
    const AddrRange range = dram->window("map")->range;
    params.cached = {context.die.base() + range.base, range.size};
  }
  auto model = std::make_unique<CpuCluster>(context.name(), context.actions, params);
  std::vector<tlm::tlm_initiator_socket<>*> initiators;
  for (std::size_t hart = 0; hart < model->mem_initiator.size(); ++hart) {
    initiators.push_back(&model->mem_initiator[hart]);
  }
  return built(std::move(model), {}, std::move(initiators));
}

template <class Model>
BuiltModel build_memory(const Context& context) {
  auto model =
      std::make_unique<Model>(context.name(), context.actions, context.params<MemoryParams>());
  auto* mem = &model->mem_target;
  return built(std::move(model), {{"map", mem}});
}

BuiltModel build_hbm_stack(const Context& context) {
  auto params = context.params<HbmParams>();
  params.trained_at_reset = context.options.direct;
  auto model = std::make_unique<HbmStack>(context.name(), context.actions, params);
  auto *mem = &model->mem_target, *regs = static_cast<BurstTarget*>(&model->regs_target);
  auto* messages = &model->msi_initiator;
  return built(std::move(model), {{"mem", mem}, {"regs", regs}}, {messages});
}

BuiltModel build_npu_cluster(const Context& context) {
  auto params = context.params<NpuParams>();
  const WaveOptions& wave = context.options.wave;
  if (wave.npu == context.die.name + "." + context.instance.name) {
    params.mac_array.wave = wave.file;
    params.mac_array.wave_tile = wave.tile;
  }
  auto model = std::make_unique<NpuCluster>(context.name(), context.actions, params);
  auto* regs = &model->regs_target;
  auto* scratchpad = &model->scratchpad_target;
  auto* mem = &model->mem_initiator;
  return built(std::move(model), {{"regs", regs}, {"scratchpad", scratchpad}}, {mem});
}

BuiltModel build_ucie_port(const Context& context) {
  const Link& link = *context.package.link_at(context.die.name, context.instance.name);
  const unsigned end = link.ends[0].die == context.die.name ? 0 : 1;
  auto params = ucie_params(context.package, link, end);
  params.trained_at_reset = context.options.direct;
  params.other_end = ucie_params(context.package, link, 1 - end).offer();
  auto model = std::make_unique<UciePort>(context.name(), context.actions, params);
  auto* bus = &model->bus_target;
  auto* out = &model->bus_initiator;
  auto* regs = &model->regs_target;
  auto* messages = &model->msi_initiator;
  const auto number = static_cast<int>(context.die.port_number(context.instance.name));
  return built(std::move(model), {{"bus", bus}, {"regs", regs}}, {out, messages}, number);
}

BuiltModel build_cxl_root_port(const Context& context) {
  const Device& device = *context.package.device_at(context.die.name, context.instance.name);
  auto model = std::make_unique<CxlRootPort>(
      context.name(), context.actions,
      root_port_params(context.package, device, context.options.direct));
  auto *ecam = &model->ecam_target, *mmio = &model->mmio_target, *window = &model->window_target;
  auto* regs = &model->regs_target;
  auto* messages = &model->msi_initiator;
  return built(std::move(model),
               {{"ecam", ecam}, {"mmio", mmio}, {"window", window}, {"regs", regs}}, {messages});
}

BuiltModel build_clint(const Context& context) {
  auto params = context.params<ClintParams>();
  params.harts = harts_of(context);
  auto model = std::make_unique<Clint>(context.name(), context.actions, params);
  auto* regs = &model->regs_target;
  return built(std::move(model), {{"map", regs}});
}

template <class Controller>
BuiltModel interrupt_controller(std::unique_ptr<Controller> model,
                                std::vector<tlm::tlm_initiator_socket<>*> initiators = {}) {
  auto* regs = &model->regs_target;
  const InterruptLines lines{&model->source, &model->context};
  BuiltModel controller = built(std::move(model), {{"map", regs}}, std::move(initiators));
  controller.lines = lines;
  return controller;
}

BuiltModel build_plic(const Context& context) {
  auto params = context.params<PlicParams>();
  params.harts = harts_of(context);
  if (!context.die.has_aia()) {
    return interrupt_controller(std::make_unique<Plic>(context.name(), params));
  }
  auto aplic = std::make_unique<Aplic>(
      context.name(), context.actions,
      AplicParams{
          .harts = params.harts, .sources = params.sources, .access_time = params.access_time});
  auto* messages = &aplic->msi_initiator;
  return interrupt_controller(std::move(aplic), {messages});
}

BuiltModel build_imsic(const Context& context) {
  auto params = context.params<ImsicParams>();
  params.harts = harts_of(context);
  auto model = std::make_unique<Imsic>(context.name(), context.actions, params);
  auto *machine = &model->machine_target, *supervisor = &model->supervisor_target;
  return built(std::move(model), {{"machine", machine}, {"supervisor", supervisor}});
}

BuiltModel build_uart(const Context& context) {
  auto model =
      std::make_unique<Uart>(context.name(), context.actions, context.params<UartParams>());
  return with_irq(std::move(model));
}

BuiltModel build_rtc(const Context& context) {
  auto model = std::make_unique<Rtc>(context.name(), context.actions, context.params<RtcParams>());
  return with_irq(std::move(model));
}

BuiltModel build_virtio(const Context& context) {
  auto model =
      std::make_unique<Virtio>(context.name(), context.actions, context.params<VirtioParams>());
  auto* mem = &model->mem_initiator;
  BuiltModel device = with_irq(std::move(model));
  device.initiators = {mem};
  return device;
}

BuiltModel build_finisher(const Context& context) {
  auto model = std::make_unique<Finisher>(context.name());
  auto* regs = &model->regs_target;
  return built(std::move(model), {{"map", regs}});
}

BuiltModel build_message_receiver(const Context& context) {
  auto model = std::make_unique<MessageReceiver>(context.name(), context.actions,
                                                 context.params<MessageReceiverParams>());
  auto* mem = &model->mem_target;
  return built(std::move(model), {{"map", mem}});
}

struct Row {
  std::string_view type;
  BuiltModel (*build)(const Context&);
};

constexpr Row kRows[] = {
    {"clint", build_clint},
    {"cpu_cluster", build_cpu_cluster},
    {"cxl_root_port", build_cxl_root_port},
    {"finisher", build_finisher},
    {"hbm_stack", build_hbm_stack},
    {"imsic", build_imsic},
    {"message_receiver", build_message_receiver},
    {"npu_cluster", build_npu_cluster},
    {"plic", build_plic},
    {"ram", build_memory<Ram>},
    {"rom", build_memory<Rom>},
    {"rtc", build_rtc},
    {"uart", build_uart},
    {"ucie_port", build_ucie_port},
    {"virtio", build_virtio},
};

}  // namespace

BuiltModel build_model(const Package& package, const Die& die, const Instance& instance,
                       ActionQueue& actions, const BuildOptions& options) {
  for (const Row& row : kRows) {
    if (row.type == instance.type->type) {
      return row.build({package, die, instance, actions, options});
    }
  }
  CVP_CHECK(false, "no way to build a ", instance.type->type);
  return {};
}

}  // namespace cvp
