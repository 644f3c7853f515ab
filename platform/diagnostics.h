// SPDX-License-Identifier: Apache-2.0
//
// Collects every mistake of a run's inputs, so that the user sees all of them at once. No SystemC.
#pragma once

#include <string>
#include <vector>

#include "models/core/report.h"

namespace cvp {

/// Exit code of every configuration error.
inline constexpr int kExitConfigError = 2;

class Diagnostics {
 public:
  void error(std::string file, int line, std::string key, std::string what);
  void error(ConfigError error) { errors_.push_back(std::move(error)); }
  /// Something legal that the user should know, such as a parameter without effect.
  void note(std::string file, int line, std::string key, std::string what);

  void drop_errors_after(std::size_t count) {
    if (errors_.size() > count) errors_.resize(count);
  }
  bool ok() const { return errors_.empty(); }
  const std::vector<ConfigError>& errors() const { return errors_; }
  const std::vector<ConfigError>& notes() const { return notes_; }

 private:
  std::vector<ConfigError> errors_;
  std::vector<ConfigError> notes_;
};

/// `file:line: key: what`, parts that are absent left out.
std::string format_error(const ConfigError& error);

/// One a line, on standard error.
void print_errors(const std::vector<ConfigError>& errors);
void print_notes(const std::vector<ConfigError>& notes);

/// Thrown by the commands; main prints the list and exits with kExitConfigError.
class ConfigurationFailed : public std::runtime_error {
 public:
  explicit ConfigurationFailed(std::vector<ConfigError> errors);
  explicit ConfigurationFailed(ConfigError error)
      : ConfigurationFailed(std::vector<ConfigError>{std::move(error)}) {}
  const std::vector<ConfigError>& errors() const { return errors_; }

 private:
  std::vector<ConfigError> errors_;
};

}  // namespace cvp
