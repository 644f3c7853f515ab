// SPDX-License-Identifier: Apache-2.0
//
// The commands of the program. Each adds a CLI11 subcommand whose callback does the work; errors
// leave as ConfigurationFailed, exit codes through CommandResult.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>

#include "platform/package.h"

namespace cvp {

struct CommandResult {
  int exit_code = 0;
};

void add_run_command(CLI::App& app, CommandResult& result);
void add_infer_command(CLI::App& app, CommandResult& result);
void add_describe_command(CLI::App& app, CommandResult& result);
void add_hub_command(CLI::App& app);
void add_explore_command(CLI::App& app, CommandResult& result);
void add_bench_command(CLI::App& app, CommandResult& result);
void add_ucie_bench_command(CLI::App& bench);

/// Options that name a package: PACKAGE and --set.
struct PackageOptions {
  std::string package;
  std::vector<std::string> overrides;

  void add_to(CLI::App& command);
  /// Prints notes, throws ConfigurationFailed with every error.
  Package load() const;
  Package load_quietly() const;  ///< Without notes: those were printed before.

 private:
  Package load_into(Diagnostics& diagnostics) const;
};

/// Takes numbers above 0. The library's own check prints the largest double, digit by digit.
CLI::Validator above_zero();
/// Takes times above 0 with a unit.
CLI::Validator time_above_zero();
/// Takes as many characters as Linux does of bootargs.
CLI::Validator bootargs();
/// Empty: no limit. `text` has passed time_above_zero().
Femtoseconds parse_time_limit(const std::string& text);
void throw_if_failed(const Diagnostics& diagnostics);

/// Where packages, dies and firmware are: `../share/chiplet-vp` of the program, then its build
/// tree.
std::vector<std::filesystem::path> data_directories();
/// The first existing `relative` under the data directories.
std::optional<std::filesystem::path> find_data(const std::filesystem::path& relative);

}  // namespace cvp
