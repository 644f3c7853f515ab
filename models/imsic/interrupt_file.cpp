// SPDX-License-Identifier: Apache-2.0
#include "models/imsic/interrupt_file.h"

#include <bit>

#include "models/core/report.h"

namespace cvp {
namespace {

constexpr unsigned kWordBits = 64;
constexpr unsigned kMinIdentities = 63, kMaxIdentities = 2047;

// [AIA: CSRs for external interrupts via an IMSIC]
enum Select : unsigned {
  kDelivery = 0x70,
  kThreshold = 0x72,
  kPending0 = 0x80,
  kEnabled0 = 0xc0,
  kEnd = 0x100
};

}  // namespace

bool InterruptFile::is_legal_size(unsigned identities) {
  return identities >= kMinIdentities && identities <= kMaxIdentities &&
         identities % kWordBits == kWordBits - 1;
}

InterruptFile::InterruptFile(unsigned identities)
    : pending_((identities + 1) / kWordBits),
      enabled_((identities + 1) / kWordBits),
      identities_(identities) {
  CVP_CHECK(is_legal_size(identities), "interrupt file of ", identities, " identities");
}

bool InterruptFile::set_pending(std::uint64_t identity) {
  if (identity == 0 || identity > identities_) return false;
  pending_[identity / kWordBits] |= std::uint64_t{1} << identity % kWordBits;
  return true;
}

// The threshold takes part here, and so in claims, too: unlike a PLIC's.
std::uint32_t InterruptFile::top() const {
  for (unsigned word = 0; word < pending_.size(); ++word) {
    const std::uint64_t candidates = pending_[word] & enabled_[word];
    if (candidates == 0) continue;
    const unsigned identity =
        word * kWordBits + static_cast<unsigned>(std::countr_zero(candidates));
    if (threshold_ != 0 && identity >= threshold_) return 0;
    return identity << 16 | identity;
  }
  return 0;
}

void InterruptFile::claim() {
  const unsigned identity = top() >> 16;
  pending_[identity / kWordBits] &= ~(std::uint64_t{1} << identity % kWordBits);
}

bool InterruptFile::read(unsigned select, std::uint64_t& value) const {
  value = 0;
  if (select < kDelivery || select >= kEnd) return false;
  if (select < kPending0) {
    if (select == kDelivery) value = static_cast<std::uint64_t>(delivery_);
    if (select == kThreshold) value = threshold_;
    return true;
  }
  if (select % 2 != 0) return false;  // Of harts of 32 bits only.
  const Bits& bits = select < kEnabled0 ? pending_ : enabled_;
  const unsigned word = select % (kEnabled0 - kPending0) / 2;
  if (word < bits.size()) value = bits[word];
  return true;
}

bool InterruptFile::write(unsigned select, std::uint64_t value) {
  if (select < kDelivery || select >= kEnd) return false;
  if (select < kPending0) {
    if (select == kDelivery) {
      for (const Delivery legal : {Delivery::kOff, Delivery::kFile, Delivery::kWires}) {
        if (value == static_cast<std::uint64_t>(legal)) delivery_ = legal;
      }
    }
    if (select == kThreshold) {
      threshold_ = static_cast<std::uint32_t>(value) & (std::bit_ceil(identities_ + 1) - 1);
    }
    return true;
  }
  if (select % 2 != 0) return false;
  Bits& bits = select < kEnabled0 ? pending_ : enabled_;
  const unsigned word = select % (kEnabled0 - kPending0) / 2;
  if (word < bits.size()) bits[word] = word == 0 ? value & ~std::uint64_t{1} : value;
  return true;
}

}  // namespace cvp
