// SPDX-License-Identifier: Apache-2.0
#include "models/virtio/rng_device.h"

#include <algorithm>

#include "models/virtio/little_endian.h"

namespace cvp {
namespace {
/// A driver that asks for more gets less, as it may.
constexpr std::uint64_t kMaxBytes = 64 << 10;
}  // namespace

// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
std::uint64_t RngDevice::next() {
  std::uint64_t z = state_ += 0x9e37'79b9'7f4a'7c15;
  z = (z ^ z >> 30) * 0xbf58'476d'1ce4'e5b9;
  z = (z ^ z >> 27) * 0x94d0'49bb'1331'11eb;
  return z ^ z >> 31;
}

VirtioAnswer RngDevice::serve(unsigned, std::span<const std::uint8_t>, std::uint64_t writable) {
  if (writable == 0) return {.broken = "request for random numbers without room for any"};
  const std::uint64_t bytes = std::min(writable, kMaxBytes);
  std::vector<std::uint8_t> data;
  while (data.size() < bytes) append_little_endian(data, next());
  data.resize(bytes);
  return {.data = std::move(data), .takes = timing_.of(bytes)};
}

}  // namespace cvp
