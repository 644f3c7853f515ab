// SPDX-License-Identifier: Apache-2.0
//
// What die-to-die links carry, as lines of text and, where there is a trace for Perfetto, as tracks
// of it.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <optional>

#include "models/ucie/ucie_link_trace.h"
#include "platform/output_file.h"
#include "platform/package.h"

namespace cvp {

struct LinkTraceOptions {
  std::string log, from, to;

  void add_to(CLI::App& command);
  /// Output files, for Outputs.
  std::vector<NamedFile> outputs() const;
};

class LinkTrace : private UcieTraceSink {
 public:
  LinkTrace(const LinkTraceOptions& options, Diagnostics& diagnostics);
  ~LinkTrace() override;
  LinkTrace(const LinkTrace&) = delete;
  LinkTrace& operator=(const LinkTrace&) = delete;

  /// Before the run; both must outlive it.
  void attach(const Package& package);
  /// After the run, before the trace for Perfetto is written.
  void stop();
  /// After that. Throws std::system_error if something could not be written.
  void finish();

 private:
  struct Track {
    Femtoseconds end;   // Of what was drawn last.
    std::string state;  // Of training, or a signal, since `end`.
  };
  void record(const UcieTraceEntry& entry) override;
  void draw(const UcieTraceEntry& entry);
  static void draw_state(Track& track, const std::string& name, const std::string& next,
                         Femtoseconds now);
  void write(std::string_view line);
  void write_until(Femtoseconds now);

  const LinkTraceOptions options_;
  Femtoseconds from_, to_ = Femtoseconds::max();
  std::optional<OutputFile> file_;  // Until the run begins.
  std::FILE* log_ = nullptr;
  int error_ = 0;
  std::map<std::string, std::string, std::less<>> directions_;  // By the port that sends.
  std::map<std::string, Track, std::less<>> tracks_;
  std::multimap<Femtoseconds, std::string>
      later_;  // Lines of what has been queued and starts later.
};

}  // namespace cvp
