// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/decode.h"

namespace cvp {
namespace {

constexpr std::uint32_t both(OpKind first, OpKind second) {
  return static_cast<std::uint32_t>(first) << 16 | static_cast<std::uint32_t>(second);
}

}  // namespace

OpKind pair_of(OpKind first, OpKind second) {
  using enum OpKind;
  switch (both(first, second)) {
#define CVP_PAIR_CASE(one, other) \
  case both(k_##one, k_##other):  \
    return k_##one##_##other;
    CVP_PAIRS(CVP_PAIR_CASE)
#undef CVP_PAIR_CASE
    default:
      return k_illegal;
  }
}

}  // namespace cvp
