// SPDX-License-Identifier: Apache-2.0
#include "platform/link_trace.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "models/core/simulation_time.h"
#include "models/core/trace.h"
#include "platform/command.h"

namespace cvp {
namespace {

constexpr std::string_view kStandardError = "-";

// It lasts until the next one.
bool is_level(const UcieTraceEntry& entry) {
  return entry.what == UcieTraceEntry::What::kState || entry.what == UcieTraceEntry::What::kSignal;
}

std::string_view track_of(const UcieTraceEntry& entry) {
  switch (entry.what) {
    case UcieTraceEntry::What::kState:
      return "training";
    case UcieTraceEntry::What::kSignal:
      return entry.signal;
    case UcieTraceEntry::What::kSideband:
      return "sideband";
    default:
      return "wire";
  }
}

}  // namespace

void LinkTraceOptions::add_to(CLI::App& command) {
  auto* logged =
      command
          .add_option("--log-links", log,
                      "What die-to-die links carry, decoded: flits at flit fidelity, else "
                      "messages; sideband packets, training states, signals between the layers; "
                      "- is standard error")
          ->type_name("FILE");
  command.add_option("--log-links-from", from, "Begin with this simulated time: \"42 ms\"")
      ->type_name("TIME")
      ->check(time_above_zero())
      ->needs(logged);
  command.add_option("--log-links-to", to, "End with this simulated time")
      ->type_name("TIME")
      ->check(time_above_zero())
      ->needs(logged);
}

std::vector<NamedFile> LinkTraceOptions::outputs() const {
  return {{"--log-links", log == kStandardError ? "" : log}};
}

LinkTrace::LinkTrace(const LinkTraceOptions& options, Diagnostics& diagnostics)
    : options_(options) {
  if (!options.from.empty()) from_ = parse_time_limit(options.from);
  if (!options.to.empty()) to_ = parse_time_limit(options.to);
  if (to_ < from_) {
    diagnostics.error("", 0, fmt::format("--log-links-to {}", options.to),
                      fmt::format("expected {} or more, which is --log-links-from", options.from));
  }
  if (options.log == kStandardError) {
    log_ = stderr;
  } else if (!options.log.empty()) {
    if (auto file = OutputFile::open(options.log, "--log-links", diagnostics)) {
      file_.emplace(std::move(*file));
    }
  }
}

LinkTrace::~LinkTrace() {
  if (ucie_trace_sink() == this) ucie_trace_sink() = nullptr;
  if (log_ != nullptr && log_ != stderr) std::fclose(log_);
}

void LinkTrace::attach(const Package& package) {
  if (file_) {  // It grows in its place: what a run that hangs has logged is what one wants.
    log_ = ::fdopen(file_->release(), "w");
    if (log_ == nullptr) error_ = errno;
  }
  if (log_ == nullptr) return;
  for (const Link& link : package.links) {
    for (const int side : {0, 1}) {
      const PortName &end = link.ends[side], &other = link.ends[1 - side];
      directions_.emplace(fmt::format("{}.{}", package.name, end.text()),
                          fmt::format("{} > {}", end.text(), other.text()));
    }
  }
  ucie_trace_sink() = this;
}

void LinkTrace::record(const UcieTraceEntry& entry) {
  if (entry.start < from_ || entry.start > to_) return;
  const auto direction = directions_.find(entry.port);
  const std::string arrival =
      is_level(entry) ? "" : fmt::format("+{:.3f}", (entry.arrival - entry.start).nanoseconds());
  later_.emplace(entry.start,
                 fmt::format("{:16.6f} us {} {:>10}  {}\n", entry.start.nanoseconds() * 1e-3,
                             direction == directions_.end() ? entry.port : direction->second,
                             arrival, entry.text));
  write_until(simulation_time());
  if (trace_sink() != nullptr) draw(entry);
}

void LinkTrace::draw(const UcieTraceEntry& entry) {
  const std::string name = fmt::format("{}.{}", entry.port, track_of(entry));
  Track& track = tracks_[name];
  if (is_level(entry)) return draw_state(track, name, entry.name, entry.start);
  const Femtoseconds start = std::max(entry.start, track.end);  // Spans do not overlap.
  if (start >= entry.end) return;
  trace_sink()->span(name, entry.name, start, entry.end, entry.bytes);
  track.end = entry.end;
}

// A state ends where the next begins.
void LinkTrace::draw_state(Track& track, const std::string& name, const std::string& next,
                           Femtoseconds now) {
  if (!track.state.empty() && track.end < now) {
    trace_sink()->span(name, track.state, track.end, now);
  }
  track = {now, next};
}

void LinkTrace::write_until(Femtoseconds now) {
  for (; !later_.empty() && later_.begin()->first <= now; later_.erase(later_.begin())) {
    write(later_.begin()->second);
  }
}

void LinkTrace::write(std::string_view line) {
  if (error_ != 0) return;
  if (std::fwrite(line.data(), 1, line.size(), log_) != line.size()) error_ = errno;
}

void LinkTrace::stop() {
  if (ucie_trace_sink() != this) return;
  ucie_trace_sink() = nullptr;
  write_until(Femtoseconds::max());
  if (trace_sink() == nullptr) return;
  for (auto& [name, track] : tracks_) {
    if (!track.state.empty()) draw_state(track, name, "", simulation_time());
  }
}

void LinkTrace::finish() {
  stop();
  if (log_ != nullptr && std::fflush(log_) != 0 && error_ == 0) error_ = errno;
  if (error_ != 0) throw std::system_error(error_, std::generic_category(), options_.log);
}

}  // namespace cvp
