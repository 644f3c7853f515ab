// SPDX-License-Identifier: Apache-2.0
//
// The CRC of UCIe-style flits: 16 bits over a message of up to 128 bytes. No SystemC.
//
// Generator (x + 1)(x^15 + x + 1) = x^16 + x^15 + x^2 + 1, that is 0x8005. The second factor is
// primitive, so x has the order 2^15 - 1, far more than the 1040 bits of a message and its CRC:
// every error of one or two bits is found; the first factor finds every odd number of bits; the
// degree finds every burst of up to 16 bits. [UCIE: CRC Computation]
//
// Bits are counted as they leave, bit 0 of a byte first, and the CRC goes out low byte first, so
// that a burst on the wire is a burst of the polynomial. The register starts at zero: a message
// shorter than 128 bytes is one that zeros precede.
#pragma once

#include <cstdint>
#include <span>

namespace cvp {

inline constexpr std::uint16_t kUcieCrcGenerator = 0x8005;
inline constexpr std::size_t kUcieCrcMessageBytes =
    128;  ///< The guarantees hold up to this length.
inline constexpr std::size_t kUcieCrcBytes = 2;

/// By carry-less multiplication where the host has it, else by tables.
std::uint16_t ucie_crc16(std::span<const std::uint8_t> message);
/// Sixteen bytes a step by tables, on any host.
std::uint16_t ucie_crc16_by_tables(std::span<const std::uint8_t> message);

}  // namespace cvp
