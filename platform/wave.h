// SPDX-License-Identifier: Apache-2.0
//
// `--wave`: the waveform of one tile, from the Verilated MAC array of one NPU.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "platform/diagnostics.h"
#include "platform/package.h"

namespace cvp {

class Platform;

struct WaveOptions {
  std::string file;        ///< FST; empty: no waveform.
  std::string npu;         ///< `die.instance`; empty: the first whose MAC array has RTL.
  std::uint64_t tile = 0;  ///< Counted from 0 in the order the NPU computes them.

  void add_to(CLI::App& command);
  /// Fills `npu` in; an error when the package has no such NPU.
  void choose_npu(const Package& package, Diagnostics& diagnostics);
};

/// After the run: empty, or why the waveform holds nothing.
std::string empty_wave_reason(const WaveOptions& options, const Platform& platform);

}  // namespace cvp
