// SPDX-License-Identifier: Apache-2.0
//
// `chiplet-vp compile MODEL.onnx -o F`.
#pragma once

#include <CLI/CLI.hpp>

namespace cvp {

/// Adds the subcommand. When it is used, `exit_code` becomes 0, or 2 after an error that has been
/// printed to standard error.
void add_compile_command(CLI::App& app, int& exit_code);

}  // namespace cvp
