// SPDX-License-Identifier: Apache-2.0
//
// Errors of a stack as software sees them: injection by register and by rate, counters, logs of
// addresses, interrupts. The codes are in hbm_ecc.h, the patrol in hbm_patrol.h. No SystemC.
//
// While there are wrong bits or a rate is set, no direct access is granted.
#pragma once

#include <functional>

#include "models/hbm/hbm_map.h"
#include "models/hbm/hbm_port.h"
#include "models/hbm/hbm_regs.h"  // generated
#include "models/hbm/ras/hbm_ecc.h"

namespace cvp {

class HbmRas {
 public:
  using Place = std::function<HbmPlace(Addr)>;

  HbmRas(HbmRegs& regs, HbmPort& port, const HbmGeometry& geometry, Place place);

  /// `time`: of the access to a register, inside its hook.
  void hook_registers(const std::function<Femtoseconds()>& time);
  /// The message of an interrupt is due.
  void wake();
  /// IRQ_STATUS.HOT.
  void raise_hot(Femtoseconds now);

  /// Whether no access needs read() or written().
  bool quiet() const { return ecc_.clean() && !injects(); }
  /// Corrects what was read from the store; false: the data is bad.
  bool read(Addr offset, std::span<std::uint8_t> data, Femtoseconds now) {
    return read_by(&HbmEcc::read, offset, data, now);
  }
  /// The same for a unit on the die, see HbmEcc::read_on_die().
  bool read_on_die(Addr offset, std::span<std::uint8_t> data, Femtoseconds now) {
    return read_by(&HbmEcc::read_on_die, offset, data, now);
  }
  /// Corrects the cells of a range themselves.
  void scrub(Addr offset, std::uint64_t length, Femtoseconds now);
  /// Whether poison can be kept there; else there is no code that could say so, or no room.
  bool keeps_poison(Addr offset, std::uint64_t length) const;
  /// Data went to the store. It may be poisoned where poison is kept.
  void written(Addr offset, std::uint64_t length, bool poison);

  template <class Archive>
  void serialize(Archive& archive) {
    archive(ecc_, draws_, until_threshold_, signalled_);
  }

 private:
  bool injects() const { return regs_.inject_one_in.get() != 0 || regs_.inject_two_in.get() != 0; }
  void inject(HbmRegs::Inject inject);
  void inject_by_rate(Addr offset, std::uint64_t length);
  void configure(HbmRegs::EccCtrl ctrl);
  bool read_by(bool (HbmEcc::*read)(Addr, std::span<std::uint8_t>, HbmEcc::Errors&), Addr offset,
               std::span<std::uint8_t> data, Femtoseconds now);
  void report(const HbmEcc::Errors& errors, Femtoseconds now);
  void log(const HbmError& error);
  void drive_interrupt(Femtoseconds now);

  HbmRegs& regs_;
  HbmPort& port_;
  const HbmGeometry geometry_;
  const Place place_;
  HbmEcc ecc_;
  std::uint64_t draws_ = 0;            // Bursts for which the rates were asked.
  std::uint64_t until_threshold_ = 0;  // Corrected words since IRQ_STATUS.CORRECTED was clear.
  std::uint32_t signalled_ = 0;        // Interrupts whose message is under way or was sent.
};

}  // namespace cvp
