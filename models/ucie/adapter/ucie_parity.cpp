// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_parity.h"

#include <algorithm>
#include <bit>

namespace cvp {

bool UcieParity::add(std::span<const std::uint8_t> flit) {
  if (inserts_ == 0) return false;
  if (flits_ == 256 * inserts_) restart();
  const std::size_t size = block().size();
  for (std::size_t i = 0; i < flit.size(); ++i) bytes_[i % size] ^= flit[i];
  return ++flits_ == 256 * inserts_;
}

void UcieParity::compare(std::span<const std::uint8_t> block,
                         std::vector<std::uint64_t>& lanes) const {
  const std::size_t size = std::min(block.size(), bytes_.size());
  for (std::size_t i = 0; i < size; ++i) {
    const auto wrong = static_cast<unsigned>(block[i] ^ bytes_[i]);
    lanes[i % lanes.size()] += static_cast<std::uint64_t>(std::popcount(wrong));
  }
}

void UcieParity::restart() {
  bytes_.fill(0);
  flits_ = 0;
}

}  // namespace cvp
