// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "platform/boot_files.h"
#include "platform/command.h"
#include "platform/inference.h"
#include "platform/npy.h"
#include "platform/outputs.h"
#include "sw/compiler/compile_error.h"

namespace cvp {
namespace {

struct InferOptions {
  PackageOptions package;
  std::string model, input, output, expect, append, max_time;
  std::size_t images = 0, both_images = 0;
  std::uint32_t batch = 25;
  bool no_layers = false, reversed = false, quiet = false;
  double max_wall = 0;
  OutputOptions outputs;
};

[[noreturn]] void fail(const CompileError& error) {
  const std::string key = error.node.empty() ? "" : "node '" + error.node + "'";
  throw ConfigurationFailed({error.file, 0, key, error.what_is_wrong});
}

Dataset read_images(const InferOptions& options, const CompiledProgram& program,
                    Diagnostics& diagnostics) {
  const std::size_t values = program.input_shape.elements();
  Dataset dataset;
  if (options.input.ends_with(".npy")) {
    const auto array = read_npy(options.input, "--input", diagnostics);
    if (!array) return dataset;
    if (array->values.empty() || array->values.size() % values != 0) {
      diagnostics.error(options.input, 0, "--input",
                        fmt::format("holds {} values; expected a multiple of the {} of an image",
                                    array->values.size(), values));
      return dataset;
    }
    for (auto at = array->values.begin(); at != array->values.end();) {
      const auto end = at + static_cast<std::ptrdiff_t>(values);
      dataset.images.emplace_back(at, end);
      at = end;
    }
  } else {
    dataset = read_csv(options.input, values);
  }
  if (dataset.images.empty()) diagnostics.error(options.input, 0, "--input", "holds no image");
  return options.images > 0 ? dataset.last(options.images) : dataset;
}

// `--both-images N`: NPUs whose MAC array runs as `both` compare the tiles of their first N images.
std::vector<std::string> both_overrides(const InferOptions& options, const Package& package,
                                        const CompiledProgram& program) {
  std::vector<std::string> overrides = options.package.overrides;
  if (options.both_images == 0) return overrides;
  const std::uint64_t runs = (options.both_images + program.batch - 1) / program.batch;
  for (const Die& die : package.dies) {
    for (const Instance* npu : die.of_type("npu_cluster")) {
      if (npu->params["mac_array.fidelity"].text != "both") continue;
      overrides.push_back(fmt::format("{}.{}.mac_array.both_tiles={}", die.name, npu->name,
                                      runs * plan_run(program).tiles));
    }
  }
  return overrides;
}

void check_package_can_infer(const Package& package, Diagnostics& diagnostics) {
  for (const Die& die : package.dies) {
    if (die.first("npu_cluster") && die.first("hbm_stack")) return;
  }
  diagnostics.error(package.file, 0, "dies", "no die has an NPU with an HBM stack; expected one");
}

Inference prepare(const InferOptions& options, const Package& package, Diagnostics& diagnostics) {
  try {
    CompileOptions compile_options;
    compile_options.geometry = common_geometry(package);
    compile_options.batch = options.batch;
    compile_options.keep_layers = !options.no_layers;
    OnnxGraph graph = read_onnx_file(options.model);
    CompiledProgram program = compile(graph, compile_options);
    Dataset dataset = read_images(options, program, diagnostics);
    throw_if_failed(diagnostics);
    return Inference(std::move(graph), std::move(program), std::move(dataset));
  } catch (const CompileError& error) {
    fail(error);
  } catch (const std::invalid_argument& error) {
    throw ConfigurationFailed({{}, 0, "infer", error.what()});
  }
}

// Outputs that differ from what was expected: their number.
std::size_t compare_expected(const NpyArray& expected, const std::vector<float>& outputs) {
  std::size_t differences = 0;
  for (std::size_t n = 0; n < outputs.size(); ++n) differences += outputs[n] != expected.values[n];
  return differences;
}

std::string predictions_csv(const Inference& inference) {
  std::string text = "image,class,label\n";
  const auto& labels = inference.dataset().labels;
  for (std::size_t n = 0; n < inference.results().outputs.size(); ++n) {
    text += fmt::format("{},{},{}\n", n, best_class(inference.results().outputs[n]),
                        n < labels.size() ? std::to_string(labels[n]) : "");
  }
  return text;
}

int infer(const InferOptions& options) {
  Diagnostics diagnostics;
  const Package first = options.package.load();
  check_package_can_infer(first, diagnostics);
  throw_if_failed(diagnostics);
  Inference inference = prepare(options, first, diagnostics);
  PackageOptions again = options.package;
  again.overrides = both_overrides(options, first, inference.program());
  const Package package = again.load_quietly();

  SimulationOptions simulation;
  simulation.build.reversed = options.reversed;
  simulation.build.wave = options.outputs.wave;
  simulation.quiet = options.quiet;
  simulation.max_wall_s = options.max_wall;
  simulation.max_time = parse_time_limit(options.max_time, diagnostics);
  simulation.tree.bootargs = options.append;
  auto program = read_program({}, diagnostics);
  simulation.boot_rom = read_boot_rom({}, package, diagnostics);
  simulation.tree.job = place_job(package, inference.blob().size(), diagnostics);
  std::optional<NpyArray> expected;
  const std::size_t values =
      inference.dataset().images.size() * inference.program().output_shape.elements();
  if (!options.expect.empty()) {
    expected = read_npy(options.expect, "--expect", diagnostics);
    if (expected && expected->values.size() != values) {
      diagnostics.error(options.expect, 0, "--expect",
                        fmt::format("holds {} values; expected the {} of the outputs",
                                    expected->values.size(), values));
    }
  }
  OutputOptions files = options.outputs;
  OutputDirectory directory(options.output, "--output", diagnostics);
  std::optional<OutputFile> npy, csv;
  if (directory.ok()) {
    const auto name = [&](std::string& file, const char* fallback) {
      if (file.empty()) file = options.output + "/" + fallback;
    };
    name(files.stats, "stats.json");
    name(files.report, "report.html");
    name(files.trace, "trace.json");
    const auto open = [&](std::optional<OutputFile>& file, const char* base) {
      auto opened = OutputFile::open(options.output + "/" + base, "--output", diagnostics);
      if (opened) file.emplace(std::move(*opened));
    };
    open(npy, "outputs.npy");
    open(csv, "predictions.csv");
  }
  Outputs outputs(files, diagnostics);
  throw_if_failed(diagnostics);
  simulation.images = {*program, make_image("job", simulation.tree.job.base, inference.blob())};
  check_placement(package, simulation.images, diagnostics);
  throw_if_failed(diagnostics);
  directory.keep();
  const Addr job = simulation.tree.job.base;
  simulation.program = &*program;
  Simulation sim(package, std::move(simulation));
  inference.watch(sim);
  const RunEnd end = sim.run();
  print_end(end);
  const bool finished = inference.collect(sim, job);
  nlohmann::ordered_json extra = {{"inference", finished ? inference.to_json() : nullptr}};
  const nlohmann::ordered_json stats = outputs.write(sim, end, &extra);
  if (!finished) {
    std::fprintf(stderr, "error: the runtime left no results; the boot log says why\n");
    return end.exit_code != 0 ? end.exit_code : 1;
  }
  const auto count = inference.dataset().images.size();
  npy->commit(to_npy({count, values / count}, inference.outputs()));
  csv->commit(predictions_csv(inference));
  std::fputs(inference.summary(stats).c_str(), stdout);
  std::printf("  %-26s %s %s %s\n  %-26s %s/outputs.npy %s/predictions.csv\n", "files",
              files.stats.c_str(), files.report.c_str(), files.trace.c_str(), "",
              options.output.c_str(), options.output.c_str());
  int code = end.exit_code;
  if (expected) {
    const std::size_t differences = compare_expected(*expected, inference.outputs());
    std::printf(
        "  %-26s %s\n", "equal to --expect",
        differences == 0 ? "yes" : fmt::format("NO: {} values differ", differences).c_str());
    if (differences > 0 && code == 0) code = 1;
  }
  if (inference.layer_differences() > 0 && code == 0) code = 1;
  return code;
}

}  // namespace

void add_infer_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<InferOptions>();
  CLI::App* command = app.add_subcommand("infer", "Run an ONNX network on a package's NPUs");
  command->footer(
      "Example:\n  chiplet-vp infer duo data/digits/digits.onnx --input data/digits/digits.csv.gz "
      "\\\n    --images 500 --output out\n\n"
      "Compiles the network, boots the package, classifies, and compares every layer of every "
      "image\nwith a plain C++ reference. DIR gets outputs.npy, predictions.csv, stats.json, "
      "report.html and\ntrace.json. Exit code: the guest's; 1 when something differs; 2 "
      "configuration error.");
  options->package.add_to(*command);
  command->add_option("MODEL", options->model, "ONNX model, INT8")->required();
  command->add_option("--input", options->input, "Images: .csv, .csv.gz (labels last) or .npy")
      ->required()
      ->type_name("FILE");
  command->add_option("--output", options->output, "Directory for all results")
      ->required()
      ->type_name("DIR");
  command->add_option("--expect", options->expect, "Outputs to compare with, .npy")
      ->type_name("FILE");
  command->add_option("--images", options->images, "Only the last N images")->check(above_zero());
  command->add_option("--batch", options->batch, "Images a run of the program (default 25)")
      ->check(above_zero());
  command->add_option("--both-images", options->both_images,
                      "NPUs with mac_array.fidelity = both compare their first N images");
  command->add_flag("--no-layers", options->no_layers,
                    "Keep no layers in memory; compare the network's output only");
  command->add_option("--append", options->append, "bootargs of the device tree (reach=off)");
  command->add_option("--max-time", options->max_time, "End after this simulated time: \"1 s\"");
  command->add_option("--max-wall", options->max_wall, "End after this many seconds of host time")
      ->check(above_zero());
  command->add_flag("--quiet", options->quiet, "No boot log on standard output");
  options->outputs.add_to(*command);
  command->add_flag("--construct-reversed", options->reversed)->group("");
  command->callback([options, &result] { result.exit_code = infer(*options); });
}

}  // namespace cvp
