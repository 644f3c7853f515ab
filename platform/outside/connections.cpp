// SPDX-License-Identifier: Apache-2.0
#include "platform/outside/connections.h"

#include "models/uart/uart.h"
#include "models/virtio/virtio.h"

namespace cvp {

Connections::Connections(DieModule& host, OutsideEnds ends, Console::Input input, bool quiet)
    : actions_(host.actions), ends_(std::move(ends)), input_(input), quiet_(quiet) {
  for (const auto& [instance, uart] : host.all<Uart>()) {
    uart->connect(add_console(instance->name));
    break;  // The first one is the console, as stdout-path says.
  }
  for (const auto& [instance, virtio] : host.all<Virtio>()) {
    const VirtioKind kind = virtio->params().device;
    const bool leads_out =
        ends_.streams.contains(instance->name) || ends_.terminal == instance->name;
    if (kind == VirtioKind::kConsole && leads_out) virtio->connect(add_console(instance->name));
    if (kind == VirtioKind::kNet && (leads_out || ends_.pcap)) {
      virtio->connect(add_cable(instance->name));
    }
  }
  if (!main_) main_ = consoles_.empty() ? &add_console("") : consoles_.front().get();
}

std::unique_ptr<OutsideStream> Connections::take_stream(const std::string& instance) {
  auto found = ends_.streams.extract(instance);
  return found.empty() ? nullptr : std::move(found.mapped());
}

Console& Connections::add_console(const std::string& instance) {
  const SourceId source = source_id("console." + instance);
  if (auto stream = take_stream(instance)) {
    consoles_.push_back(std::make_unique<Console>(actions_, source, std::move(stream)));
  } else {
    consoles_.push_back(std::make_unique<Console>(actions_, source, input_, quiet_));
    main_ = consoles_.back().get();
  }
  inputs_.add(*consoles_.back());
  return *consoles_.back();
}

NetworkCable& Connections::add_cable(const std::string& instance) {
  auto stream = take_stream(instance);
  cables_.push_back(std::make_unique<NetworkCable>(actions_, source_id("network." + instance),
                                                   stream ? std::move(stream) : no_stream(),
                                                   ends_.pcap.get()));
  inputs_.add(*cables_.back());
  return *cables_.back();
}

void Connections::start() {
  if (ends_.pcap) ends_.pcap->start();
  inputs_.start();
}

}  // namespace cvp
