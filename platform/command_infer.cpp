// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "platform/boot_files.h"
#include "platform/command.h"
#include "platform/image.h"
#include "platform/inference_input.h"
#include "platform/link_trace.h"
#include "platform/npy.h"
#include "platform/outputs.h"

namespace cvp {
namespace {

struct InferOptions {
  PackageOptions package;
  InferenceInput input;
  std::string output, expect, append, max_time;
  std::size_t both_images = 0;
  bool no_layers = false, reversed = false, quiet = false;
  double max_wall = 0;
  OutputOptions outputs;
  LinkTraceOptions links;
};

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

std::optional<NpyArray> read_expected(const InferOptions& options, std::size_t values,
                                      Diagnostics& diagnostics) {
  if (options.expect.empty()) return {};
  auto expected = read_npy(options.expect, "--expect", diagnostics);
  if (expected && expected->values.size() != values) {
    diagnostics.error(options.expect, 0, "--expect",
                      fmt::format("holds {} values; expected the {} of the outputs",
                                  expected->values.size(), values));
  }
  return expected;
}

// All that is written into DIR, opened before the start.
class InferFiles {
 public:
  InferFiles(const InferOptions& options, const std::vector<NamedFile>& inputs,
             Diagnostics& diagnostics)
      : directory_(options.output, "--output", diagnostics), names_(options.outputs) {
    if (!directory_.ok()) return;
    const auto path = [&](const char* base) { return options.output + "/" + base; };
    if (names_.stats.empty()) names_.stats = path("stats.json");
    if (names_.report.empty()) names_.report = path("report.html");
    if (names_.trace.empty()) names_.trace = path("trace.json");
    const NamedFile npy{"--output", path("outputs.npy")};
    const NamedFile csv{"--output", path("predictions.csv")};
    std::vector<NamedFile> others = options.links.outputs();
    others.insert(others.end(), {npy, csv});
    outputs_.emplace(names_, diagnostics, std::move(others), inputs);
    const auto open = [&](std::optional<OutputFile>& file, const NamedFile& name) {
      auto opened = OutputFile::open(name.path, name.option, diagnostics);
      if (opened) file.emplace(std::move(*opened));
    };
    open(npy_, npy);
    open(csv_, csv);
  }
  void keep() { directory_.keep(); }

  // Nothing of an earlier run may pass for a result of one that fails, whenever that happens.
  void remove_old_results() const {
    std::error_code ignored;
    for (const std::string& file : {names_.stats, names_.report, names_.trace, names_.wave.file,
                                    npy_->path(), csv_->path()}) {
      if (std::filesystem::is_regular_file(file, ignored)) std::filesystem::remove(file, ignored);
    }
  }

  nlohmann::ordered_json write_statistics(const Simulation& simulation, const RunEnd& end,
                                          const nlohmann::ordered_json& inference) {
    const nlohmann::ordered_json extra = {{"inference", inference}};
    return outputs_->write(simulation, end, &extra);
  }
  void write_results(const Inference& inference) {
    const std::size_t images = inference.dataset().images.size();
    npy_->commit(to_npy({images, inference.outputs().size() / images}, inference.outputs()));
    csv_->commit(predictions_csv(inference));
  }
  void print_names() const {
    std::printf("  %-26s %s %s %s\n  %-26s %s %s\n", "files", names_.stats.c_str(),
                names_.report.c_str(), names_.trace.c_str(), "", npy_->path().c_str(),
                csv_->path().c_str());
  }

 private:
  OutputDirectory directory_;
  OutputOptions names_;
  std::optional<Outputs> outputs_;
  std::optional<OutputFile> npy_, csv_;
};

// 0, or 1 when something is not as it must be.
int verdict(const Inference& inference, const nlohmann::ordered_json& stats,
            const std::optional<NpyArray>& expected) {
  bool good = inference.layer_differences() == 0 && inference.plan_holds() &&
              stats["inference"]["tiles_different"].get<std::uint64_t>() == 0;
  if (expected) {
    const std::size_t differences = compare_expected(*expected, inference.outputs());
    const std::string text =
        differences == 0 ? "yes" : fmt::format("NO: {} values differ", differences);
    std::printf("  %-26s %s\n", "equal to --expect", text.c_str());
    good = good && differences == 0;
  }
  return good ? 0 : 1;
}

SimulationOptions simulation_options(const InferOptions& options, const Package& package,
                                     const Inference& inference, Diagnostics& diagnostics) {
  SimulationOptions simulation;
  simulation.build.reversed = options.reversed;
  simulation.build.wave = options.outputs.wave;
  simulation.build.wave.choose_npu(package, diagnostics);
  simulation.quiet = options.quiet;
  simulation.max_wall_s = options.max_wall;
  simulation.max_time = parse_time_limit(options.max_time);
  simulation.tree.bootargs = options.append;
  simulation.tree.job = place_job(package, inference.blob().size(), diagnostics);
  BootFiles files;
  files.images = {make_image("job", simulation.tree.job.base, inference.blob())};
  simulation.boot = plan_boot(files, package, diagnostics);
  return simulation;
}

int infer(const InferOptions& options) {
  Diagnostics diagnostics;
  const Package first = options.package.load();
  InferenceInput input = options.input;
  input.keep_layers = !options.no_layers;
  Inference inference = read_inference(input, first);
  PackageOptions again = options.package;
  again.overrides = both_overrides(options, first, inference.program());
  const Package package = again.load_quietly();

  SimulationOptions simulation = simulation_options(options, package, inference, diagnostics);
  const auto expected = read_expected(
      options, inference.dataset().images.size() * inference.program().output_shape.elements(),
      diagnostics);
  std::vector<NamedFile> inputs = files_read(package, simulation.boot.images);
  inputs.insert(inputs.end(), {{"MODEL", options.input.model},
                               {"--input", options.input.images},
                               {"--expect", options.expect}});
  InferFiles files(options, inputs, diagnostics);
  LinkTrace links(options.links, diagnostics);
  throw_if_failed(diagnostics);
  files.keep();
  files.remove_old_results();

  const Addr job = simulation.tree.job.base;
  Simulation sim(package, std::move(simulation));
  inference.watch(sim);
  links.attach(package);
  const RunEnd end = sim.run();
  print_end(end);
  links.stop();
  const bool finished = inference.collect(sim, job);
  const auto stats = files.write_statistics(
      sim, end, finished ? inference.to_json() : nlohmann::ordered_json(nullptr));
  links.finish();
  if (!finished) {
    std::fprintf(stderr, "error: the runtime left no results; the boot log says why\n");
    return end.exit_code != 0 ? end.exit_code : 1;
  }
  files.write_results(inference);
  std::fputs(inference.summary(stats).c_str(), stdout);
  files.print_names();
  const int code = verdict(inference, stats, expected);
  return end.exit_code != 0 ? end.exit_code : code;
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
      "configuration error;\n124 --max-time or --max-wall; 125 all harts wait for ever.");
  options->package.add_to(*command);
  command->add_option("MODEL", options->input.model, "ONNX model, INT8")->required();
  command
      ->add_option("--input", options->input.images, "Images: .csv, .csv.gz (labels last) or .npy")
      ->required()
      ->type_name("FILE");
  command->add_option("--output", options->output, "Directory for all results")
      ->required()
      ->type_name("DIR");
  command->add_option("--expect", options->expect, "Outputs to compare with, .npy")
      ->type_name("FILE");
  command->add_option("--images", options->input.count, "Only the last N images")
      ->check(above_zero());
  command->add_option("--batch", options->input.batch, "Images a run of the program (default 25)")
      ->check(above_zero());
  command->add_option("--both-images", options->both_images,
                      "NPUs with mac_array.fidelity = both compare their first N images");
  command->add_flag("--no-layers", options->no_layers,
                    "Keep no layers in memory; compare the network's output only");
  command->add_option("--append", options->append, "bootargs of the device tree (reach=off)")
      ->check(bootargs());
  command->add_option("--max-time", options->max_time, "End after this simulated time: \"1 s\"")
      ->check(time_above_zero());
  command->add_option("--max-wall", options->max_wall, "End after this many seconds of host time")
      ->check(above_zero());
  command->add_flag("--quiet", options->quiet, "No boot log on standard output");
  options->outputs.add_to(*command);
  options->links.add_to(*command);
  command->add_flag("--construct-reversed", options->reversed)->group("");
  command->callback([options, &result] { result.exit_code = infer(*options); });
}

}  // namespace cvp
