// SPDX-License-Identifier: Apache-2.0
#include <csignal>

#include "platform/command.h"
#include "platform/outside/hub.h"

namespace cvp {
namespace {

struct HubOptions {
  std::string path, pcap;
  bool once = false;
};

volatile std::sig_atomic_t stopped = 0;
void on_signal(int) { stopped = 1; }

void run_hub(const HubOptions& options) {
  Diagnostics diagnostics;
  std::unique_ptr<PcapFile> pcap;
  if (!options.pcap.empty()) pcap = PcapFile::open(options.pcap, "--pcap", diagnostics);
  throw_if_failed(diagnostics);
  Hub hub(pcap.get());
  if (const auto error = hub.open(options.path)) {
    diagnostics.error(options.path, 0, "", "no hub can be here: " + error.message());
  }
  throw_if_failed(diagnostics);
  if (pcap) pcap->start();
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  while (stopped == 0 && !(options.once && hub.visited() && hub.members() == 0)) hub.step();
}

}  // namespace

void add_hub_command(CLI::App& app) {
  auto options = std::make_shared<HubOptions>();
  CLI::App* command = app.add_subcommand("hub", "Join the network cards of several runs");
  command->footer(
      "Example:\n  chiplet-vp hub lan &\n"
      "  chiplet-vp run duo --device virtio-net-device,to=unix:lan,mac=52:54:00:00:00:01\n\n"
      "QEMU joins with -netdev stream,id=n,server=off,addr.type=unix,addr.path=lan. Ends with "
      "Ctrl-C.\n"
      "Two runs need no hub: they meet at a path where none is.");
  command->add_option("PATH", options->path, "UNIX socket to make")->required();
  command->add_option("--pcap", options->pcap, "Record of all frames, with the host's times")
      ->type_name("FILE");
  command->add_flag("--once", options->once, "End when the last run has left");
  command->callback([options] { run_hub(*options); });
}

}  // namespace cvp
