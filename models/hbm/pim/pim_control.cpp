// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/pim/pim_control.h"

namespace cvp {
namespace {

constexpr unsigned kAllBanks = HbmRegs::PimStatus::kModeAllBanks;
constexpr unsigned kCompute = HbmRegs::PimStatus::kModeCompute;
static_assert(static_cast<unsigned>(PimError::kLimit) == HbmRegs::PimStatus::kErrorLimit);

template <class Register>
PimPointer pointer_of(const Register& reg) {
  return {.row = reg.get().row, .column = reg.get().column};
}

template <class Register>
void set_pointer(Register& reg, const PimPointer& pointer) {
  reg.set({.row = pointer.row, .column = pointer.column});
}

}  // namespace

PimControl::PimControl(HbmRegs& regs, HbmPort& port, HbmPower& power, const HbmTiming& timing,
                       const HbmInverse* inverse, PimMemory& memory, bool refresh)
    : regs_(regs),
      port_(port),
      power_(power),
      timing_(timing),
      inverse_(inverse),
      refreshes_(refresh ? 1 : 0),
      array_(timing, memory) {}

void PimControl::hook_registers(const std::function<Femtoseconds()>& time,
                                const std::function<bool()>& ready) {
  if (inverse_ == nullptr) {
    for (RegisterBase* reg :
         {static_cast<RegisterBase*>(&regs_.pim_mode),
          static_cast<RegisterBase*>(&regs_.pim_status),
          static_cast<RegisterBase*>(&regs_.pim_channels),
          static_cast<RegisterBase*>(&regs_.pim_even), static_cast<RegisterBase*>(&regs_.pim_odd),
          static_cast<RegisterBase*>(&regs_.pim_run), static_cast<RegisterBase*>(&regs_.pim_write),
          static_cast<RegisterBase*>(&regs_.pim_data), static_cast<RegisterBase*>(&regs_.pim_crf),
          static_cast<RegisterBase*>(&regs_.pim_place),
          static_cast<RegisterBase*>(&regs_.pim_address),
          static_cast<RegisterBase*>(&regs_.pim_commands),
          static_cast<RegisterBase*>(&regs_.pim_bursts),
          static_cast<RegisterBase*>(&regs_.pim_activates),
          static_cast<RegisterBase*>(&regs_.pim_operations),
          static_cast<RegisterBase*>(&regs_.pim_clocks)}) {
      reg->limit(0);
    }
    return;
  }
  regs_.pim_caps.set_reset({.units = array_.units_a_channel(),
                            .lanes = kPimLanes,
                            .program = kPimCrfEntries,
                            .present = true});
  regs_.pim_channels.set_reset(timing_.geometry.all_channels());
  regs_.pim_channels.restrict_writable(0, timing_.geometry.all_channels());
  const auto serves = [this, ready] { return ready() && !power_.refuses(); };
  regs_.pim_mode.on_write([this, serves](HbmRegs::PimMode value) {
    if (serves()) set_mode(value.mode);
    regs_.pim_mode.set({.mode = mode_});
  });
  regs_.pim_write.on_write([this, serves, time](HbmRegs::PimWrite write) {
    if (serves()) broadcast(write, time());
  });
  regs_.pim_run.on_write([this, serves, time](HbmRegs::PimRun value) {
    if (value.start && serves()) run(time());
  });
  regs_.pim_address.on_read([this] {
    const HbmRegs::PimPlace place = regs_.pim_place.get();
    const unsigned banks = timing_.geometry.banks_of_pseudo_channel();
    const bool inside = place.bank < banks && place.column < timing_.geometry.columns;
    const unsigned bank = place.pseudo_channel * banks + place.bank;
    const auto offset = inverse_->offset(place_at(place.channel, bank, place.row, place.column));
    return inside && offset ? *offset : ~Addr{0};
  });
  hook_counters();
}

void PimControl::hook_counters() {
  const auto serve = [this](auto& reg, std::uint64_t PimCounters::*member) {
    reg.on_read([this, member] { return array_.counters().*member; });
  };
  serve(regs_.pim_commands, &PimCounters::commands);
  regs_.pim_bursts.on_read([this] { return array_.counters().bursts(); });
  serve(regs_.pim_activates, &PimCounters::activates);
  serve(regs_.pim_operations, &PimCounters::operations);
  serve(regs_.pim_clocks, &PimCounters::clocks);
}

void PimControl::show(PimError error, unsigned entry, bool busy) {
  regs_.pim_status.set(
      {.mode = mode_, .busy = busy, .error = static_cast<unsigned>(error), .entry = entry});
}

// One step up or down, and only while nothing runs.
void PimControl::set_mode(unsigned mode) {
  const bool step = mode == mode_ + 1 || mode + 1 == mode_;
  if (!step || mode > kCompute || regs_.pim_status.get().busy) return;
  if (!closed()) port_.revoke_grants();
  mode_ = mode;
  array_.close_rows();
  show(PimError::kNone, 0, false);
}

void PimControl::broadcast(HbmRegs::PimWrite write, Femtoseconds now) {
  if (!write.even && !write.odd) return;
  if (mode_ != kAllBanks) return;
  const HbmPower::Channels channels = regs_.pim_channels.get();
  power_.used(channels, power_.admit(channels, now));
  PimVector data;
  for (unsigned lane = 0; lane < kPimLanes; ++lane) {
    data[lane] = static_cast<Half>(regs_.pim_data.get(lane / 4) >> lane % 4 * 16);
  }
  PimError error = PimError::kNone;
  const auto write_to = [&](auto& reg, bool odd) {
    PimPointer pointer = pointer_of(reg);
    const PimError one = array_.broadcast(channels, odd, pointer, data);
    if (one != PimError::kNone) error = one;
    set_pointer(reg, pointer);
  };
  if (write.even) write_to(regs_.pim_even, false);
  if (write.odd) write_to(regs_.pim_odd, true);
  show(error, 0, false);
}

void PimControl::run(Femtoseconds now) {
  if (mode_ != kCompute || regs_.pim_status.get().busy) return;
  const Clock clock(timing_.clock);
  const HbmPower::Channels channels = regs_.pim_channels.get();
  std::array<std::uint32_t, kPimCrfEntries> program{};
  for (std::size_t n = 0; n < program.size(); ++n) program[n] = regs_.pim_crf.get(n);
  const auto out = array_.run({.program = program,
                               .channels = channels,
                               .even = pointer_of(regs_.pim_even),
                               .odd = pointer_of(regs_.pim_odd),
                               .start = clock.cycles_until(power_.admit(channels, now)),
                               .refreshes = refreshes_});
  set_pointer(regs_.pim_even, out.even);
  set_pointer(regs_.pim_odd, out.odd);
  show(out.error, out.entry, true);
  power_.used(channels, clock.at(out.end));
  port_.wake_at(clock.at(out.end), HbmWake::kPimDone, 0);
}

void PimControl::wake() {
  regs_.pim_status.update([](HbmRegs::PimStatus& status) { status.busy = false; });
}

}  // namespace cvp
