// SPDX-License-Identifier: Apache-2.0
#include "models/virtio/virtio.h"

#include <algorithm>

#include "models/core/report.h"

namespace cvp {
namespace {

VirtioCore::Device make_device(const VirtioParams& params) {
  const VirtioTiming timing{params.latency, params.bandwidth};
  switch (params.device) {
    case VirtioKind::kBlock:
      return BlockDevice(DiskImage(params.file, params.mode), timing);
    case VirtioKind::kRng:
      return RngDevice(params.seed, timing);
    case VirtioKind::kConsole:
      return ConsoleDevice(timing);
    case VirtioKind::kNet: {
      const auto mac = parse_mac(params.mac);
      CVP_CHECK(mac, "no hardware address: ", params.mac);
      return NetDevice(*mac, timing);
    }
    case VirtioKind::kNone:
      break;
  }
  return EmptySlot();
}

}  // namespace

Virtio::Virtio(sc_core::sc_module_name name, ActionQueue& actions, const VirtioParams& params)
    : sc_module(name),
      mem_initiator("mem_initiator", actions),
      actions_(actions),
      source_(source_id(this->name())),
      params_(params),
      core_(make_device(params), *this) {
  regs_target.serve(core_.regs, params.access_time);
  // The core acts from the action queue only, also when it is told by a register.
  core_.notified = [this](unsigned queue) {
    actions_.post(std::max(actions_.now(), regs_target.time()), source_, *this, kKick, queue);
  };
  mem_initiator.on_complete([this](const Burst& burst) {
    core_.answered(burst.tag, burst.data, burst.ok() && !burst.poison);
  });
  SC_HAS_PROCESS(Virtio);
  SC_METHOD(drive_irq);
  sensitive << regs_target.changed();
}

void Virtio::connect(ConsoleIf& console) {
  auto* device = core_.device_as<ConsoleDevice>();
  CVP_CHECK(device, name(), " is no console");
  device->transmit = [this, &console](std::uint8_t character) {
    console.put(character, actions_.now());
  };
  console.attach(*device);
}

void Virtio::connect(NetworkIf& network) {
  auto* device = core_.device_as<NetDevice>();
  CVP_CHECK(device, name(), " is no network card");
  device->transmit = [this, &network](std::span<const std::uint8_t> frame) {
    network.send(frame, actions_.now());
  };
  network.attach(*device);
}

void Virtio::on_action(const Action& action) {
  if (action.op == kKick) {
    core_.kick(static_cast<unsigned>(action.arg));
  } else {
    core_.wake(action.arg);
  }
}

void Virtio::read(Addr address, std::uint32_t bytes, std::uint64_t tag) {
  mem_initiator.read(address, bytes, tag, {});
}

void Virtio::write(Addr address, std::span<const std::uint8_t> data, std::uint64_t tag) {
  mem_initiator.write(address, data, tag, {});
}

void Virtio::wake_after(Femtoseconds time, std::uint64_t tag) {
  actions_.post(actions_.now() + time, source_, *this, kWake, tag);
}

void Virtio::guest_error(std::string_view what) { log_guest_error(name(), actions_.now(), what); }

void Virtio::drive_irq() { irq.write(core_.interrupting()); }

}  // namespace cvp
