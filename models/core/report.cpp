// SPDX-License-Identifier: Apache-2.0
#include "models/core/report.h"

#include <cinttypes>
#include <cstdio>
#include <map>
#include <set>
#include <utility>

namespace cvp {
namespace {

constexpr unsigned kMessagesPerInstance = 8;

struct Log {
  LogSink sink = [](std::string_view line) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  };
  std::map<std::string, unsigned, std::less<>> messages;
  std::set<std::string, std::less<>> unmodelled;
  std::uint64_t guest_errors = 0;
};

Log& log_state() {
  static Log log;
  return log;
}

}  // namespace

LogSink set_log_sink(LogSink sink) { return std::exchange(log_state().sink, std::move(sink)); }

void log_guest_error(std::string_view instance, Femtoseconds time, std::string_view what) {
  Log& log = log_state();
  ++log.guest_errors;
  auto entry = log.messages.try_emplace(std::string(instance), 0).first;
  if (entry->second >= kMessagesPerInstance) return;
  ++entry->second;
  char stamp[40];
  std::snprintf(stamp, sizeof stamp, "%.3f us ", time.nanoseconds() * 1e-3);
  log.sink(concat(stamp, instance, ": ", what,
                  entry->second == kMessagesPerInstance ? " (further ones are only counted)" : ""));
}

void log_unmodelled(std::string_view site) {
  Log& log = log_state();
  if (log.unmodelled.emplace(site).second) log.sink(concat("not modelled: ", site));
}

std::uint64_t guest_error_count() { return log_state().guest_errors; }

void fail_check(const char* condition, const char* file, int line, const std::string& message) {
  throw ModelError(concat(file, ":", line, ": ", condition, " does not hold: ", message));
}

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%" PRIx64, value);
  return text;
}

}  // namespace cvp
