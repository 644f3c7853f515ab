// SPDX-License-Identifier: Apache-2.0
//
// The last bytes of the boot ROM, which the loader fills in; firmware/boot/bootrom.S reads them.
#pragma once

#include <cstdint>

namespace cvp {

/// What fw_dynamic finds through a2. [OPENSBI: Firmware with Dynamic Information]
struct FwDynamicInfo {
  std::uint64_t magic = 0x4942'534f;  // "OSBI"
  std::uint64_t version = 2;
  std::uint64_t next_address = 0;
  std::uint64_t next_mode = 1;  // S
  std::uint64_t options = 0;
  std::uint64_t boot_hart = 0;
};

struct BootRomParameters {
  FwDynamicInfo info;
  std::uint64_t tree = 0;   ///< Address of the device tree: a1.
  std::uint64_t flags = 0;  ///< Bit 0: all harts go on at once.
  std::uint64_t entry = 0;  ///< Of the next stage.
};

}  // namespace cvp
