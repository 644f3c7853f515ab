// SPDX-License-Identifier: Apache-2.0
//
// How a debugger finds the memory behind a virtual address: a walk of the hart's page tables that
// checks no rights and changes nothing. No SystemC.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/core/units.h"

namespace cvp {

class Hart;

struct DebugTranslation {
  Addr physical = 0;
  std::uint64_t page_bytes = 0;   ///< 0: translation is off.
  std::uint64_t pte = 0;          ///< The leaf.
  std::vector<Addr> pte_address;  ///< Of every entry that was read, the root's first.
};

/// Reads 8 bytes of physical memory; false where there is none.
using DebugReader = std::function<bool(Addr physical, std::uint64_t& value)>;

/// By satp, whatever the hart's privilege; nothing if the address is not mapped.
std::optional<DebugTranslation> debug_walk(const Hart& hart, Addr va, const DebugReader& read);
/// As the hart's own fetches are translated: physical in M mode.
std::optional<Addr> debug_translate(const Hart& hart, Addr va, const DebugReader& read);
/// The rights in a PTE: `rwxugad`, `-` for those it has not.
std::string pte_rights(std::uint64_t pte);

}  // namespace cvp
