// SPDX-License-Identifier: Apache-2.0
//
// Errors of a stack as software sees them: injection by register and by rate, counters, logs of
// addresses, patrol scrubbing, interrupts. The codes are in hbm_ecc.h. No SystemC.
//
// While there are wrong bits or a rate is set, no direct access is granted. The patrol costs no
// event for good memory: it is computed when it comes to the next granule with wrong bits. It uses
// idle slots: other traffic does not wait for it, its energy counts.
#pragma once

#include <functional>

#include "models/hbm/hbm_map.h"
#include "models/hbm/hbm_port.h"
#include "models/hbm/hbm_regs.h"  // generated
#include "models/hbm/ras/hbm_ecc.h"

namespace cvp {

/// Where a patrol that reads a burst each interval is, as a function of time.
class HbmPatrol {
 public:
  HbmPatrol(std::uint64_t bytes, unsigned burst_bytes) : bytes_(bytes), burst_(burst_bytes) {}

  bool running() const { return running_; }
  void start(Femtoseconds now, Femtoseconds interval);
  void stop(Femtoseconds now);
  Addr position(Femtoseconds now) const { return read(now) * burst_ % bytes_; }
  std::uint64_t passes(Femtoseconds now) const { return read(now) * burst_ / bytes_; }
  /// Bursts read so far.
  std::uint64_t read(Femtoseconds now) const;
  /// When the burst at `address` has been read next; Femtoseconds::max() if beyond all time.
  Femtoseconds next_visit(Addr address, Femtoseconds now) const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(running_, since_, interval_, before_);
  }

 private:
  const std::uint64_t bytes_, burst_;
  bool running_ = false;
  Femtoseconds since_, interval_{1};
  std::uint64_t before_ = 0;  // Bursts read before `since_`.
};

class HbmRas {
 public:
  using Place = std::function<HbmPlace(Addr)>;

  HbmRas(HbmRegs& regs, HbmPort& port, const HbmGeometry& geometry, Place place);

  /// `time`: of the access to a register, inside its hook.
  void hook_registers(const std::function<Femtoseconds()>& time);
  void wake(Femtoseconds now, HbmWake what, std::uint64_t arg);
  /// IRQ_STATUS.HOT.
  void raise_hot(Femtoseconds now);

  /// Whether no access needs read() or written().
  bool quiet() const { return ecc_.clean() && !injects(); }
  /// Corrects what was read from the store; false: the data is bad.
  bool read(Addr offset, std::span<std::uint8_t> data, Femtoseconds now);
  /// The same for a unit on the die, see HbmEcc::read_on_die().
  bool read_on_die(Addr offset, std::span<std::uint8_t> data, Femtoseconds now);
  /// Whether poison can be kept there; else there is no code that could say so, or no room.
  bool keeps_poison(Addr offset, std::uint64_t length) const;
  /// Data went to the store. It may be poisoned where poison is kept.
  void written(Addr offset, std::uint64_t length, bool poison, Femtoseconds now);
  std::uint64_t scrubbed_bursts(Femtoseconds now) const { return patrol_.read(now); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(ecc_, patrol_, draws_, until_threshold_, signalled_, patrol_turn_);
  }

 private:
  bool injects() const { return regs_.inject_one_in.get() != 0 || regs_.inject_two_in.get() != 0; }
  void inject(HbmRegs::Inject inject);
  void inject_by_rate(Addr offset, std::uint64_t length, Femtoseconds now);
  void configure(HbmRegs::EccCtrl ctrl);
  void spoilt(Femtoseconds now);
  void patrol_visits(Femtoseconds now);
  void schedule_patrol(Femtoseconds now);
  void report(const HbmEcc::Errors& errors, Femtoseconds now);
  void log(const HbmError& error);
  void drive_interrupt(Femtoseconds now);

  HbmRegs& regs_;
  HbmPort& port_;
  const HbmGeometry geometry_;
  const Place place_;
  HbmEcc ecc_;
  HbmPatrol patrol_;
  std::uint64_t draws_ = 0;            // Bursts for which the rates were asked.
  std::uint64_t until_threshold_ = 0;  // Corrected words since IRQ_STATUS.CORRECTED was clear.
  std::uint32_t signalled_ = 0;        // Interrupts whose message is under way or was sent.
  std::uint64_t patrol_turn_ = 0;      // Wake-ups of earlier turns do not count.
};

}  // namespace cvp
