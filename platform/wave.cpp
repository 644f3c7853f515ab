// SPDX-License-Identifier: Apache-2.0
#include "platform/wave.h"

#include <fmt/format.h>

#include "models/npu/npu_cluster.h"
#include "platform/platform.h"

namespace cvp {
namespace {

std::string full_name(const Die& die, const Instance& npu) { return die.name + "." + npu.name; }

}  // namespace

void WaveOptions::add_to(CLI::App& command) {
  command.add_option("--wave", file, "Waveform (FST) of one tile in the RTL MAC array")
      ->type_name("FILE");
  command.add_option("--wave-tile", tile, "The tile in it, counted from 0 (default 0)")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--wave-npu", npu, "Its NPU (default: the first that runs RTL)")
      ->type_name("DIE.NPU");
}

void WaveOptions::choose_npu(const Package& package, Diagnostics& diagnostics) {
  if (file.empty()) {
    if (!npu.empty()) diagnostics.error("", 0, "--wave-npu " + npu, "expected --wave FILE with it");
    return;
  }
  std::string names;
  for (const Die& die : package.dies) {
    for (const Instance* instance : die.of_type("npu_cluster")) {
      const std::string& fidelity = instance->params["mac_array.fidelity"].text;
      if (fidelity != "rtl" && fidelity != "both") continue;
      const std::string name = full_name(die, *instance);
      if (npu.empty() || npu == name) {
        npu = name;
        return;
      }
      names += (names.empty() ? "" : ", ") + name;
    }
  }
  if (names.empty()) {
    diagnostics.error(package.file, 0, "--wave",
                      "no NPU has a MAC array with RTL; expected one with mac_array.fidelity = "
                      "\"both\" or \"rtl\"");
  } else {
    diagnostics.error("", 0, "--wave-npu " + npu, "runs no RTL; expected " + names);
  }
}

std::string empty_wave_reason(const WaveOptions& options, const Platform& platform) {
  if (options.file.empty()) return {};
  for (const auto& die : platform.dies()) {
    for (const auto& [instance, npu] : die->all<NpuCluster>()) {
      if (full_name(die->die(), *instance) != options.npu) continue;
      const MacArrayStatistics& array = npu->statistics().mac_array;
      const bool both = instance->params["mac_array.fidelity"].text == "both";
      const std::uint64_t tiles = both ? array.tiles_compared : array.tiles;
      if (options.tile < tiles) return {};
      return fmt::format("the RTL of {} computed {} tiles, so there is no tile {}", options.npu,
                         tiles, options.tile);
    }
  }
  return {};
}

}  // namespace cvp
