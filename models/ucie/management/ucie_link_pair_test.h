// SPDX-License-Identifier: Apache-2.0
//
// Link managers of two ends, and the sideband between them: 120 ns a packet, 240 ns with data, one
// behind the other, and 2 ns on the way.
#pragma once

#include <catch2/catch.hpp>
#include <utility>

#include "models/ucie/management/ucie_link_manager.h"
#include "models/ucie/phy/ucie_end_pair_test.h"

namespace cvp {

inline UcieLinkManagerParams manager_of(UcieLinkShape shape, std::uint32_t stacks = 1) {
  return {
      .training = {.capability = shape},
      .capabilities = {.formats = ucie_formats(shape.format, shape.rate, UcieMapping::kStreaming),
                       .stacks = stacks}};
}

struct LinkPair : EndPair<UcieLinkManager, UcieLinkManager::Message> {
  using Message = UcieLinkManager::Message;
  std::array<Femtoseconds, 2> free;  ///< Sideband of each end.
  bool busy_a = false, busy_b = false;
  Femtoseconds extra;  ///< Other packets on the sideband, before each.

  LinkPair(const UcieLinkManagerParams& pa, const UcieLinkManagerParams& pb)
      : EndPair(pa, second(pb)) {}

  void run_on(Femtoseconds more) { run(now + more); }
  /// Both in the same state: of training, RDI and FDI; Active.PMNAK counts as Active. A second
  /// stack exists once both ends have agreed upon it.
  bool agree() const {
    const auto same = [](UcieInterfaceState x, UcieInterfaceState y) {
      return x == y || (is_active(x) && is_active(y));
    };
    return a.training().state() == b.training().state() && a.up() == b.up() &&
           a.parity().agreed() == b.parity().agreed() && same(a.rdi(), b.rdi()) &&
           same(a.fdi(0), b.fdi(0)) && (!a.agreed() || !b.agreed() || same(a.fdi(1), b.fdi(1)));
  }

  /// Whatever has been asked of the ends: they agree, and nobody waits for anything.
  void come_to_rest() {
    run_on(30_ms);
    CAPTURE(name_of(a.training().state()), name_of(b.training().state()), name_of(a.rdi()),
            name_of(b.rdi()), name_of(a.fdi(0)), name_of(b.fdi(0)));
    REQUIRE(agree());
    REQUIRE(next() == Femtoseconds::max());
  }
  /// So software can always bring the link up again.
  void come_up() {
    busy_a = busy_b = false;
    if (a.up() && !a.active()) CHECK(a.request(UcieInterfaceState::kActive, now));
    if (!a.up()) CHECK(a.start(now));
    run_on(30_ms);
    CAPTURE(name_of(a.training().state()), name_of(b.training().state()));
    REQUIRE(a.active());
    REQUIRE(b.active());
  }

 private:
  static UcieLinkManagerParams second(UcieLinkManagerParams params) {
    params.training.end = 1;
    return params;
  }
  void receive(bool from_b, const Message& message) override {
    from_b ? a.receive(now, message, busy_a) : b.receive(now, message, busy_b);
  }
  void send(bool from_b, const Message& message) override {
    const bool data = std::visit([](const auto& m) { return m.has_data(); }, message);
    Femtoseconds& at = free[from_b ? 1 : 0];
    at = std::max(at, now) + extra + (data ? 240_ns : 120_ns);
    wire.emplace((at + 2_ns).value, std::pair{from_b, message});
  }
};

}  // namespace cvp
