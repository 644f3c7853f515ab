// SPDX-License-Identifier: Apache-2.0
//
// Formats of flits against the figures of the public record, and what their bytes protect.
#include <catch2/catch.hpp>
#include <string>

#include "models/core/splitmix64.h"
#include "models/ucie/adapter/ucie_flit.h"

namespace cvp {
namespace {

using Format = UcieFlitFormat;

TEST_CASE("UcieFlit formats have the published sizes and efficiency", "[unit][ucie]") {
  // Computed outside this project from the figures of the public record (README.md, "Sources").
  struct Row {
    Format format;
    UcieProtocol protocol;
    unsigned wire, payload;
    double percent;
  };
  constexpr Row kRows[] = {
      {Format::kRaw, UcieProtocol::kStreaming, 64, 64, 100.0},
      {Format::k68, UcieProtocol::kStreaming, 68, 64, 94.118},
      {Format::k68, UcieProtocol::kIo, 68, 64, 94.118},
      {Format::k256, UcieProtocol::kIo, 256, 236, 92.188},
      {Format::k256, UcieProtocol::kStreaming, 256, 240, 93.75},
      {Format::k256, UcieProtocol::kMem, 256, 240, 93.75},
      {Format::k256LatOpt, UcieProtocol::kMem, 256, 236, 92.188},
      {Format::k256LatOpt, UcieProtocol::kStreaming, 256, 236, 92.188},
      {Format::k256LatOptExtra, UcieProtocol::kIo, 256, 240, 93.75},
      {Format::k256LatOptExtra, UcieProtocol::kMem, 256, 250, 97.656},
      {Format::k256LatOptExtra, UcieProtocol::kStreaming, 256, 250, 97.656},
  };
  for (const Row& row : kRows) {
    const UcieFlitLayout& layout = ucie_flit_layout(row.format, row.protocol);
    INFO(layout.name);
    CHECK(layout.wire_bytes == row.wire);
    CHECK(layout.payload_bytes() == row.payload);
    CHECK(100.0 * layout.payload_bytes() / layout.wire_bytes == Approx(row.percent).margin(0.0006));
  }
}

TEST_CASE("UcieFlit fields share no byte and every byte but the CRCs is protected once",
          "[unit][ucie]") {
  for (const Format format : kUcieFlitFormats) {
    for (const UcieProtocol protocol : {UcieProtocol::kIo, UcieProtocol::kStreaming}) {
      const UcieFlitLayout& layout = ucie_flit_layout(format, protocol);
      INFO(layout.name);
      std::string owner(layout.wire_bytes, '.');
      std::string guarded(layout.wire_bytes, '0');
      const auto take = [&](unsigned first, unsigned count, char who) {
        REQUIRE(first + count <= layout.wire_bytes);
        for (unsigned i = first; i < first + count; ++i) {
          REQUIRE(owner[i] == '.');
          owner[i] = who;
        }
      };
      if (layout.has_header()) take(0, UcieFlitHeader::kBytes, 'h');
      for (const auto& range : layout.payload) take(range.first, range.count, 'p');
      for (unsigned i = 0; i < layout.crc_count; ++i) {
        const auto& crc = layout.crcs[i];
        take(crc.position, 2, 'c');
        CHECK(crc.message.count <= 128);
        for (unsigned b = 0; b < crc.message.count; ++b) ++guarded[crc.message.first + b];
      }
      if (!layout.has_header()) continue;
      for (unsigned i = 0; i < layout.wire_bytes; ++i) {
        INFO("byte " << i);
        CHECK(guarded[i] == (owner[i] == 'c' ? '0' : '1'));
      }
    }
  }
}

TEST_CASE("UcieFlit latency-optimised halves are forwarded on their own", "[unit][ucie]") {
  for (const Format format : {Format::k256LatOpt, Format::k256LatOptExtra}) {
    const UcieFlitLayout& layout = ucie_flit_layout(format);
    CHECK(layout.forward_bytes == 128);
    CHECK(layout.payload[0].first + layout.payload[0].count <= 126);
    CHECK(layout.crcs[0].position == 126);
    CHECK(layout.payload[1].first >= 128);
    CHECK(layout.crcs[1].position == 254);
  }
  CHECK(ucie_flit_layout(Format::k256).forward_bytes == 256);
}

TEST_CASE("UcieFlit header keeps every field", "[unit][ucie]") {
  for (unsigned protocol = 0; protocol < 4; ++protocol) {
    for (unsigned rest = 0; rest < 1u << 14; ++rest) {
      const UcieFlitHeader header{.protocol = static_cast<UcieProtocol>(protocol),
                                  .stack = static_cast<std::uint8_t>(rest & 1),
                                  .sequence = static_cast<std::uint16_t>(rest >> 1 & 0x1FF),
                                  .report = static_cast<std::uint16_t>(rest >> 10)};
      REQUIRE(UcieFlitHeader::decode(header.encode()) == header);
    }
  }
  // Byte 0: protocol 7:6, stack 5, report 4:1, sequence 8.
  const auto bytes = UcieFlitHeader{UcieProtocol::kMem, 1, 0x1A5, 0b1001}.encode();
  CHECK(bytes[0] == 0b1011'0011);
  CHECK(bytes[1] == 0xA5);
}

TEST_CASE("UcieFlit with any one bit in error is not intact", "[unit][ucie]") {
  for (const Format format : kUcieFlitFormats) {
    const UcieFlitLayout& layout = ucie_flit_layout(format);
    INFO(layout.name);
    UcieFlit flit;
    for (std::size_t i = 0; i < layout.wire_bytes; ++i) {
      flit.bytes[i] = static_cast<std::uint8_t>(splitmix64(i));
    }
    ucie_seal(layout, {UcieProtocol::kStreaming, 0, 77, 3}, flit);
    REQUIRE(ucie_intact(layout, flit));
    if (!layout.has_header()) continue;
    CHECK(flit.header() == UcieFlitHeader{UcieProtocol::kStreaming, 0, 77, 3});
    for (unsigned bit = 0; bit < layout.wire_bytes * 8u; ++bit) {
      flit.bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      REQUIRE_FALSE(ucie_intact(layout, flit));
      flit.bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    }
  }
}

}  // namespace
}  // namespace cvp
