// SPDX-License-Identifier: Apache-2.0
//
// Which of an initiator's own transactions a payload is: what a response that comes back needs.
#pragma once

#include <tlm>

namespace cvp {

/// The initiator owns the payload, and this with it.
struct PayloadMark : tlm::tlm_extension<PayloadMark> {
  const void* owner = nullptr;
  std::size_t index = 0;  ///< Among those of the owner.

  tlm::tlm_extension_base* clone() const override { return new PayloadMark(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const PayloadMark&>(other);
  }
  /// Of a payload that belongs to `owner`; null: it does not.
  static const PayloadMark* find(const tlm::tlm_generic_payload& payload, const void* owner) {
    const auto* mark = payload.get_extension<PayloadMark>();
    return mark != nullptr && mark->owner == owner ? mark : nullptr;
  }
};

}  // namespace cvp
