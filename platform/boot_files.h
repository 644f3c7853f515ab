// SPDX-License-Identifier: Apache-2.0
//
// What boots: the files that a command line names, with those beside the installed program or in
// its build tree for the rest, and how the first program is entered.
#pragma once

#include "platform/device_tree.h"
#include "platform/image_os.h"

namespace cvp {

struct BootFiles {
  std::string firmware;     ///< Runs instead of the first stage, alone.
  std::string first_stage;  ///< Empty: the built one.
  std::string boot_rom;     ///< Empty: the built one.
  OsFiles os;               ///< Its bios empty: no operating system.
  std::vector<std::string> loads;
  std::vector<Image> images;  ///< More that goes into memory.
  bool direct = false;        ///< The first stage is skipped when an operating system boots.
};

struct BootPlan {
  std::vector<Image> images;           ///< All that goes into memory; the first one is entered.
  bool all_harts = false;              ///< Every hart enters it, as under QEMU `-bios none`.
  std::vector<std::uint8_t> boot_rom;  ///< Empty: harts start at the program without it.
  Addr tree = 0;                       ///< Of the device tree; 0: behind the boot ROM's code.
  Addr kernel = 0;                     ///< What fw_dynamic enters next, in S mode; 0: nothing.
  std::optional<OsHandOver> os;        ///< For the device tree.

  const Image& program() const { return images.front(); }
};

/// Reads and places everything; the plan is of use if `diagnostics` is still good.
BootPlan plan_boot(const BootFiles& files, const Package& package, Diagnostics& diagnostics);

}  // namespace cvp
