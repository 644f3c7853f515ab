// SPDX-License-Identifier: Apache-2.0
#include "platform/trace_recorder.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace cvp {
namespace {

constexpr std::size_t kMostSpans = 2'000'000;

std::string quoted(const std::string& text) { return nlohmann::json(text).dump(); }

// `duo.npu0.npu.mm` is thread `npu.mm` of process `npu0`.
std::pair<std::string, std::string> split(const std::string& track) {
  const auto first = track.find('.');
  if (first == std::string::npos) return {track, track};
  const auto second = track.find('.', first + 1);
  if (second == std::string::npos) return {track.substr(first + 1), track.substr(first + 1)};
  return {track.substr(first + 1, second - first - 1), track.substr(second + 1)};
}

}  // namespace

TraceRecorder::TraceRecorder() : previous_(trace_sink()) { trace_sink() = this; }
TraceRecorder::~TraceRecorder() { trace_sink() = previous_; }

std::uint32_t TraceRecorder::Names::of(std::string_view name) {
  const auto found = ids.find(name);
  if (found != ids.end()) return found->second;
  const auto id = static_cast<std::uint32_t>(names.size());
  names.emplace_back(name);
  ids.emplace(name, id);
  return id;
}

void TraceRecorder::span(std::string_view track, std::string_view event, Femtoseconds start,
                         Femtoseconds end, std::uint64_t bytes) {
  if (spans_.size() >= kMostSpans) {
    ++dropped_;
    return;
  }
  spans_.push_back({tracks_.of(track), events_.of(event), start, end, bytes});
}

std::string TraceRecorder::to_json() const {
  std::map<std::string, int> processes;
  for (const std::string& track : tracks_.names) processes.emplace(split(track).first, 0);
  int next = 1;
  std::string out = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n";
  const auto add = [&](const std::string& event) {
    if (out.back() != '\n' || out[out.size() - 2] != '[') out += ",\n";
    out += event;
  };
  for (auto& [name, id] : processes) {
    id = next++;
    add(fmt::format(R"({{"ph":"M","name":"process_name","pid":{},"args":{{"name":{}}}}})", id,
                    quoted(name)));
  }
  for (std::size_t n = 0; n < tracks_.names.size(); ++n) {
    const auto [process, thread] = split(tracks_.names[n]);
    add(fmt::format(R"({{"ph":"M","name":"thread_name","pid":{},"tid":{},"args":{{"name":{}}}}})",
                    processes[process], n + 1, quoted(thread)));
  }
  std::vector<std::uint32_t> order(spans_.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return spans_[a].start < spans_[b].start; });
  for (const std::uint32_t n : order) {
    const Span& span = spans_[n];
    std::string event =
        fmt::format(R"({{"ph":"X","name":{},"pid":{},"tid":{},"ts":{:.6f},"dur":{:.6f})",
                    quoted(events_.names[span.event]),
                    processes[split(tracks_.names[span.track]).first], span.track + 1,
                    span.start.nanoseconds() * 1e-3, (span.end - span.start).nanoseconds() * 1e-3);
    if (span.bytes > 0) event += fmt::format(R"(,"args":{{"bytes":{}}})", span.bytes);
    add(event + "}");
  }
  return out + fmt::format("\n],\"otherData\":{{\"dropped_spans\":{}}}}}\n", dropped_);
}

}  // namespace cvp
