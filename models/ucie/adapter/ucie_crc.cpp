// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_crc.h"

#include <algorithm>
#include <array>
#include <utility>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace cvp {
namespace {

constexpr std::size_t kSlices = 8;
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

#ifdef __x86_64__

constexpr std::uint32_t kWholeGenerator = 0x10000u | kUcieCrcGenerator;

// x^n modulo the generator, as the highest of 64 coefficients in the order of the wire.
constexpr std::uint64_t power(std::size_t n) {
  std::uint32_t remainder = 1;
  for (; n > 0; --n) {
    remainder <<= 1;
    if (remainder >> 16 != 0) remainder ^= kWholeGenerator;
  }
  return std::uint64_t{reflected(static_cast<std::uint16_t>(remainder))} << 48;
}

// x^80 divided by the generator, without its first bit, x^64; in the order of the wire.
constexpr std::uint64_t reciprocal() {
  std::uint64_t quotient = 0;
  std::uint32_t remainder = 1;
  for (unsigned bit = 0; bit <= 80; ++bit) {
    const bool divides = remainder >> 16 != 0;
    if (divides && bit > 16) quotient |= std::uint64_t{1} << (bit - 17);
    remainder = (divides ? remainder ^ kWholeGenerator : remainder) << 1;
  }
  return quotient;
}

constexpr std::size_t kBlock = 16;

// From byte n on: where each byte of a block comes from that holds n bytes at its end; 0x80: zero.
constexpr std::array<std::uint8_t, 2 * kBlock> kMoves = {
    0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
    0,    1,    2,    3,    4,    5,    6,    7,    8,    9,    10,   11,   12,   13,   14,   15};

// Of the halves of a block before n others.
struct alignas(kBlock) Powers {
  std::uint64_t first = 0, second = 0;
};
constexpr std::size_t kMostBlocks = kUcieCrcMessageBytes / kBlock;
constexpr auto kPowers = [] {
  std::array<Powers, kMostBlocks> powers{};
  for (std::size_t n = 0; n < kMostBlocks; ++n) {
    powers[n] = {power(8 * kBlock * n + 79), power(8 * kBlock * n + 15)};
  }
  return powers;
}();

__m128i load(const void* bytes) { return _mm_loadu_si128(static_cast<const __m128i*>(bytes)); }

// What a block before n others leaves.
__attribute__((target("pclmul"))) inline __m128i fold(__m128i block, std::size_t n) {
  const __m128i powers = load(&kPowers[n]);
  return _mm_xor_si128(_mm_clmulepi64_si128(block, powers, 0x00),
                       _mm_clmulepi64_si128(block, powers, 0x11));
}

// Folds a message of so many blocks, the first of which may be short, into 80 bits that leave the
// same remainder:
//   1. A block holds first * x^64 + second, with earlier bits in lower places.
//   2. Before n others, and the 16 bits of the CRC, it stands for
//      first * x^(128 n + 80) + second * x^(128 n + 16).
//   3. In this order of bits a product comes out times x, so the constants have a power less.
//   4. Of the sum, the generator leaves what its last 16 bits and those of the quotient times the
//      generator differ in; the quotient is found with its reciprocal (Barrett's reduction).
template <std::size_t blocks>
__attribute__((target("pclmul,ssse3"))) std::uint16_t by_multiplication(
    std::span<const std::uint8_t> message) {
  // Zeros in front of a short block change nothing: it moves up by as many bytes.
  const std::size_t head = message.size() - (blocks - 1) * kBlock;
  const __m128i first = _mm_shuffle_epi8(load(message.data()), load(&kMoves[head]));
  __m128i sum = fold(first, blocks - 1);
#pragma GCC unroll 8
  for (std::size_t i = 1; i < blocks; ++i) {
    const __m128i block = load(message.data() + head + (i - 1) * kBlock);
    sum = _mm_xor_si128(sum, fold(block, blocks - 1 - i));
  }
  const __m128i barrett = _mm_set_epi64x(reflected(kUcieCrcGenerator), reciprocal());
  const __m128i dividend = _mm_srli_si128(sum, 6);
  const __m128i more = _mm_slli_epi64(_mm_clmulepi64_si128(dividend, barrett, 0x00), 1);
  const __m128i quotient = _mm_srli_epi64(_mm_xor_si128(dividend, more), 48);
  const __m128i multiple = _mm_clmulepi64_si128(quotient, barrett, 0x10);
  return static_cast<std::uint16_t>(_mm_cvtsi128_si32(multiple) >> 15 ^ _mm_extract_epi16(sum, 7));
}

constexpr auto kByBlocks = []<std::size_t... n>(std::index_sequence<n...>) {
  return std::array{&by_multiplication<n + 1>...};
}
(std::make_index_sequence<kMostBlocks>());

bool can_multiply() {
  return __builtin_cpu_supports("pclmul") != 0 && __builtin_cpu_supports("ssse3") != 0;
}

#endif

}  // namespace

std::uint16_t ucie_crc16(std::span<const std::uint8_t> message) {
#ifdef __x86_64__
  const bool fits = message.size() >= kBlock && message.size() <= kUcieCrcMessageBytes;
  if (fits && can_multiply()) return kByBlocks[(message.size() - 1) / kBlock](message);
#endif
  return ucie_crc16_by_tables(message);
}

std::uint16_t ucie_crc16_by_tables(std::span<const std::uint8_t> message) {
  unsigned crc = 0;
  const std::uint8_t* byte = message.data();
  std::size_t left = message.size();
  for (; left >= kSlices; left -= kSlices, byte += kSlices) {
    unsigned next = kTables[7][byte[0] ^ (crc & 0xFF)] ^ kTables[6][byte[1] ^ crc >> 8];
    for (std::size_t i = 2; i < kSlices; ++i) next ^= kTables[kSlices - 1 - i][byte[i]];
    crc = next;
  }
  for (; left > 0; --left, ++byte) crc = crc >> 8 ^ kTables[0][*byte ^ (crc & 0xFF)];
  return static_cast<std::uint16_t>(crc);
}

}  // namespace cvp
