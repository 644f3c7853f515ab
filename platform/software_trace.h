// SPDX-License-Identifier: Apache-2.0
//
// What the software of a run does, written to files: the log of retired instructions and the
// profile of functions. Of all harts of the host.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "models/cpu/commit_log.h"
#include "platform/call_profile.h"
#include "platform/outputs.h"

namespace cvp {

struct SoftwareTraceOptions {
  std::string log, profile;
  CommitLog::Range range;
  std::vector<std::string> symbols;

  void add_to(CLI::App& command);
  /// Output files, for Outputs.
  std::vector<NamedFile> outputs() const;
};

class SoftwareTrace {
 public:
  /// Opens the files and reads the symbols, those of `images` too.
  SoftwareTrace(const SoftwareTraceOptions& options, const std::vector<Image>& images,
                Diagnostics& diagnostics);
  ~SoftwareTrace();
  SoftwareTrace(const SoftwareTrace&) = delete;
  SoftwareTrace& operator=(const SoftwareTrace&) = delete;

  /// Before the run; this must outlive it.
  void attach(const Platform& platform);
  /// After the run. Throws std::system_error if something could not be written.
  void finish();

 private:
  void write(std::string_view lines);

  const CommitLog::Range range_;
  const std::string log_name_;
  std::optional<OutputFile> log_file_;  // Until the run begins.
  std::FILE* log_ = nullptr;
  int log_error_ = 0;
  std::vector<std::unique_ptr<CommitLog>> logs_;
  std::optional<OutputFile> profile_;
  SymbolTable symbols_;
  std::vector<std::unique_ptr<CallProfile>> profiles_;
};

}  // namespace cvp
