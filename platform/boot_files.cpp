// SPDX-License-Identifier: Apache-2.0
#include "platform/boot_files.h"

#include <fmt/format.h>

#include "platform/command.h"
#include "platform/device_tree.h"

namespace cvp {

std::optional<Image> read_program(const BootFiles& files, Diagnostics& diagnostics) {
  if (!files.firmware.empty()) return read_elf(files.firmware, "--firmware", diagnostics);
  if (!files.first_stage.empty()) return read_elf(files.first_stage, "--first-stage", diagnostics);
  const auto built = find_data("firmware/first_stage.elf");
  if (built) return read_elf(built->string(), "--first-stage", diagnostics);
  diagnostics.error("", 0, "--first-stage",
                    "firmware/first_stage.elf is neither installed nor built; expected it beside "
                    "the program, or --first-stage ELF, or --firmware ELF");
  return {};
}

std::vector<std::uint8_t> read_boot_rom(const BootFiles& files, const Package& package,
                                        Diagnostics& diagnostics) {
  const auto built = find_data("firmware/bootrom.bin");
  const std::string file = !files.boot_rom.empty() ? files.boot_rom : built ? built->string() : "";
  if (file.empty() || !package.host().first("rom")) {
    if (files.firmware.empty() && file.empty()) {
      diagnostics.error("", 0, "--boot-rom",
                        "firmware/bootrom.bin is neither installed nor built; expected it beside "
                        "the program, or --boot-rom FILE");
    }
    return {};
  }
  auto bytes = read_file(file, "--boot-rom", diagnostics);
  if (!bytes) return {};
  if (bytes->size() < 16 || bytes->size() > kDeviceTreeRomOffset) {
    diagnostics.error(file, 0, "--boot-rom",
                      fmt::format("has {} bytes; expected 16 to {}: the device tree follows it",
                                  bytes->size(), kDeviceTreeRomOffset));
    return {};
  }
  return *bytes;
}

}  // namespace cvp
