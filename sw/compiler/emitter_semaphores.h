// SPDX-License-Identifier: Apache-2.0
//
// What the semaphores of a compiled program mean; emitter.h says who waits and who posts.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cvp {

enum : std::uint8_t {
  kInputFree = 0,   // And 1: a buffer each.
  kMatmulFull = 2,  // And 3.
  kVectorFull = 4,  // And 5.
  kAccumulatorsFree = 6,
  kAccumulatorsFull = 7,
  kOutputFree = 8,
  kOutputFull = 9,
  kWeightsFree = 10,
  kDone = 11,  // And 12: layers with even and odd numbers.
  kSemaphoreCount = 13,
};

inline std::uint8_t done_of(std::size_t layer) {
  return static_cast<std::uint8_t>(kDone + layer % 2);
}

}  // namespace cvp
