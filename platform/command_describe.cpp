// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "platform/command.h"
#include "platform/describe.h"
#include "platform/device_tree.h"
#include "platform/diagram.h"
#include "platform/os_memory.h"
#include "platform/output_file.h"

namespace cvp {
namespace {

struct DescribeOptions {
  PackageOptions package;
  bool map = false, parameters = false, paths = false, numa = false, dts = false, models = false,
       tree = false;
  std::string dtb, svg;
};

void write_file(const std::string& path, const std::string& option, std::string_view content) {
  Diagnostics diagnostics;
  auto file = OutputFile::open(path, option, diagnostics);
  throw_if_failed(diagnostics);
  file->commit(content);
}

void describe(const DescribeOptions& options) {
  if (options.models) {
    std::fputs(describe_models().c_str(), stdout);
    return;
  }
  const Package package = options.package.load();
  if (!options.dtb.empty()) {
    const auto blob = to_dtb(make_device_tree(package));
    write_file(options.dtb, "--dtb", {reinterpret_cast<const char*>(blob.data()), blob.size()});
  }
  if (!options.svg.empty()) write_file(options.svg, "--svg", diagram_svg(package, true));
  if (options.dts) std::fputs(to_dts(make_device_tree(package)).c_str(), stdout);
  const bool chosen = options.map || options.parameters || options.paths || options.numa ||
                      options.dts || options.tree || !options.dtb.empty() || !options.svg.empty();
  std::string text;
  const auto add = [&](bool wanted, auto&& make) {
    if (!wanted && chosen) return;
    if (!text.empty()) text += "\n";
    text += make(package);
  };
  add(options.tree, diagram_text);
  add(options.map, describe_address_map);
  add(options.numa, describe_numa);
  add(options.paths, describe_paths);
  add(options.parameters, describe_parameters);
  std::fputs(text.c_str(), stdout);
}

}  // namespace

void add_describe_command(CLI::App& app, CommandResult&) {
  auto options = std::make_shared<DescribeOptions>();
  CLI::App* command = app.add_subcommand(
      "describe", "Show what a package file makes: address map, device tree, diagram, parameters");
  command->footer(
      "Example:\n  chiplet-vp describe duo --dts | dtc -q -O dtb -o duo.dtb\n"
      "  chiplet-vp describe duo --svg duo.svg\n\n"
      "Without an option: diagram, address map, NUMA nodes, paths and parameters.");
  options->package.add_to(*command);
  command->get_option("PACKAGE")->required(false);
  command->add_flag("--diagram", options->tree, "Dies, links and devices as text");
  command->add_option("--svg", options->svg, "Write the diagram as SVG")->type_name("FILE");
  command->add_flag("--map", options->map, "Address map");
  command->add_flag("--paths", options->paths, "Idle latency of every path, term by term");
  command->add_flag("--numa", options->numa, "What an operating system gets of each memory");
  command->add_flag("--parameters", options->parameters, "Parameters with units, ranges, defaults");
  command->add_flag("--dts", options->dts, "Device tree source");
  command->add_option("--dtb", options->dtb, "Write the device tree blob")->type_name("FILE");
  command->add_flag("--models", options->models, "All models and their parameters (no PACKAGE)");
  command->callback([options] {
    if (options->package.package.empty() && !options->models) {
      throw ConfigurationFailed(
          {{}, 0, "describe", "which package? expected a file or a name such as duo"});
    }
    describe(*options);
  });
}

}  // namespace cvp
