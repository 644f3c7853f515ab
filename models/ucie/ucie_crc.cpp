// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/ucie_crc.h"

#include <array>

namespace cvp {
namespace {

constexpr std::size_t kSlices = 16;
using Table = std::array<std::uint16_t, 256>;

// The generator with its bits in the order in which they leave.
constexpr std::uint16_t reflected(std::uint16_t generator) {
  std::uint16_t result = 0;
  for (unsigned bit = 0; bit < 16; ++bit) {
    if ((generator >> bit & 1) != 0) result = static_cast<std::uint16_t>(result | 0x8000 >> bit);
  }
  return result;
}

// tables[n][b]: the remainder of the byte b with n bytes of zeros behind it.
constexpr std::array<Table, kSlices> make_tables() {
  std::array<Table, kSlices> tables{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    auto crc = static_cast<std::uint16_t>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      crc = static_cast<std::uint16_t>(
          crc >> 1 ^ ((crc & 1) != 0 ? reflected(kUcieCrcGenerator) : std::uint16_t{0}));
    }
    tables[0][byte] = crc;
  }
  for (std::size_t n = 1; n < kSlices; ++n) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint16_t before = tables[n - 1][byte];
      tables[n][byte] = static_cast<std::uint16_t>(before >> 8 ^ tables[0][before & 0xFF]);
    }
  }
  return tables;
}

constexpr std::array<Table, kSlices> kTables = make_tables();

}  // namespace

std::uint16_t ucie_crc16(std::span<const std::uint8_t> message) {
  unsigned crc = 0;
  const std::uint8_t* byte = message.data();
  std::size_t left = message.size();
  for (; left >= kSlices; left -= kSlices, byte += kSlices) {
    unsigned next = kTables[15][byte[0] ^ (crc & 0xFF)] ^ kTables[14][byte[1] ^ crc >> 8];
    for (std::size_t i = 2; i < kSlices; ++i) next ^= kTables[kSlices - 1 - i][byte[i]];
    crc = next;
  }
  for (; left > 0; --left, ++byte) crc = crc >> 8 ^ kTables[0][*byte ^ (crc & 0xFF)];
  return static_cast<std::uint16_t>(crc);
}

}  // namespace cvp
