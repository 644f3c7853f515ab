// SPDX-License-Identifier: Apache-2.0
//
// The two layers of a die at one interface, RDI or an FDI: the handshakes that stand before a
// change of its state. No SystemC: time comes in with each call.
//
// Stall: before the interface leaves Active in order, the lower layer asks the upper one to stop at
// the end of a flit; none starts until it is Active again.
// Receiver, of FDI: the upper layer is asked to take flits before the lower one agrees to become
// Active, and to take no more before Active is left.
// Clock: it may stand in Reset, L1, L2, LinkReset and Disabled. Before the interface leaves these,
// the lower layer asks the upper one to let it run; and the upper one the lower one, before it asks
// for another state.
// LinkError waits for none of them, and neither does Reset.
// [UCIE: Stallreq/Ack Mechanism; Rx_active_req/Sts Handshake; Dynamic clock gating]
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "models/ucie/management/ucie_handshake.h"
#include "models/ucie/management/ucie_interface_state.h"

namespace cvp {

/// A signal between the layers.
struct UcieSignalChange {
  Femtoseconds time;
  const char* signal = "";  ///< The lower layer drives `pl_`, the upper one `lp_`.
  bool level = false;
  std::optional<UcieInterfaceState> state = {};  ///< Of `pl_state_sts`, in its place.
};

class UcieLayers {
 public:
  using State = UcieInterfaceState;
  /// When the flit ends that has started; none starts any more. Femtoseconds::max(): never.
  using StopFlits = std::function<Femtoseconds(Femtoseconds now)>;

  enum class Interface : std::uint8_t { kRdi, kFdi };

  /// `step`: from a change of a request to its acknowledgement; up to 100 ns; from 8 ms on: never
  /// answers.
  explicit UcieLayers(Interface interface = Interface::kFdi, Femtoseconds step = {})
      : interface_(interface), step_(step) {}

  /// As if it had come to this state long ago.
  void assume(State state);
  /// The interface may leave the state that was noted last; else what stands in its way is asked
  /// for. An empty `stop_flits`: there are none.
  bool may_leave(Femtoseconds now, const StopFlits& stop_flits);
  /// The upper layer may ask for another state.
  bool may_ask(Femtoseconds now);
  /// The upper layer takes flits; else it is asked to. RDI's always does.
  bool may_listen(Femtoseconds now);
  /// The interface has come to this state: what stood in its way is let go.
  void note(State state, Femtoseconds now);
  /// No flit may start.
  bool stalls() const { return !is(kStall, false); }
  /// Flits that come are taken.
  bool listens() const { return is(kRxActive, true); }

  void wake(Femtoseconds now);
  Femtoseconds deadline() const;
  /// A layer has not answered for 8 ms: then all handshakes are reset.
  bool gives_up(Femtoseconds now);
  /// What has changed since the last call, in order.
  std::vector<UcieSignalChange> take_changes();

  template <class Archive>
  void serialize(Archive& archive) {
    archive(state_);
    for (Line& line : lines_) archive(line.handshake, line.wanted);
  }

 private:
  enum Kind : std::size_t { kStall, kRxActive, kClock, kWake, kKinds };
  struct Line {
    UcieHandshake handshake;
    bool wanted = false;
  };
  struct Names {
    const char *request, *acknowledge;
  };
  static constexpr std::array<Names, kKinds> kNames = {{{"pl_stallreq", "lp_stallack"},
                                                        {"pl_rx_active_req", "lp_rx_active_sts"},
                                                        {"pl_clk_req", "lp_clk_ack"},
                                                        {"lp_wake_req", "pl_wake_ack"}}};

  bool may_gate_clock() const;
  bool is(Kind kind, bool level) const;
  bool bring(Kind kind, bool level, Femtoseconds now);
  void want(Kind kind, bool level, Femtoseconds now, Femtoseconds not_before = {});
  void follow(Kind kind, Femtoseconds now);
  void say(const char* signal, bool level, Femtoseconds now) {
    changes_.push_back({.time = now, .signal = signal, .level = level});
  }

  Interface interface_;
  Femtoseconds step_;
  State state_ = State::kReset;
  std::array<Line, kKinds> lines_;
  std::vector<UcieSignalChange> changes_;
};

}  // namespace cvp
