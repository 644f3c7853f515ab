// SPDX-License-Identifier: Apache-2.0
//
// The files that a run can leave behind: statistics, report, trace. Opened before the start,
// written after the end.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "platform/output_file.h"
#include "platform/simulation.h"
#include "platform/trace_recorder.h"
#include "platform/wave.h"

namespace cvp {

struct OutputOptions {
  std::string stats, report, trace;
  WaveOptions wave;
  void add_to(CLI::App& command);
};

/// Standard error: why the run ended, if it was not the guest's wish, and who waits for what.
void print_end(const RunEnd& end);

/// The files of a package and of its disks, and those that `images` came from.
std::vector<NamedFile> files_read(const Package& package, const std::vector<Image>& images);

class Outputs {
 public:
  /// `others`: what the command writes besides; `inputs`: what it reads. No output may be the file
  /// of another output or of an input.
  Outputs(const OutputOptions& options, Diagnostics& diagnostics,
          std::vector<NamedFile> others = {}, const std::vector<NamedFile>& inputs = {});

  /// Statistics of the finished run; `extra` (an object) is merged in, for example an inference's.
  /// Returns them.
  nlohmann::ordered_json write(const Simulation& simulation, const RunEnd& end,
                               const nlohmann::ordered_json* extra = nullptr);
  const TraceRecorder* trace() const { return recorder_.get(); }

 private:
  std::optional<OutputFile> stats_, report_, trace_;
  std::unique_ptr<TraceRecorder> recorder_;
};

}  // namespace cvp
