// SPDX-License-Identifier: Apache-2.0
//
// `--signature`: the words between begin_signature and end_signature after the end, as the RISC-V
// architecture tests want them: lower-case hexadecimal, one a line, without prefix; the last word
// is filled up with zeros, as by Spike.
#pragma once

#include <CLI/CLI.hpp>

#include "platform/output_file.h"
#include "platform/platform.h"

namespace cvp {

struct SignatureOptions {
  std::string file;
  unsigned granularity = 4;
  void add_to(CLI::App& command);
};

/// The program must have the symbols.
void check_signature(const Image& program, const SignatureOptions& options,
                     Diagnostics& diagnostics);
std::optional<OutputFile> open_signature(const SignatureOptions& options, Diagnostics& diagnostics);
std::string signature_text(const Platform& platform, const Image& program,
                           const SignatureOptions& options);

}  // namespace cvp
