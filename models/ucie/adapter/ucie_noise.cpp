// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_noise.h"

#include <algorithm>
#include <utility>

namespace cvp {
namespace {

void flip(UcieFlit& flit, std::uint64_t bit) {
  flit.bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
}

}  // namespace

bool UcieBitFaults::any() const {
  return burst > 0 || std::ranges::any_of(lane_ber, [](double ber) { return ber > 0; });
}

UcieNoise::UcieNoise(const UcieFlitLayout& layout, UcieBitFaults faults, std::uint64_t seed)
    : layout_(&layout), random_(seed) {
  change(std::move(faults));
}

void UcieNoise::change(UcieBitFaults faults) {
  faults_ = std::move(faults);
  worst_ber_ = 0;
  first_lane_ = 0;
  for (const double ber : faults_.lane_ber) worst_ber_ = std::max(worst_ber_, ber);
  next_error_ = random_.trials_before(worst_ber_);
}

bool UcieNoise::damage(UcieFlit& flit) {
  bool damaged = worst_ber_ > 0 && damage_bits(flit);
  if (random_.chance(faults_.burst)) {
    ++bursts_;
    damage_burst(flit);
    damaged = true;
  }
  damaged_flits_ += damaged ? 1 : 0;
  return damaged;
}

void UcieNoise::damage_burst(UcieFlit& flit) {
  const std::uint64_t bits = layout_->wire_bytes * std::uint64_t{8};
  const std::uint64_t length = 1 + random_.below(faults_.burst_bits);
  const std::uint64_t first = random_.below(bits);
  const std::uint64_t last = std::min(first + length - 1, bits - 1);
  for (std::uint64_t bit = first; bit <= last; ++bit) {
    // The first and the last bit are wrong; those between with one chance in two.
    if (bit == first || bit == last || random_.below(2) == 0) flip(flit, bit);
  }
}

// Draws how far away the next error of the worst lane's rate is, and thins it out for better lanes.
bool UcieNoise::damage_bits(UcieFlit& flit) {
  const std::uint64_t bits = layout_->wire_bytes * std::uint64_t{8};
  bool damaged = false;
  while (next_error_ < bits) {
    const std::uint64_t lane = (first_lane_ + next_error_ / 8) % faults_.lane_ber.size();
    if (faults_.lane_ber[lane] >= worst_ber_ ||
        random_.chance(faults_.lane_ber[lane] / worst_ber_)) {
      flip(flit, next_error_);
      damaged = true;
    }
    const std::uint64_t clean = random_.trials_before(worst_ber_);
    next_error_ = clean == UcieRandom::kNever ? clean : next_error_ + 1 + clean;
  }
  if (next_error_ != UcieRandom::kNever) next_error_ -= bits;
  first_lane_ = (first_lane_ + layout_->wire_bytes) % faults_.lane_ber.size();
  return damaged;
}

}  // namespace cvp
