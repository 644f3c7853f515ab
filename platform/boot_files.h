// SPDX-License-Identifier: Apache-2.0
//
// Which program boots, and where its files are: given on the command line, beside the installed
// program, or in its build tree.
#pragma once

#include "platform/image.h"

namespace cvp {

struct BootFiles {
  std::string firmware;     ///< Empty: the first stage.
  std::string first_stage;  ///< Empty: the built one.
  std::string boot_rom;     ///< Empty: the built one.
};

std::optional<Image> read_program(const BootFiles& files, Diagnostics& diagnostics);
/// Empty when there is none and none is needed: a --firmware ELF is then entered directly.
std::vector<std::uint8_t> read_boot_rom(const BootFiles& files, const Package& package,
                                        Diagnostics& diagnostics);

}  // namespace cvp
