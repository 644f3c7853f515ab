// SPDX-License-Identifier: Apache-2.0
//
// Errors, sorted by whose fault they are. No SystemC.
//
//   guest software   a TLM response status, plus log_guest_error (rate-limited); simulation goes on
//   configuration    ConfigError, collected over the whole file and printed together
//   model            CVP_CHECK, on in release too: throws ModelError, which ends the simulation
//   not modelled     log_unmodelled, once a site; simulation goes on
#pragma once

#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "models/core/units.h"

namespace cvp {

/// One mistake in a package file, a parameter or an image.
struct ConfigError {
  std::string file;  ///< Empty: the command line.
  int line = 0;      ///< 1-based; 0: not tied to a line.
  std::string key;   ///< For example `npu1.hbm0.generation`.
  std::string what;  ///< What is wrong and what was expected.
};

/// A broken invariant of a model: our fault, never the guest's.
class ModelError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Where messages go; standard error unless replaced. Returns the previous sink.
using LogSink = std::function<void(std::string_view line)>;
LogSink set_log_sink(LogSink sink);

/// Logs `<time> <instance>: <what>`. After eight messages of one instance the rest is counted only.
void log_guest_error(std::string_view instance, Femtoseconds time, std::string_view what);
/// Says once for each `site` that something legal is not modelled.
void log_unmodelled(std::string_view site);
/// How many guest errors there were, logged or not.
std::uint64_t guest_error_count();

[[noreturn]] void fail_check(const char* condition, const char* file, int line,
                             const std::string& message);

template <class... Parts>
std::string concat(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}

/// `0x`-prefixed lower-case hexadecimal.
std::string hex(std::uint64_t value);

}  // namespace cvp

#define CVP_CHECK(condition, ...) \
  ((condition) ? void()           \
               : ::cvp::fail_check(#condition, __FILE__, __LINE__, ::cvp::concat(__VA_ARGS__)))
