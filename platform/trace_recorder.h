// SPDX-License-Identifier: Apache-2.0
//
// Keeps what models say they did when (models/core/trace.h) for the trace file and the report's
// time line. No SystemC.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/core/trace.h"

namespace cvp {

class TraceRecorder : public TraceSink {
 public:
  struct Span {
    std::uint32_t track, event;
    Femtoseconds start, end;
    std::uint64_t bytes;
  };

  TraceRecorder();
  ~TraceRecorder() override;
  TraceRecorder(const TraceRecorder&) = delete;
  TraceRecorder& operator=(const TraceRecorder&) = delete;

  void span(std::string_view track, std::string_view event, Femtoseconds start, Femtoseconds end,
            std::uint64_t bytes) override;

  const std::vector<Span>& spans() const { return spans_; }
  const std::vector<std::string>& tracks() const { return tracks_.names; }
  const std::vector<std::string>& events() const { return events_.names; }
  /// Spans beyond the limit that were counted only.
  std::uint64_t dropped() const { return dropped_; }
  /// Chrome trace events, which Perfetto reads; times in microseconds.
  std::string to_json() const;

 private:
  struct Names {
    std::map<std::string, std::uint32_t, std::less<>> ids;
    std::vector<std::string> names;
    std::uint32_t of(std::string_view name);
  };
  Names tracks_, events_;
  std::vector<Span> spans_;
  std::uint64_t dropped_ = 0;
  TraceSink* previous_;
};

}  // namespace cvp
