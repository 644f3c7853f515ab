// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/management/ucie_interface_state.h"

#include <algorithm>
#include <initializer_list>

namespace cvp {
namespace {

using State = UcieInterfaceState;

constexpr std::uint32_t one_of(std::initializer_list<State> states) {
  std::uint32_t mask = 0;
  for (const State state : states) mask |= 1u << static_cast<unsigned>(state);
  return mask;
}

struct Row {
  State state;
  const char* name;
  std::uint32_t next;  // Bit n: the state of number n may follow.
};

// What lies behind a link that was lost is LinkError; so nothing but it leads from Active to Reset.
constexpr std::uint32_t kEnds = one_of({State::kLinkReset, State::kDisabled, State::kLinkError});
constexpr Row kRows[] = {
    {State::kReset, "Reset", one_of({State::kActive}) | kEnds},
    {State::kActive, "Active",
     one_of({State::kActivePmNak, State::kL1, State::kL2, State::kRetrain}) | kEnds},
    {State::kActivePmNak, "Active.PMNAK", one_of({State::kActive, State::kRetrain}) | kEnds},
    {State::kL1, "L1", one_of({State::kRetrain}) | kEnds},
    {State::kL2, "L2", one_of({State::kReset}) | kEnds},
    {State::kLinkReset, "LinkReset", one_of({State::kReset, State::kDisabled, State::kLinkError})},
    {State::kLinkError, "LinkError", one_of({State::kReset})},
    {State::kRetrain, "Retrain", one_of({State::kActive}) | kEnds},
    {State::kDisabled, "Disabled", one_of({State::kReset, State::kLinkError})},
};

const Row& row(State state) { return *std::ranges::find(kRows, state, &Row::state); }

}  // namespace

const char* name_of(UcieInterfaceState state) { return row(state).name; }

bool ucie_may_enter(UcieInterfaceState from, UcieInterfaceState to) {
  return (row(from).next >> static_cast<unsigned>(to) & 1) != 0;
}

}  // namespace cvp
