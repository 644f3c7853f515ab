// SPDX-License-Identifier: Apache-2.0
#include "platform/diagnostics.h"

#include <cstdio>

namespace cvp {
namespace {

std::string join(const std::vector<ConfigError>& errors) {
  std::string text;
  for (const ConfigError& error : errors) text += format_error(error) + "\n";
  return text;
}

}  // namespace

void Diagnostics::error(std::string file, int line, std::string key, std::string what) {
  errors_.push_back({std::move(file), line, std::move(key), std::move(what)});
}

void Diagnostics::note(std::string file, int line, std::string key, std::string what) {
  notes_.push_back({std::move(file), line, std::move(key), std::move(what)});
}

std::string format_error(const ConfigError& error) {
  std::string text = error.file.empty() ? "command line" : error.file;
  if (error.line > 0) text += ":" + std::to_string(error.line);
  text += ": ";
  if (!error.key.empty()) text += error.key + ": ";
  return text + error.what;
}

void print_errors(const std::vector<ConfigError>& errors) {
  for (const ConfigError& error : errors) {
    std::fprintf(stderr, "error: %s\n", format_error(error).c_str());
  }
}

void print_notes(const std::vector<ConfigError>& notes) {
  for (const ConfigError& note : notes) {
    std::fprintf(stderr, "note: %s\n", format_error(note).c_str());
  }
}

ConfigurationFailed::ConfigurationFailed(std::vector<ConfigError> errors)
    : std::runtime_error(join(errors)), errors_(std::move(errors)) {}

}  // namespace cvp
