// SPDX-License-Identifier: Apache-2.0
#include "platform/software_trace.h"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fmt/format.h>

#include "models/cpu/cpu_cluster.h"
#include "platform/command.h"

namespace cvp {
namespace {

constexpr std::string_view kStandardError = "-";

}  // namespace

void SoftwareTraceOptions::add_to(CLI::App& command) {
  auto* logged = command
                     .add_option("--log-commits", log,
                                 "Log of retired instructions as Spike writes it; - is standard "
                                 "error")
                     ->type_name("FILE");
  command
      .add_option("--log-from", range.first,
                  "Begin the log with this instruction of each hart; the first one is 1")
      ->type_name("N")
      ->check(above_zero())
      ->needs(logged);
  command.add_option("--log-to", range.last, "End the log with this instruction of each hart")
      ->type_name("N")
      ->check(above_zero())
      ->needs(logged);
  command
      .add_option("--profile", profile,
                  "Instructions by call stack, folded: what makes flame graphs")
      ->type_name("FILE");
  command
      .add_option("--symbols", symbols,
                  "More names for --profile: ELF, or a list such as System.map")
      ->type_name("FILE[@ADDR]")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

std::vector<NamedFile> SoftwareTraceOptions::outputs() const {
  return {{"--log-commits", log == kStandardError ? "" : log}, {"--profile", profile}};
}

SoftwareTrace::SoftwareTrace(const SoftwareTraceOptions& options, const std::vector<Image>& images,
                             Diagnostics& diagnostics)
    : range_(options.range), log_name_(options.log) {
  if (options.log == kStandardError) {
    log_ = stderr;
  } else if (!options.log.empty()) {
    if (auto file = OutputFile::open(options.log, "--log-commits", diagnostics)) {
      log_file_.emplace(std::move(*file));
    }
  }
  if (range_.last < range_.first) {
    diagnostics.error("", 0, fmt::format("--log-to {}", range_.last),
                      fmt::format("expected {} or more, which is --log-from", range_.first));
  }
  if (!options.profile.empty()) {
    if (auto file = OutputFile::open(options.profile, "--profile", diagnostics)) {
      profile_.emplace(std::move(*file));
    }
  }
  for (const Image& image : images) symbols_.add(image);
  for (const std::string& file : options.symbols) symbols_.read(file, "--symbols", diagnostics);
}

SoftwareTrace::~SoftwareTrace() {
  if (log_ != nullptr && log_ != stderr) std::fclose(log_);
}

void SoftwareTrace::attach(const Platform& platform) {
  if (log_file_) {  // It grows in its place: what a run that hangs has logged is what one wants.
    log_ = ::fdopen(log_file_->release(), "w");
    if (log_ == nullptr) log_error_ = errno;
  }
  for (const auto& [instance, cluster] : platform.host().all<CpuCluster>()) {
    for (unsigned n = 0; n < cluster->harts(); ++n) {
      if (log_ != nullptr) {
        logs_.push_back(std::make_unique<CommitLog>(
            n, range_, [this](std::string_view lines) { write(lines); }));
        cluster->hart(n).add_probe(*logs_.back());
      }
      if (profile_) {
        profiles_.push_back(std::make_unique<CallProfile>("hart" + std::to_string(n), symbols_));
        cluster->hart(n).add_probe(*profiles_.back());
      }
    }
  }
}

void SoftwareTrace::write(std::string_view lines) {
  if (log_error_ != 0) return;
  if (std::fwrite(lines.data(), 1, lines.size(), log_) != lines.size()) log_error_ = errno;
}

void SoftwareTrace::finish() {
  if (log_ != nullptr && std::fflush(log_) != 0 && log_error_ == 0) log_error_ = errno;
  if (log_error_ != 0) throw std::system_error(log_error_, std::generic_category(), log_name_);
  if (!profile_) return;
  std::string folded;
  for (const auto& profile : profiles_) folded += profile->folded();
  profile_->commit(folded);
}

}  // namespace cvp
