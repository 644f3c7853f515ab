// SPDX-License-Identifier: Apache-2.0
//
// The files of an operating system, with the meaning that QEMU gives `-bios`, `-kernel` and
// `-initrd`, and where each lies in DRAM. Reading and checking only. No SystemC.
//
//   DRAM base             firmware: raw, ELF, or a position-independent ELF
//   next 2 MiB multiple   kernel: Linux Image, raw, or an ELF at its own addresses
//   + half of DRAM, at most 128 MiB, and behind the kernel   initial RAM disk
//   2 MiB multiple near the end of the first 2 GiB           device tree
#pragma once

#include "platform/image.h"

namespace cvp {

struct OsFiles {
  std::string bios;
  std::string kernel;  ///< Empty: the firmware has no next stage.
  std::string initrd;
};

struct OsImages {
  std::vector<Image> images;  ///< Firmware first, then kernel and initial RAM disk.
  Addr kernel_entry = 0;      ///< 0: none.
  AddrRange initrd;           ///< Size 0: none.
};

/// Empty after an error, of which there is one for each file.
std::optional<OsImages> read_os(const OsFiles& files, const Package& package,
                                Diagnostics& diagnostics);

/// The host's main memory, from which the layout follows.
AddrRange main_memory(const Package& package);

/// Room for a device tree in DRAM, with what firmware adds to it; the first stage uses the same
/// place (firmware/lib/arena.h).
inline constexpr std::uint64_t kTreeRoom = 128 << 10;
AddrRange tree_place(const Package& package);

}  // namespace cvp
