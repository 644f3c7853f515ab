// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "platform/boot_files.h"
#include "platform/command.h"
#include "platform/debug/gdb_server.h"
#include "platform/device_options.h"
#include "platform/link_trace.h"
#include "platform/outputs.h"
#include "platform/signature.h"
#include "platform/simulation.h"
#include "platform/software_trace.h"

namespace cvp {
namespace {

struct RunOptions {
  PackageOptions package;
  BootFiles files;
  std::string boot, max_time, append;
  double max_wall = 0;
  bool reversed = false;
  DeviceOptions devices;
  OutputOptions outputs;
  SignatureOptions signature;
  SoftwareTraceOptions trace;
  LinkTraceOptions links;
  GdbOptions gdb;
  bool semihosting = false;
};

int run(const RunOptions& options) {
  Package package = options.package.load();
  Diagnostics diagnostics;
  SimulationOptions simulation;
  simulation.outside = options.devices.apply(package, diagnostics);
  simulation.max_time = parse_time_limit(options.max_time);
  simulation.max_wall_s = options.max_wall;
  simulation.build.reversed = options.reversed;
  simulation.build.direct = options.boot == "direct";
  simulation.build.wave = options.outputs.wave;
  simulation.build.wave.choose_npu(package, diagnostics);
  simulation.tree.bootargs = options.append;
  BootFiles files = options.files;
  files.direct = simulation.build.direct;
  simulation.boot = plan_boot(files, package, diagnostics);
  simulation.tree.os = simulation.boot.os;
  if (diagnostics.ok()) check_signature(simulation.boot.program(), options.signature, diagnostics);
  std::vector<NamedFile> others = options.trace.outputs();
  others.insert(others.end(), simulation.outside.files.begin(), simulation.outside.files.end());
  for (NamedFile& file : options.links.outputs()) others.push_back(std::move(file));
  others.push_back({"--signature", options.signature.file});
  std::vector<NamedFile> inputs = files_read(package, simulation.boot.images);
  for (const std::string& symbols : options.trace.symbols) {
    inputs.push_back({"--symbols", symbols.substr(0, symbols.rfind('@'))});
  }
  Outputs outputs(options.outputs, diagnostics, std::move(others), inputs);
  simulation.semihosting = options.semihosting;
  SoftwareTrace trace(options.trace, simulation.boot.images, diagnostics);
  LinkTrace links(options.links, diagnostics);
  auto signature = open_signature(options.signature, diagnostics);
  std::unique_ptr<GdbConnection> connection;
  if (options.gdb.port) connection = GdbConnection::open(*options.gdb.port, "--gdb", diagnostics);
  throw_if_failed(diagnostics);
  print_notes(diagnostics.notes());
  simulation.input = options.devices.all_input     ? Console::Input::kAll
                     : ::isatty(STDIN_FILENO) != 0 ? Console::Input::kTerminal
                                                   : Console::Input::kNone;
  Simulation sim(package, std::move(simulation));
  trace.attach(sim.platform());
  links.attach(package);
  std::unique_ptr<GdbServer> gdb;
  if (connection) gdb = std::make_unique<GdbServer>(std::move(connection), options.gdb, sim);
  const RunEnd end = sim.run();
  print_end(end);
  links.stop();
  if (signature)
    signature->commit(signature_text(sim.platform(), sim.program(), options.signature));
  outputs.write(sim, end);
  trace.finish();
  links.finish();
  return end.exit_code;
}

}  // namespace

void add_run_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "Simulate a package with firmware");
  command->footer(
      "Example:\n  chiplet-vp run duo --stats stats.json --report report.html\n"
      "  chiplet-vp run duo --firmware hello.elf --max-time \"10 ms\"\n"
      "  chiplet-vp run duo --bios fw_dynamic.bin --kernel Image --initrd initramfs.gz\n\n"
      "Without --firmware the first stage runs, then --bios, or else the inference runtime.\n"
      "Exit code: the guest's; 1 out of memory; 2 configuration error; 124 time limit; 125 dead "
      "end;\n"
      "130 Ctrl-C or a debugger's kill, 143 SIGTERM, 129 SIGHUP.");
  options->package.add_to(*command);
  command
      ->add_option("--firmware", options->files.firmware, "Run this ELF instead of the first stage")
      ->type_name("ELF");
  command
      ->add_option("--first-stage", options->files.first_stage,
                   "First stage, instead of the built one")
      ->type_name("ELF");
  command
      ->add_option("--boot-rom", options->files.boot_rom, "Boot ROM code, instead of the built one")
      ->type_name("FILE");
  command
      ->add_option("--bios", options->files.os.bios,
                   "Firmware such as OpenSBI, after the first stage")
      ->type_name("FILE");
  command
      ->add_option("--kernel", options->files.os.kernel,
                   "What --bios enters next: Linux Image, ELF, raw; gzip too")
      ->type_name("FILE");
  command->add_option("--initrd", options->files.os.initrd, "Initial RAM disk")->type_name("FILE");
  command
      ->add_option(
          "--boot", options->boot,
          "direct: links and memories are up from the start; --bios runs without first stage")
      ->check(CLI::IsMember({"full", "direct"}));
  command
      ->add_option("--append", options->append,
                   "bootargs of the device tree, also of the first stage (reach=off)")
      ->check(bootargs());
  command->add_option("--load", options->files.loads, "Put a raw file, or an ELF file, into memory")
      ->type_name("FILE[@ADDR]")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--max-time", options->max_time, "End after this simulated time: \"10 ms\"")
      ->check(time_above_zero());
  command->add_option("--max-wall", options->max_wall, "End after this many seconds of host time")
      ->check(above_zero());
  options->devices.add_to(*command);
  options->outputs.add_to(*command);
  options->signature.add_to(*command);
  options->trace.add_to(*command);
  options->links.add_to(*command);
  options->gdb.add_to(*command);
  command->add_flag("--semihosting", options->semihosting,
                    "Serve the guest's semihosting calls: console, clocks, exit");
  command->add_flag("--construct-reversed", options->reversed)->group("");
  command->callback([options, &result] { result.exit_code = run(*options); });
}

}  // namespace cvp
