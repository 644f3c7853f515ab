// SPDX-License-Identifier: Apache-2.0
//
// Parity of what one direction carries, to see which lanes err while the link works: after every
// 64 KiB x N of flits go 64 x N bytes of parity, N = 1, 2 or 4. Byte k of the flits counts in byte
// k % (64 N) of the parity, each bit for itself. No SystemC.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace cvp {

class UcieParity {
 public:
  /// N; 0: there is no parity.
  explicit UcieParity(unsigned inserts = 0) : inserts_(inserts) {}

  /// The bytes of the next flit of 256; true: the parity is complete.
  bool add(std::span<const std::uint8_t> flit);
  /// 64 N bytes.
  std::span<const std::uint8_t> block() const {
    return std::span(bytes_).first(std::size_t{64} * inserts_);
  }
  /// Bits that differ from a block of the other end's: counts them in the element of their lane.
  /// Lanes beyond the block's bytes share one with those before.
  void compare(std::span<const std::uint8_t> block, std::vector<std::uint64_t>& lanes) const;
  void restart();

  template <class Archive>
  void serialize(Archive& archive) {
    archive(inserts_, bytes_, flits_);
  }

 private:
  unsigned inserts_;
  std::array<std::uint8_t, 256> bytes_{};
  std::uint32_t flits_ = 0;  // Since the last block.
};

}  // namespace cvp
