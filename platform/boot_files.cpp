// SPDX-License-Identifier: Apache-2.0
#include "platform/boot_files.h"

#include <fmt/format.h>

#include "platform/boot_rom.h"
#include "platform/command.h"
#include "platform/os_memory.h"

namespace cvp {
namespace {

std::optional<Image> read_first_stage(const BootFiles& files, Diagnostics& diagnostics) {
  if (!files.first_stage.empty()) return read_elf(files.first_stage, "--first-stage", diagnostics);
  const auto built = find_data("firmware/first_stage.elf");
  if (built) return read_elf(built->string(), "--first-stage", diagnostics);
  diagnostics.error("", 0, "--first-stage",
                    "firmware/first_stage.elf is neither installed nor built; expected it beside "
                    "the program, or --first-stage ELF, or --firmware ELF");
  return {};
}

// Empty when there is none and none is needed: a --firmware ELF is then entered directly.
std::vector<std::uint8_t> read_boot_rom(const BootFiles& files, const Package& package,
                                        Diagnostics& diagnostics) {
  const auto built = find_data("firmware/bootrom.bin");
  const std::string file = !files.boot_rom.empty() ? files.boot_rom : built ? built->string() : "";
  if (file.empty() || !package.host().first("rom")) {
    if (files.firmware.empty() && file.empty()) {
      diagnostics.error("", 0, "--boot-rom",
                        "firmware/bootrom.bin is neither installed nor built; expected it beside "
                        "the program, or --boot-rom FILE");
    } else if (!files.os.bios.empty()) {
      diagnostics.error("", 0, "--bios", "needs a boot ROM; expected a `rom` on the host die");
    }
    return {};
  }
  auto bytes = read_file(file, "--boot-rom", diagnostics);
  if (!bytes) return {};
  if (bytes->size() < sizeof(BootRomParameters) || bytes->size() > kDeviceTreeRomOffset) {
    diagnostics.error(file, 0, "--boot-rom",
                      fmt::format("has {} bytes; expected {} to {}: the device tree follows it",
                                  bytes->size(), sizeof(BootRomParameters), kDeviceTreeRomOffset));
    return {};
  }
  return *bytes;
}

void plan_os(const BootFiles& files, const Package& package, BootPlan& plan,
             Diagnostics& diagnostics) {
  auto os = read_os(files.os, package, diagnostics);
  if (!os) return;
  plan.os = OsHandOver{os->images.front().entry, os->kernel_entry, os->initrd};
  if (files.direct) {
    plan.all_harts = true;
    plan.tree = tree_place(package).base;
    plan.kernel = os->kernel_entry;
  }
  for (Image& image : os->images) plan.images.push_back(std::move(image));
}

// A kernel would leave such memory out by itself, without a word.
void note_unreached(const Package& package, Diagnostics& diagnostics) {
  for (const OsMemory& memory : os_memory(package).memories) {
    if (memory.unreached.size == 0) continue;
    diagnostics.note(package.file, 0, memory.name,
                     fmt::format("{} of it above what Sv39 reaches are left out of the operating "
                                 "system's memory; expected harts with Sv48 or Sv57",
                                 format_quantity(Unit::kBytes, memory.unreached.size)));
  }
}

void check_together(const BootFiles& files, Diagnostics& diagnostics) {
  const OsFiles& os = files.os;
  if (!os.bios.empty() && !files.firmware.empty()) {
    diagnostics.error("", 0, "--firmware", "runs alone; expected it without --bios");
  }
  if (!os.bios.empty()) return;
  if (!os.kernel.empty())
    diagnostics.error("", 0, "--kernel", "has nobody to enter it; expected --bios FILE with it");
  if (!os.initrd.empty())
    diagnostics.error("", 0, "--initrd", "belongs to a kernel; expected --bios and --kernel too");
}

}  // namespace

BootPlan plan_boot(const BootFiles& files, const Package& package, Diagnostics& diagnostics) {
  BootPlan plan;
  check_together(files, diagnostics);
  if (!diagnostics.ok()) return plan;
  const bool os = !files.os.bios.empty();
  std::optional<Image> program;
  if (!files.firmware.empty()) {
    program = read_elf(files.firmware, "--firmware", diagnostics);
    plan.all_harts = true;
  } else if (!os || !files.direct) {
    program = read_first_stage(files, diagnostics);
  }
  if (program) plan.images.push_back(std::move(*program));
  if (os) {
    plan_os(files, package, plan, diagnostics);
    note_unreached(package, diagnostics);
  }
  plan.boot_rom = read_boot_rom(files, package, diagnostics);
  plan.images.insert(plan.images.end(), files.images.begin(), files.images.end());
  for (const std::string& load : files.loads) {
    if (auto image = read_load(load, "--load", diagnostics)) plan.images.push_back(*image);
  }
  if (!diagnostics.ok()) return plan;
  std::optional<AddrRange> tree;
  if (os) tree = tree_place(package);
  check_placement(package, plan.images, tree, diagnostics);
  return plan;
}

}  // namespace cvp
