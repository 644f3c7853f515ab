// SPDX-License-Identifier: Apache-2.0
#include "models/uart/uart_core.h"

#include <algorithm>
#include <array>

namespace cvp {
namespace {
using R = UartRegs;
constexpr std::array<std::size_t, 4> kTriggers = {1, 4, 8, 14};
}  // namespace

UartCore::UartCore() {
  const auto divisor_latch = [this] { return regs.lcr.get().dlab; };
  regs.dll.overlay_when(divisor_latch);
  regs.dlm.overlay_when(divisor_latch);
  regs.rbr.on_read([this] { return read_character(); });
  regs.thr.on_write([this](std::uint8_t character) { write_character(character); });
  regs.ier.on_write([this](R::Ier ier) {
    // Enabling the interrupt while the transmitter is empty raises it.
    if (ier.thre && !thre_enabled_ && regs.lsr.get().thre) thre_pending_ = true;
    thre_enabled_ = ier.thre;
    refresh();
  });
  regs.iir.on_read([this] {
    const R::Iir iir = regs.iir.get();
    if (!iir.none && iir.id == R::Iir::kIdThre) thre_pending_ = false;
    refresh();
    return iir;
  });
  regs.fcr.on_write([this](R::Fcr fcr) { control_fifos(fcr, fifo_enabled_); });
  regs.mcr.on_write([this] { drive_modem_status(); });
  regs.lsr.on_read([this] {
    const R::Lsr lsr = regs.lsr.get();
    regs.lsr.update([](R::Lsr& now) { now.overrun = false; });
    refresh();
    return lsr;
  });
  regs.msr.on_read([this] {
    const R::Msr msr = regs.msr.get();
    regs.msr.update([](R::Msr& now) { now.dcts = now.ddsr = now.teri = now.ddcd = false; });
    refresh();
    return msr;
  });
}

void UartCore::write_character(std::uint8_t character) {
  if (tx_.size() >= capacity()) {
    ++statistics_.lost;
    return;
  }
  tx_.push_back(character);
  thre_pending_ = false;
  if (!shifting_) shift_next();
  refresh();
}

void UartCore::shift_next() {
  shift_ = tx_.front();
  tx_.pop_front();
  shifting_ = true;
  if (tx_.empty()) thre_pending_ = true;
  if (start) start();
}

void UartCore::shifted() {
  shifting_ = false;
  ++statistics_.sent;
  if (regs.mcr.get().loop) {
    if (!receive(shift_)) {
      ++statistics_.lost;
      regs.lsr.update([](R::Lsr& lsr) { lsr.overrun = true; });
    }
  } else if (send) {
    send(shift_);
  }
  if (!tx_.empty()) shift_next();
  refresh();
}

bool UartCore::receive(std::uint8_t character) {
  if (!room()) return false;
  rx_.push_back(character);
  ++statistics_.received;
  refresh();
  return true;
}

std::uint8_t UartCore::read_character() {
  if (rx_.empty()) return 0;
  const std::uint8_t character = rx_.front();
  rx_.pop_front();
  refresh();
  return character;
}

void UartCore::control_fifos(R::Fcr fcr, bool was_enabled) {
  fifo_enabled_ = fcr.enable;
  if (fcr.rx_reset || fcr.enable != was_enabled) rx_.clear();
  if ((fcr.tx_reset || fcr.enable != was_enabled) && !tx_.empty()) {
    tx_.clear();
    thre_pending_ = true;
  }
  refresh();
}

// The far end is always there and ready; in loop-back the port's own outputs take its place.
void UartCore::drive_modem_status() {
  const R::Mcr mcr = regs.mcr.get();
  regs.msr.update([&](R::Msr& msr) {
    const R::Msr before = msr;
    msr.cts = !mcr.loop || mcr.rts;
    msr.dsr = !mcr.loop || mcr.dtr;
    msr.ri = mcr.loop && mcr.out1;
    msr.dcd = !mcr.loop || mcr.out2;
    msr.dcts = before.dcts || msr.cts != before.cts;
    msr.ddsr = before.ddsr || msr.dsr != before.dsr;
    msr.teri = before.teri || (before.ri && !msr.ri);
    msr.ddcd = before.ddcd || msr.dcd != before.dcd;
  });
  refresh();
}

void UartCore::refresh() {
  regs.lsr.update([this](R::Lsr& lsr) {
    lsr.dr = !rx_.empty();
    lsr.thre = tx_.empty();
    lsr.temt = tx_.empty() && !shifting_;
  });
  regs.iir.set(identify());
}

// In the order of priority that the 16550 has.
R::Iir UartCore::identify() const {
  const R::Ier ier = regs.ier.get();
  const R::Lsr lsr = regs.lsr.get();
  const R::Msr msr = regs.msr.get();
  const bool fifo = regs.fcr.get().enable;
  const auto iir = [fifo](unsigned id) {
    return R::Iir{.id = static_cast<std::uint8_t>(id), .fifo = std::uint8_t(fifo ? 3 : 0)};
  };
  if (ier.rls && (lsr.overrun || lsr.parity || lsr.framing || lsr.brk)) return iir(R::Iir::kIdRls);
  const std::size_t trigger = fifo ? kTriggers[regs.fcr.get().trigger] : 1;
  if (ier.rda && rx_.size() >= trigger) return iir(R::Iir::kIdRda);
  if (ier.rda && !rx_.empty()) return iir(R::Iir::kIdTimeout);
  if (ier.thre && thre_pending_) return iir(R::Iir::kIdThre);
  if (ier.ms && (msr.dcts || msr.ddsr || msr.teri || msr.ddcd)) return iir(R::Iir::kIdModem);
  R::Iir none = iir(0);
  none.none = true;
  return none;
}

unsigned UartCore::half_bits() const {
  const R::Lcr lcr = regs.lcr.get();
  const unsigned data_bits = 5u + lcr.word_length;
  const unsigned stop_half_bits = !lcr.stop_bits ? 2 : data_bits == 5 ? 3 : 4;
  return 2 * (1 + data_bits + (lcr.parity_enable ? 1 : 0)) + stop_half_bits;
}

unsigned UartCore::divisor() const {
  return std::max(1u, regs.dll.get() | unsigned{regs.dlm.get()} << 8);
}

}  // namespace cvp
