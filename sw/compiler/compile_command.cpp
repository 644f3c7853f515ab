// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/compile_command.h"

#include <filesystem>
#include <iostream>
#include <memory>
#include <system_error>

#include "sw/compiler/compiler.h"
#include "sw/compiler/disassembler.h"
#include "sw/compiler/program_file.h"
#include "sw/compiler/program_view.h"

namespace cvp {
namespace {

constexpr int kExitConfigError = 2;

struct Arguments {
  std::string model, output;
  bool list = false;
  CompileOptions options;
};

void print_summary(const CompiledProgram& program) {
  const ProgramView view(program.program);
  const RunPlan plan = plan_run(program);
  std::cout << program.name << ": " << program.layers.size() << " layers, "
            << view.header.command_count << " commands, " << view.header.tensor_count
            << " tensors, " << program.constants.size() << " bytes of constants\n";
  for (const LayerInfo& layer : program.layers) {
    std::cout << "  " << layer.tensor << ": " << layer.kind << " to " << layer.shape.channels
              << " x " << layer.shape.height << " x " << layer.shape.width << ", " << layer.macs
              << " MACs, tiles of " << layer.tile_rows << " rows x " << layer.tile_channels
              << " channels\n";
  }
  std::cout << "a run of " << program.batch << " images: " << plan.tiles << " array tiles, "
            << plan.useful_macs << " MACs, " << view.header.scratchpad_bytes
            << " bytes of scratchpad\n";
  static constexpr const char* kRegions[] = {"program", "constants", "input", "output", "layers"};
  for (std::size_t r = 1; r < std::size(kRegions); ++r) {
    std::cout << "  " << kRegions[r] << ": " << plan.regions[r].read << " bytes read, "
              << plan.regions[r].written << " written\n";
  }
}

int compile_main(const Arguments& arguments) {
  try {
    std::error_code ignored;
    if (std::filesystem::equivalent(arguments.model, arguments.output, ignored)) {
      throw std::invalid_argument(arguments.output +
                                  ": --output is the model itself; expected another file");
    }
    const CompiledProgram program = compile_file(arguments.model, arguments.options);
    if (!arguments.output.empty()) write_program_file(program, arguments.output);
    if (arguments.list) {
      std::cout << disassemble(program.program);
    } else {
      print_summary(program);
    }
    return 0;
  } catch (const CompileError& error) {
    std::cerr << "error: " << error.what() << '\n';
  } catch (const std::system_error& error) {
    std::cerr << "error: " << error.what() << '\n';
  } catch (const std::invalid_argument& error) {
    std::cerr << "error: " << error.what() << '\n';
  }
  return kExitConfigError;
}

}  // namespace

void add_compile_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("compile", "Compile an ONNX model to an NPU program");
  command->footer(
      "Example:\n  chiplet-vp compile data/digits/digits.onnx -o digits.npu --batch 25\n"
      "  chiplet-vp compile data/digits/digits.onnx --list");
  auto arguments = std::make_shared<Arguments>();
  CompileOptions& options = arguments->options;
  command->add_option("model", arguments->model, "The ONNX model: INT8, QDQ or QLinear operators")
      ->required();
  command->add_option("-o,--output", arguments->output, "Program file to write");
  command->add_flag("--list", arguments->list, "Print the commands");
  const auto side = CLI::Range(1U, kMaxArraySide);
  command->add_option("--batch", options.batch, "Images a run")
      ->check(CLI::Range(1U, kMaxBatch))
      ->capture_default_str();
  command->add_flag("--keep-layers", options.keep_layers,
                    "Keep every layer's output of every image in memory");
  command->add_option("--rows", options.geometry.rows, "Rows of the MAC array")
      ->check(side)
      ->capture_default_str();
  command->add_option("--cols", options.geometry.columns, "Columns of the MAC array")
      ->check(side)
      ->capture_default_str();
  command
      ->add_option("--scratchpad", options.geometry.scratchpad_bytes,
                   "Bytes of the scratchpad; suffixes KiB and MiB")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(kMinScratchpadBytes, ~0U))
      ->capture_default_str();
  command
      ->add_option("--hbm", options.hbm_bytes,
                   "Bytes of a die's HBM that the network must fit; 0: any")
      ->transform(CLI::AsSizeValue(false))
      ->capture_default_str();
  command->callback([arguments, &exit_code] { exit_code = compile_main(*arguments); });
}

}  // namespace cvp
