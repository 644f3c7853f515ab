// SPDX-License-Identifier: Apache-2.0
//
// All that joins a running package to the world outside: consoles, network cables, and what comes
// through them.
#pragma once

#include <map>
#include <memory>

#include "platform/console.h"
#include "platform/die_module.h"
#include "platform/outside/network_cable.h"

namespace cvp {

/// Where the devices of the host die lead, by the names of their instances.
struct OutsideEnds {
  std::map<std::string, std::unique_ptr<OutsideStream>> streams;
  /// The virtio console on the terminal; empty: there is the first serial port, if it has no
  /// stream.
  std::string terminal;
  std::unique_ptr<PcapFile> pcap;  ///< Record of all network cards.
  std::vector<NamedFile> files;    ///< What will be written.
};

class Connections {
 public:
  /// `input` and `quiet` are for the console on the terminal.
  Connections(DieModule& host, OutsideEnds ends, Console::Input input, bool quiet);

  /// The console on the terminal, or else the first there is.
  Console& console() { return *main_; }
  const Console& console() const { return *main_; }
  OutsideInputs& inputs() { return inputs_; }
  /// The run begins.
  void start();

 private:
  Console& add_console(const std::string& instance);
  NetworkCable& add_cable(const std::string& instance);
  /// Empty: none was asked for.
  std::unique_ptr<OutsideStream> take_stream(const std::string& instance);

  ActionQueue& actions_;
  OutsideEnds ends_;
  const Console::Input input_;
  const bool quiet_;
  std::vector<std::unique_ptr<Console>> consoles_;
  std::vector<std::unique_ptr<NetworkCable>> cables_;
  Console* main_ = nullptr;
  OutsideInputs inputs_;
};

}  // namespace cvp
