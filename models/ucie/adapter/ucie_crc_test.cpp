// SPDX-License-Identifier: Apache-2.0
//
// The CRC against its definition, and its promises exhaustively, by syndromes: the CRC is linear,
// so what an error does depends on the error alone.
#include <array>
#include <bitset>
#include <catch2/catch.hpp>
#include <string_view>
#include <vector>

#include "models/core/splitmix64.h"
#include "models/ucie/adapter/ucie_crc.h"

namespace cvp {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kMessageBits = kUcieCrcMessageBytes * 8;
constexpr std::size_t kCodewordBits = kMessageBits + 16;

// Long division of the polynomials, bit by bit in the order of the wire; the remainder's highest
// power is its bit 0.
std::uint16_t divided(const Bytes& message) {
  std::vector<bool> dividend;
  for (const std::uint8_t byte : message) {
    for (unsigned bit = 0; bit < 8; ++bit) dividend.push_back((byte >> bit & 1) != 0);
  }
  const std::size_t length = dividend.size();
  dividend.resize(length + 16);
  for (std::size_t i = 0; i < length; ++i) {
    if (!dividend[i]) continue;
    for (const unsigned power : {16, 15, 2, 0})
      dividend[i + 16 - power] = !dividend[i + 16 - power];
  }
  std::uint16_t remainder = 0;
  for (unsigned i = 0; i < 16; ++i) {
    if (dividend[length + i]) remainder = static_cast<std::uint16_t>(remainder | 1u << i);
  }
  return remainder;
}

Bytes random_bytes(std::size_t count, std::uint64_t seed) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) {
    bytes[i] = static_cast<std::uint8_t>(splitmix64(seed << 20 | i));
  }
  return bytes;
}

// What the receiver sees of an error of one bit, by the model's own CRC: zero would be no error.
std::array<std::uint16_t, kCodewordBits> syndromes() {
  std::array<std::uint16_t, kCodewordBits> all{};
  Bytes message(kUcieCrcMessageBytes);
  for (std::size_t i = 0; i < kMessageBits; ++i) {
    message[i / 8] = static_cast<std::uint8_t>(1u << i % 8);
    all[i] = ucie_crc16(message);
    message[i / 8] = 0;
  }
  for (std::size_t i = 0; i < 16; ++i) {
    all[kMessageBits + i] = static_cast<std::uint16_t>(1u << i);
  }
  return all;
}

TEST_CASE("UcieCrc is the remainder of the division by its generator", "[unit][ucie]") {
  for (std::size_t bytes = 0; bytes <= kUcieCrcMessageBytes; ++bytes) {
    const Bytes message = random_bytes(bytes, bytes);
    INFO(bytes << " bytes");
    REQUIRE(ucie_crc16(message) == divided(message));
    REQUIRE(ucie_crc16_by_tables(message) == divided(message));
  }
  // The published check value of this generator in this order of bits (CRC-16/ARC).
  const std::string_view check = "123456789";
  CHECK(ucie_crc16(Bytes(check.begin(), check.end())) == 0xBB3D);
}

TEST_CASE("UcieCrc generator has a primitive factor of degree 15", "[unit][ucie]") {
  // x^15 + x + 1 divides x^n + 1 first at n = 2^15 - 1.
  unsigned power = 1, order = 0;
  do {
    power <<= 1;
    if (power >> 15 != 0) power ^= 0x8003;
    ++order;
  } while (power != 1);
  CHECK(order == 32767);
  // Times x + 1 it is the generator.
  CHECK((0x8003u << 1 ^ 0x8003u) == (0x10000u | kUcieCrcGenerator));
}

TEST_CASE("UcieCrc is linear", "[unit][ucie]") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Bytes a = random_bytes(kUcieCrcMessageBytes, 2 * seed);
    const Bytes b = random_bytes(kUcieCrcMessageBytes, 2 * seed + 1);
    Bytes sum = a;
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] ^= b[i];
    REQUIRE((ucie_crc16(a) ^ ucie_crc16(b)) == ucie_crc16(sum));
  }
}

TEST_CASE("UcieCrc finds every error of one, two and three bits", "[unit][ucie]") {
  const auto syndrome = syndromes();
  std::bitset<65536> single;
  for (const std::uint16_t s : syndrome) {
    REQUIRE(s != 0);           // One bit.
    REQUIRE(!single.test(s));  // Two bits: no two syndromes are equal.
    single.set(s);
  }
  // Three bits: no two add up to a third.
  std::size_t missed = 0;
  for (std::size_t i = 0; i < kCodewordBits; ++i) {
    for (std::size_t j = 0; j < i; ++j) missed += single.test(syndrome[i] ^ syndrome[j]) ? 1 : 0;
  }
  CHECK(missed == 0);
}

TEST_CASE("UcieCrc finds every burst of up to 16 bits", "[unit][ucie]") {
  const auto syndrome = syndromes();
  std::size_t missed = 0;
  // A burst begins with a bit in error; the 15 behind it come in the order of a Gray code.
  for (std::size_t first = 0; first < kCodewordBits; ++first) {
    const std::size_t free = std::min<std::size_t>(15, kCodewordBits - 1 - first);
    std::uint16_t sum = syndrome[first];
    missed += sum == 0 ? 1 : 0;
    for (std::size_t code = 1; code < std::size_t{1} << free; ++code) {
      sum ^= syndrome[first + 1 + static_cast<std::size_t>(__builtin_ctzll(code))];
      missed += sum == 0 ? 1 : 0;
    }
  }
  CHECK(missed == 0);
}

}  // namespace
}  // namespace cvp
