// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/ras/hbm_ras.h"

#include <algorithm>

#include "models/core/splitmix64.h"

namespace cvp {

HbmRas::HbmRas(HbmRegs& regs, HbmPort& port, const HbmGeometry& geometry, Place place)
    : regs_(regs), port_(port), geometry_(geometry), place_(std::move(place)) {}

void HbmRas::hook_registers(const std::function<Femtoseconds()>& time) {
  regs_.ecc_ctrl.on_write([this](HbmRegs::EccCtrl ctrl) { configure(ctrl); });
  regs_.inject.on_write([this](HbmRegs::Inject value) {
    if (!value.one && !value.two) return;
    inject(value);
    port_.revoke_grants();  // There are wrong bits: nobody may look past the decoders.
  });
  const auto rate_changed = [this](std::uint32_t one_in) {
    if (one_in != 0) port_.revoke_grants();
  };
  regs_.inject_one_in.on_write(rate_changed);
  regs_.inject_two_in.on_write(rate_changed);
  regs_.inject_seed.on_write([this](std::uint64_t) { draws_ = 0; });

  regs_.irq_status.on_write([this, time](HbmRegs::IrqStatus, std::uint64_t written) {
    if (HbmRegs::IrqStatus::from_bits(written).corrected) until_threshold_ = 0;
    drive_interrupt(time());
  });
  regs_.irq_enable.on_write([this, time] { drive_interrupt(time()); });
}

void HbmRas::configure(HbmRegs::EccCtrl ctrl) {
  ecc_.settings = {ctrl.enable != 0, ctrl.on_die != 0, ctrl.write_back != 0};
  if (!ctrl.clear_counters) return;
  regs_.ecc_corrected.set(0);
  regs_.ecc_uncorrected.set(0);
  regs_.ecc_on_die_corrected.set(0);
  regs_.ecc_poison_read.set(0);
}

void HbmRas::inject(HbmRegs::Inject inject) {
  const Addr address = regs_.inject_address.get();
  if (address >= geometry_.stack_bytes()) return;
  const auto invert = [&](unsigned bit) {
    inject.transfer ? ecc_.inject_transfer(address, bit) : ecc_.inject(address, bit);
  };
  invert(inject.bit);
  if (inject.two) invert(inject.second_bit);
}

void HbmRas::inject_by_rate(Addr offset, std::uint64_t length) {
  if (!injects()) return;
  const std::uint64_t one_in = regs_.inject_one_in.get(), two_in = regs_.inject_two_in.get();
  const std::uint64_t bytes = geometry_.burst_bytes;
  for (Addr burst = offset / bytes * bytes; burst < offset + length; burst += bytes) {
    const std::uint64_t random = splitmix64(regs_.inject_seed.get() ^ splitmix64(draws_++));
    const bool two = two_in != 0 && splitmix64(random ^ 2) % two_in == 0;
    const bool one = one_in != 0 && splitmix64(random ^ 1) % one_in == 0;
    if (!one && !two) continue;
    const Addr word =
        burst + random % std::max<Addr>(bytes / HbmEcc::kWordBytes, 1) * HbmEcc::kWordBytes;
    if (!ecc_.has_room(word, 1, HbmEcc::kMaxByRate)) continue;
    const unsigned bit = random / 4 % HbmEcc::kWordBits;
    const unsigned distance = 1 + random / 1024 % (HbmEcc::kWordBits - 1);
    ecc_.inject(word, bit);
    if (two) ecc_.inject(word, (bit + distance) % HbmEcc::kWordBits);
  }
}

bool HbmRas::read_by(bool (HbmEcc::*read)(Addr, std::span<std::uint8_t>, HbmEcc::Errors&),
                     Addr offset, std::span<std::uint8_t> data, Femtoseconds now) {
  inject_by_rate(offset, data.size());
  HbmEcc::Errors errors;
  const bool good = (ecc_.*read)(offset, data, errors);
  report(errors, now);
  return good;
}

void HbmRas::scrub(Addr offset, std::uint64_t length, Femtoseconds now) {
  HbmEcc::Errors errors;
  ecc_.scrub(offset, length, errors);
  report(errors, now);
}

bool HbmRas::keeps_poison(Addr offset, std::uint64_t length) const {
  return ecc_.settings.controller && ecc_.has_room(offset, length);
}

void HbmRas::written(Addr offset, std::uint64_t length, bool poison) {
  ecc_.written(offset, length);
  if (!poison) return;
  ecc_.poison(offset, length);
  port_.revoke_grants();
}

void HbmRas::raise_hot(Femtoseconds now) {
  regs_.irq_status.update([](auto& status) { status.hot = true; });
  drive_interrupt(now);
}

void HbmRas::wake() { port_.send_message(regs_.message_address.get(), regs_.message_data.get()); }

void HbmRas::report(const HbmEcc::Errors& errors, Femtoseconds now) {
  if (errors.empty()) return;
  const auto count = [](auto& counter) { counter.set(counter.get() + 1); };
  for (const HbmError& error : errors) {
    switch (error.kind) {
      case HbmErrorKind::kOnDie:
        count(regs_.ecc_on_die_corrected);
        continue;
      case HbmErrorKind::kPoison:
        count(regs_.ecc_poison_read);
        continue;
      case HbmErrorKind::kCorrected:
        count(regs_.ecc_corrected);
        break;
      case HbmErrorKind::kUncorrected:
        count(regs_.ecc_uncorrected);
        break;
    }
    log(error);
  }
  drive_interrupt(now);
}

void HbmRas::log(const HbmError& error) {
  const HbmPlace place = place_(error.address);
  const unsigned banks = geometry_.banks_of_pseudo_channel();
  const auto fill = [&](auto& address, auto& info, bool first) {
    if (!first) {
      info.update([](auto& value) { value.more = true; });
      return;
    }
    address.set(error.address);
    info.set({.syndrome = error.syndrome,
              .channel = place.channel(),
              .pseudo_channel = place.bank() / banks,
              .bank = place.bank() % banks});
  };
  if (error.kind == HbmErrorKind::kUncorrected) {
    fill(regs_.uncorrected_address, regs_.uncorrected_info, !regs_.irq_status.get().uncorrected);
    regs_.irq_status.update([](auto& status) { status.uncorrected = true; });
    return;
  }
  const bool first = until_threshold_ == 0;
  fill(regs_.corrected_address, regs_.corrected_info, first);
  if (first) regs_.corrected_info.update([&](auto& info) { info.bit = error.bit; });
  if (++until_threshold_ >= std::max(1u, unsigned{regs_.ecc_threshold.get().corrected})) {
    regs_.irq_status.update([](auto& status) { status.corrected = true; });
  }
}

void HbmRas::drive_interrupt(Femtoseconds now) {
  const std::uint32_t raised = regs_.irq_status.bits() & regs_.irq_enable.bits();
  if ((raised & ~signalled_) != 0) port_.wake_at(now, HbmWake::kMessage, 0);
  signalled_ = raised;
}

}  // namespace cvp
