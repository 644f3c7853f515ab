// SPDX-License-Identifier: Apache-2.0
//
// What damaged flits cost one direction of a link, drawn from the chance that one is damaged: a
// round trip for each, and more where the nak is lost too. No SystemC. Flits are numbered as they
// are delivered.
//
// From a damaged flit until its replay whatever is sent is sent for nothing: a window. While it
// lasts, the flits behind the damaged one leave for the first time, so a flit in it is older when
// it arrives than one that had not left before.
#pragma once

#include <deque>
#include <vector>

#include "models/core/units.h"
#include "models/ucie/ucie_random.h"

namespace cvp {

struct UcieStreamErrors {
  double flit_error = 0;               ///< Chance that a flit is damaged.
  double nak_error = 0;                ///< Chance that one of the other direction is, a nak too.
  bool parity = false;                 ///< A slot in 1025 is parity (ucie_parity.h).
  std::uint32_t round_trip_slots = 1;  ///< From the start of a damaged flit to that of its replay.
};

/// A nak that the other end sends.
struct UcieNak {
  Femtoseconds due;
  std::uint64_t damaged = 0;  ///< Flits that it found damaged since the one before.

  template <class Archive>
  void serialize(Archive& archive) {
    archive(due, damaged);
  }
};

class UcieGoBackN {
 public:
  explicit UcieGoBackN(std::uint64_t seed) : random_(seed) {}

  /// The link has come up: nothing is under way.
  void configure(const UcieStreamErrors& errors);
  void damage_next() { good_flits_ = 0; }

  /// Of so many flits that go next, those before the first damaged one; then that one is drawn.
  std::uint64_t good_flits(std::uint64_t flits);
  /// Flit `number` is damaged, or a nak right before it, in the slot that starts at `start`. Gives
  /// the slots until its replay; a damaged flit comes to the other end `flight` after its start.
  std::uint64_t go_back(std::uint64_t number, Femtoseconds start, Femtoseconds slot,
                        Femtoseconds flight, bool is_nak);
  /// A damaged nak behind which nothing was under way: the other end asks, for nothing.
  void note_idle_damage(Femtoseconds arrival);
  /// When flit `number` first left, if that was in a window; else `start`. Numbers rise from call
  /// to call.
  Femtoseconds first_start(std::uint64_t number, Femtoseconds start, Femtoseconds slot);
  /// Whatever leaves at `time` leaves for nothing. Times rise from call to call.
  bool in_window(Femtoseconds time);
  /// Windows that ended before this time matter no more.
  void forget_windows(Femtoseconds time);

  std::uint64_t retries() const { return retries_; }
  /// Naks of the other end since this was last cleared; the caller clears it.
  std::vector<UcieNak>& naks() { return naks_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(error_, nak_error_, round_trip_slots_, random_, good_flits_, retries_, naks_, windows_,
            first_sent_, frontier_);
  }

 private:
  struct Window {
    Femtoseconds begin, end;
    template <class Archive>
    void serialize(Archive& archive) {
      archive(begin, end);
    }
  };
  /// Flits up to `end` that left for the first time in a window, one a slot from `start`.
  struct FirstSent {
    std::uint64_t first = 0, end = 0;
    Femtoseconds start;
    template <class Archive>
    void serialize(Archive& archive) {
      archive(first, end, start);
    }
  };

  double error_ = 0, nak_error_ = 0;
  std::uint64_t round_trip_slots_ = 1;
  UcieRandom random_;
  std::uint64_t good_flits_ = UcieRandom::kNever;  // To come before the next damaged one.
  std::uint64_t retries_ = 0;
  std::vector<UcieNak> naks_;
  std::deque<Window> windows_;
  std::deque<FirstSent> first_sent_;
  std::uint64_t frontier_ = 0;  // The flit behind the last of first_sent_.
};

}  // namespace cvp
