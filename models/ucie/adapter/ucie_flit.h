// SPDX-License-Identifier: Apache-2.0
//
// Flits of a UCIe-style adapter: their formats as data, their header, and sealing and checking
// them. No SystemC, no state.
//
// Sizes are those of the public record; where it does not place a field, the place is ours. A flit
// of 256 bytes has two CRCs over 128 bytes or less each; in the latency-optimised formats each
// half ends with its own, so that it can be forwarded before the other has come. Layout and header:
// FLITS.md, "Flits".
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace cvp {

enum class UcieFlitFormat : std::uint8_t {
  kRaw,  ///< 64 bytes of the protocol's own; no header, CRC or retry here.
  k68,
  k256,             ///< Standard.
  k256LatOpt,       ///< Latency-optimised, without optional bytes.
  k256LatOptExtra,  ///< Latency-optimised, with optional bytes.
};
inline constexpr std::array kUcieFlitFormats = {UcieFlitFormat::kRaw, UcieFlitFormat::k68,
                                                UcieFlitFormat::k256, UcieFlitFormat::k256LatOpt,
                                                UcieFlitFormat::k256LatOptExtra};

/// Whose bytes a flit carries.
enum class UcieProtocol : std::uint8_t {
  kNone,       ///< A NOP flit.
  kIo,         ///< PCIe or CXL.io: a part of the payload area is the link layer's.
  kMem,        ///< CXL.mem.
  kStreaming,  ///< Reads, writes, atomics and messages as in ucie_message.h.
};

struct UcieByteRange {
  std::uint16_t first = 0, count = 0;
};

struct UcieFlitLayout {
  struct Crc {
    UcieByteRange message;       ///< What it protects.
    std::uint16_t position = 0;  ///< Its first byte.
  };

  std::string_view name;  ///< As on the command line.
  std::uint16_t wire_bytes = 0;
  std::uint16_t forward_bytes = 0;  ///< Of them must have come before the first payload leaves.
  std::array<UcieByteRange, 2> payload;  ///< In the order in which bytes fill them.
  std::array<Crc, 2> crcs;
  std::uint8_t crc_count = 0;  ///< 0: no header either.

  constexpr bool has_header() const { return crc_count > 0; }
  constexpr std::uint16_t payload_bytes() const {
    return static_cast<std::uint16_t>(payload[0].count + payload[1].count);
  }
};

/// By format and protocol.
extern const std::array<std::array<UcieFlitLayout, 4>, 5> kUcieFlitLayouts;
inline const UcieFlitLayout& ucie_flit_layout(UcieFlitFormat format,
                                              UcieProtocol protocol = UcieProtocol::kStreaming) {
  return kUcieFlitLayouts[static_cast<std::size_t>(format)][static_cast<std::size_t>(protocol)];
}

/// Of protocol layers over one adapter; their flits take turns.
inline constexpr unsigned kUcieStacks = 2;

/// Numbers of flits and counts in headers are modulo this; at most half of it is in flight.
inline constexpr std::uint32_t kUcieSequences = 512;
/// A header tells counts rounded down to a multiple of this.
inline constexpr std::uint32_t kUcieReportStep = 32;

/// The first two bytes of a flit.
struct UcieFlitHeader {
  static constexpr std::size_t kBytes = 2;

  UcieProtocol protocol = UcieProtocol::kNone;
  std::uint8_t stack = 0;      ///< 0 or 1.
  std::uint16_t sequence = 0;  ///< Of this flit; of the next that has one in a NOP flit.
  std::uint16_t report = 0;    ///< Steps of flits accepted (even sequence) or consumed (odd).

  auto operator<=>(const UcieFlitHeader&) const = default;

  /// Byte 0: protocol 7:6, stack 5, report 4:1, sequence 8; byte 1: sequence 7:0.
  constexpr std::array<std::uint8_t, kBytes> encode() const {
    const unsigned first = static_cast<unsigned>(protocol) << 6 | (stack & 1u) << 5 |
                           (report & 0xFu) << 1 | (sequence >> 8 & 1u);
    return {static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(sequence & 0xFF)};
  }
  static constexpr UcieFlitHeader decode(std::span<const std::uint8_t, kBytes> bytes) {
    return {.protocol = static_cast<UcieProtocol>(bytes[0] >> 6),
            .stack = static_cast<std::uint8_t>(bytes[0] >> 5 & 1),
            .sequence = static_cast<std::uint16_t>((bytes[0] & 1) << 8 | bytes[1]),
            .report = static_cast<std::uint16_t>(bytes[0] >> 1 & 0xF)};
  }
};

/// The bytes of a flit as they leave; a format of less than 256 uses the first ones.
struct UcieFlit {
  std::array<std::uint8_t, 256> bytes{};

  UcieFlitHeader header() const {
    return UcieFlitHeader::decode(std::span(bytes).first<UcieFlitHeader::kBytes>());
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(bytes);
  }
};

/// Writes the header and the CRCs; the payload is there already.
void ucie_seal(const UcieFlitLayout& layout, const UcieFlitHeader& header, UcieFlit& flit);
/// Every CRC fits. A flit without any is always intact.
bool ucie_intact(const UcieFlitLayout& layout, const UcieFlit& flit);

}  // namespace cvp
