// SPDX-License-Identifier: Apache-2.0
//
// What damaged flits cost one direction of a link, drawn from the chance that one is damaged: when
// a flit that starts on the wire is delivered, and when one can start. No SystemC. Flits are
// numbered; calls come in the order of their numbers.
//
//   A damaged flit opens a window, which ends when its replay starts: a round trip later, or more
//   where the nak is lost. In a window new flits leave, for nothing. At its end all flits from the
//   damaged one on are replayed; new ones wait for that. A replay may be damaged: the next window.
#pragma once

#include <deque>
#include <vector>

#include "models/core/units.h"
#include "models/ucie/adapter/ucie_random.h"

namespace cvp {

struct UcieStreamErrors {
  double flit_error = 0;               ///< Chance that a flit is damaged.
  double nak_error = 0;                ///< Chance that one of the other direction is, a nak too.
  bool parity = false;                 ///< A slot in 1025 is parity (ucie_parity.h).
  std::uint32_t round_trip_slots = 1;  ///< From the start of a damaged flit to that of its replay.
};

/// The other end finds damage and sends a nak.
struct UcieNak {
  Femtoseconds due;
  std::uint64_t damaged = 0;  ///< Damaged flits so far that are accounted for, from the first on.

  template <class Archive>
  void serialize(Archive& archive) {
    archive(due, damaged);
  }
};

class UcieGoBackN {
 public:
  explicit UcieGoBackN(std::uint64_t seed) : random_(seed) {}

  /// The link has come up: nothing is under way. A flit that starts arrives `flight` later.
  void configure(const UcieStreamErrors& errors, Femtoseconds slot, Femtoseconds flight);
  /// The next flit that leaves, of this link or when it comes up again.
  void damage_next() {
    damage_next_ = true;
    good_flits_ = 0;
  }

  /// No window is open, and nothing is to be replayed.
  bool clean() const { return windows_.empty(); }
  /// To come before the next that needs deliver().
  std::uint64_t good_flits() const { return clean() ? good_flits_ : 0; }
  /// While clean: of the next so many flits those up to the first damaged one, which are delivered
  /// as they start.
  std::uint64_t take_good(std::uint64_t flits);
  /// From `start` on, when flit `number` can start.
  Femtoseconds first_start(std::uint64_t number, Femtoseconds start);
  /// When the replay of flit `number` starts that is delivered; `start` if it needs none.
  Femtoseconds deliver(std::uint64_t number, Femtoseconds start);

  /// What leaves at `time` leaves for nothing anyway. Times rise from call to call.
  bool in_window(Femtoseconds time);
  /// Nobody will ask about times before.
  void forget_before(Femtoseconds time);
  /// It goes amid replays.
  void delay_replays(std::uint64_t slots) { free_ += slots * slot_; }
  /// A nak that starts then, is it damaged? The other end cannot know that nothing is missing, and
  /// asks. Gives the slots for which flits that have been accepted are sent again, if there are
  /// any.
  std::uint64_t send_nak(Femtoseconds start, bool flits_under_way);

  std::uint64_t retries() const { return retries_; }
  std::uint64_t replayed() const { return replayed_; }
  std::uint64_t damaged() const { return damaged_; }  ///< Flits whose CRC did not fit.
  /// Naks of the other end since this was last cleared; the caller clears it.
  std::vector<UcieNak>& naks() { return naks_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(error_, nak_error_, round_trip_slots_, slot_, flight_, random_, damage_next_,
            good_flits_, windows_, past_, window_slots_, window_flits_, window_naks_, free_,
            retries_, replayed_, damaged_, naks_);
  }

 private:
  struct Window {
    std::uint64_t number = 0;  // Of the damaged flit.
    std::uint64_t slots = 0;
    Femtoseconds begin, end;
    template <class Archive>
    void serialize(Archive& archive) {
      archive(number, slots, begin, end);
    }
  };

  bool next_is_damaged();
  bool covers(Femtoseconds time) const;
  std::uint64_t with_naks(std::uint64_t flits) const;
  double window_load() const;
  Femtoseconds go_back(std::uint64_t number, Femtoseconds start);

  double error_ = 0, nak_error_ = 0;
  std::uint64_t round_trip_slots_ = 1;
  Femtoseconds slot_, flight_;
  UcieRandom random_;
  bool damage_next_ = false;
  std::uint64_t good_flits_ = UcieRandom::kNever;  // To come before the next damaged one.
  std::deque<Window> windows_;                     // That new flits have not passed.
  std::deque<Window> past_;                        // Those before too, for naks.
  // Of all windows so far.
  std::uint64_t window_slots_ = 0, window_flits_ = 0, window_naks_ = 0;
  Femtoseconds free_;  // End of the last flit that was delivered.
  std::uint64_t retries_ = 0, replayed_ = 0, damaged_ = 0;
  std::vector<UcieNak> naks_;
};

}  // namespace cvp
