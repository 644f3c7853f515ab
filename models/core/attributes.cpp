// SPDX-License-Identifier: Apache-2.0
#include "models/core/attributes.h"

namespace cvp {

const char* to_string(TrafficClass traffic_class) {
  static constexpr const char* kNames[kTrafficClasses] = {"other", "hart", "tensor", "control",
                                                          "message"};
  return kNames[static_cast<std::size_t>(traffic_class)];
}

const Attributes& Attributes::of(const tlm::tlm_generic_payload& transaction) {
  static const Attributes defaults;
  const auto* attributes = transaction.get_extension<Attributes>();
  return attributes != nullptr ? *attributes : defaults;
}

void Attributes::set_poison(tlm::tlm_generic_payload& transaction) {
  if (auto* attributes = transaction.get_extension<Attributes>()) attributes->poison = true;
}

}  // namespace cvp
