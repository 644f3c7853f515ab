// SPDX-License-Identifier: Apache-2.0
//
// The one ignorable extension of a transaction. Absent means defaults, so that foreign
// base-protocol models bind unchanged.
#pragma once

#include <tlm>

#include "models/core/action_queue.h"
#include "models/core/traffic_class.h"

namespace cvp {

/// Read-modify-write done at the memory: the operations of the A extension. The payload of an
/// atomic is a read whose data buffer holds the operand on the way in and the old value on the way
/// out. kCompareSwap expects {expected, new} in a buffer of twice the length.
enum class AtomicOp : std::uint8_t {
  kNone,
  kSwap,
  kAdd,
  kXor,
  kAnd,
  kOr,
  kMin,
  kMax,
  kMinUnsigned,
  kMaxUnsigned,
  kCompareSwap,
};

struct Attributes : tlm::tlm_extension<Attributes> {
  SourceId source = 0;          ///< Instance that issued it.
  std::uint32_t requester = 0;  ///< Hart or function within the instance.
  TrafficClass traffic_class = TrafficClass::kOther;
  AtomicOp atomic = AtomicOp::kNone;
  bool posted = false;   ///< A write nobody waits for; never overtakes an earlier posted write.
  bool poison = false;   ///< Data is known to be bad; travels both ways.
  bool no_data = false;  ///< Timing only: the data pointer refers to a shared zero page.
  std::uint64_t transaction_id = 0;  ///< For the trace.

  tlm::tlm_extension_base* clone() const override { return new Attributes(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const Attributes&>(other);
  }

  /// The transaction's attributes, or the defaults.
  static const Attributes& of(const tlm::tlm_generic_payload& transaction);
  /// Marks the answer as poisoned, where there are attributes to mark.
  static void set_poison(tlm::tlm_generic_payload& transaction);

  template <class Archive>
  void serialize(Archive& archive) {
    archive(source, requester, traffic_class, atomic, posted, poison, no_data, transaction_id);
  }
};

}  // namespace cvp
