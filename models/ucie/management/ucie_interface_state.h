// SPDX-License-Identifier: Apache-2.0
//
// States of the two interfaces of a link's end: FDI, between protocol layer and adapter, one a
// stack; RDI, between adapter and PHY. [UCIE: Interface Reset Requirements; Common Rules for FDI
// and RDI]
#pragma once

#include <array>
#include <cstdint>

namespace cvp {

/// The numbers are those of the interfaces' state status; the register `interface` holds them.
enum class UcieInterfaceState : std::uint8_t {
  kReset = 0,
  kActive = 1,
  kActivePmNak = 3,  ///< Active, after the other end has refused to sleep.
  kL1 = 4,
  kL2 = 8,
  kLinkReset = 9,
  kLinkError = 10,
  kRetrain = 11,
  kDisabled = 12,
};
inline constexpr std::array kUcieInterfaceStates = {
    UcieInterfaceState::kReset,     UcieInterfaceState::kActive,  UcieInterfaceState::kActivePmNak,
    UcieInterfaceState::kL1,        UcieInterfaceState::kL2,      UcieInterfaceState::kLinkReset,
    UcieInterfaceState::kLinkError, UcieInterfaceState::kRetrain, UcieInterfaceState::kDisabled};

const char* name_of(UcieInterfaceState state);
/// Whether a state may follow another at once.
bool ucie_may_enter(UcieInterfaceState from, UcieInterfaceState to);
/// Active or its sub-state.
constexpr bool is_active(UcieInterfaceState state) {
  return state == UcieInterfaceState::kActive || state == UcieInterfaceState::kActivePmNak;
}

}  // namespace cvp
