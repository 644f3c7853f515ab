// SPDX-License-Identifier: Apache-2.0
#include "models/cxl/cxl_component.h"

namespace cvp {
namespace {
constexpr std::uint32_t kLowBits = 0xf000'0000;

std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value) & kLowBits; }
std::uint32_t high(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }
std::uint64_t join(std::uint64_t low_part, std::uint64_t high_part) {
  return high_part << 32 | low_part;
}
}  // namespace

CxlComponent::CxlComponent(const AddrRange& window, std::uint64_t capacity, unsigned targets)
    : decoders_(window, capacity), device_(targets == 0) {
  regs_.hdm_capability.set_reset(
      {.decoder_count = CxlHdmDecoders::kCount / 2, .target_count = targets});
  regs_.hdm_control.on_write([this] { changed(); });
  regs_.decoder_control.on_write(
      [this](std::size_t index, CxlComponentRegs::DecoderControl control) {
        write_control(index, control);
      });
  const auto guard = [this](std::size_t index, const auto&) { keep_if_locked(index); };
  regs_.decoder_base_low.on_write(guard);
  regs_.decoder_base_high.on_write(guard);
  regs_.decoder_size_low.on_write(guard);
  regs_.decoder_size_high.on_write(guard);
  regs_.decoder_target_low.on_write(guard);
  regs_.decoder_target_high.on_write(guard);
}

std::optional<CxlHdmDecoders::Hit> CxlComponent::find(Addr host_address,
                                                      std::uint64_t length) const {
  if (!regs_.hdm_control.get().enable) return std::nullopt;
  return decoders_.find(host_address, length);
}

bool CxlComponent::program(const AddrRange& range) {
  regs_.hdm_control.set({.enable = true});
  regs_.decoder_base_low.set_bits(0, low(range.base));
  regs_.decoder_base_high.set_bits(0, high(range.base));
  regs_.decoder_size_low.set_bits(0, low(range.size));
  regs_.decoder_size_high.set_bits(0, high(range.size));
  CxlComponentRegs::DecoderControl control;
  control.commit = control.host_only = true;
  write_control(0, control);
  return decoders_.committed(0);
}

CxlHdmSetting CxlComponent::setting(std::size_t index) const {
  CxlHdmSetting result;
  result.range.base = join(regs_.decoder_base_low.bits(index), regs_.decoder_base_high.bits(index));
  result.range.size = join(regs_.decoder_size_low.bits(index), regs_.decoder_size_high.bits(index));
  if (device_) {
    result.skip = join(regs_.decoder_target_low.bits(index) & kLowBits,
                       regs_.decoder_target_high.bits(index));
  }
  result.ways = regs_.decoder_control.get(index).ways;
  return result;
}

void CxlComponent::write_control(std::size_t index, CxlComponentRegs::DecoderControl control) {
  const bool was_committed = decoders_.committed(index);
  if (was_committed && CxlComponentRegs::DecoderControl::from_bits(saved_[index].control).lock) {
    return keep_if_locked(index);
  }
  regs_.decoder_control.set(index, control);
  if (was_committed && !control.commit) decoders_.uncommit(index);
  bool refused = false;
  if (!was_committed && control.commit) refused = !decoders_.commit(index, setting(index));
  control.committed = decoders_.committed(index);
  control.error = refused;
  regs_.decoder_control.set(index, control);
  if (control.committed && !was_committed) save(index);
  if (control.committed != was_committed) changed();
}

void CxlComponent::save(std::size_t index) {
  const auto bits = [index](const RegisterBase& reg) {
    return static_cast<std::uint32_t>(reg.bits(index));
  };
  saved_[index] = {bits(regs_.decoder_base_low),   bits(regs_.decoder_base_high),
                   bits(regs_.decoder_size_low),   bits(regs_.decoder_size_high),
                   bits(regs_.decoder_target_low), bits(regs_.decoder_target_high),
                   bits(regs_.decoder_control)};
}

// A locked decoder takes no writes until reset.
void CxlComponent::keep_if_locked(std::size_t index) {
  const Saved& saved = saved_[index];
  if (!decoders_.committed(index) ||
      !CxlComponentRegs::DecoderControl::from_bits(saved.control).lock) {
    return;
  }
  regs_.decoder_base_low.set_bits(index, saved.base_low);
  regs_.decoder_base_high.set_bits(index, saved.base_high);
  regs_.decoder_size_low.set_bits(index, saved.size_low);
  regs_.decoder_size_high.set_bits(index, saved.size_high);
  regs_.decoder_target_low.set_bits(index, saved.target_low);
  regs_.decoder_target_high.set_bits(index, saved.target_high);
  regs_.decoder_control.set_bits(index, saved.control);
}

}  // namespace cvp
