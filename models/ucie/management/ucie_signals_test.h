// SPDX-License-Identifier: Apache-2.0
//
// Two link managers whose signals between layers are watched, and the rules that these keep.
#pragma once

#include <catch2/catch.hpp>

#include "models/ucie/management/ucie_link_pair_test.h"

namespace cvp {

using Signals = std::vector<UcieLinkSignal>;
using Lines = std::vector<std::string>;

inline UcieLinkManagerParams with_step(Femtoseconds step, bool trained = true,
                                       std::uint32_t stacks = 1) {
  auto params = manager_of({UciePackage::kAdvanced, 64, 32_GTps}, stacks);
  params.training.trained_at_reset = trained;
  params.handshake_step = step;
  return params;
}

inline std::string text(const UcieLinkSignal& signal) {
  constexpr const char* kInterfaces[] = {"RDI ", "FDI0 ", "FDI1 "};
  const UcieSignalChange& change = signal.change;
  return std::string(kInterfaces[static_cast<std::size_t>(signal.interface)]) + change.signal +
         ' ' +
         (change.state   ? name_of(*change.state)
          : change.level ? "1"
                         : "0");
}

struct Ends : LinkPair {
  Signals of_a, of_b;
  using LinkPair::LinkPair;
  void look() override {
    for (const auto& signal : a.take_signals()) of_a.push_back(signal);
    for (const auto& signal : b.take_signals()) of_b.push_back(signal);
  }
};

/// Those of one interface, in order; `RDI pl_stallreq 1` loses its first word.
inline Lines of(const Signals& signals, const std::string& interface) {
  Lines all;
  for (const UcieLinkSignal& signal : signals) {
    const std::string line = text(signal);
    if (line.starts_with(interface + ' ')) all.push_back(line.substr(interface.size() + 1));
  }
  return all;
}

inline Femtoseconds when(const Signals& signals, const std::string& line) {
  for (const UcieLinkSignal& signal : signals) {
    if (text(signal) == line) return signal.change.time;
  }
  FAIL("not seen: " << line);
  return {};
}

/// Every change of a signal, and of a state, at one interface, has what must go before it.
inline void check_rules(const Signals& signals, const std::string& interface,
                        UcieInterfaceState from) {
  using S = UcieInterfaceState;
  const bool of_fdi = interface != "RDI";
  std::map<std::string, bool> level = {{"lp_rx_active_sts", of_fdi && is_active(from)},
                                       {"pl_rx_active_req", of_fdi && is_active(from)}};
  const auto stands = [](S s) {
    return s == S::kReset || s == S::kL1 || s == S::kL2 || s == S::kLinkReset || s == S::kDisabled;
  };
  const std::map<std::string, std::string> pairs = {{"lp_stallack", "pl_stallreq"},
                                                    {"lp_rx_active_sts", "pl_rx_active_req"},
                                                    {"lp_clk_ack", "pl_clk_req"},
                                                    {"pl_wake_ack", "lp_wake_req"}};
  S state = from;
  for (const UcieLinkSignal& signal : signals) {
    const std::string line = text(signal);
    if (!line.starts_with(interface + ' ')) continue;
    const UcieSignalChange& change = signal.change;
    CAPTURE(line, change.time);
    if (!change.state) {
      const std::string name = change.signal;
      for (const auto& [acknowledge, request] : pairs) {
        if (name == acknowledge) REQUIRE(level[request] == change.level);
        if (name == request) REQUIRE(level[acknowledge] != change.level);
      }
      REQUIRE(level[name] != change.level);
      level[name] = change.level;
      if (name == "pl_stallreq" && change.level) REQUIRE(is_active(state));
      continue;
    }
    const S to = *change.state;
    // Active.PMNAK to sleep is two steps, by Active.
    const bool by_active = state == S::kActivePmNak && ucie_may_enter(S::kActive, to);
    REQUIRE((ucie_may_enter(state, to) || by_active));
    if (is_active(to) && !is_active(state)) {
      REQUIRE_FALSE(level["lp_stallack"]);
      if (of_fdi) REQUIRE(level["lp_rx_active_sts"]);
    }
    if (is_active(state) && !is_active(to) && to != S::kLinkError) {
      REQUIRE(level["lp_stallack"]);
      REQUIRE_FALSE(level["lp_rx_active_sts"]);
    }
    if (stands(state) && to != S::kLinkError && to != S::kReset) REQUIRE(level["lp_clk_ack"]);
    state = to;
  }
}

inline void check_rules(const Ends& link, UcieInterfaceState from) {
  for (const Signals* end : {&link.of_a, &link.of_b}) {
    for (const char* interface : {"RDI", "FDI0"}) check_rules(*end, interface, from);
  }
}

}  // namespace cvp
