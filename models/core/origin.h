// SPDX-License-Identifier: Apache-2.0
//
// Which of an initiator's own transactions a payload is: what a response that comes back needs.
#pragma once

#include <tlm>

namespace cvp {

/// The initiator owns the payload, and this with it.
struct Origin : tlm::tlm_extension<Origin> {
  const void* owner = nullptr;
  std::size_t index = 0;  ///< Among those of the owner.

  tlm::tlm_extension_base* clone() const override { return new Origin(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const Origin&>(other);
  }
  /// Of a payload that belongs to `owner`; null: it does not.
  static const Origin* find(const tlm::tlm_generic_payload& payload, const void* owner) {
    const auto* origin = payload.get_extension<Origin>();
    return origin != nullptr && origin->owner == owner ? origin : nullptr;
  }
};

}  // namespace cvp
