// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_flit.h"

#include <algorithm>

#include "models/ucie/adapter/ucie_crc.h"
#include "models/ucie/protocol/ucie_little_endian.h"

namespace cvp {
namespace {

// Of what is not PCIe or CXL.io, in the order of UcieFlitFormat.
constexpr std::array<UcieFlitLayout, 5> kLayouts = {{
    {.name = "raw", .wire_bytes = 64, .forward_bytes = 64, .payload = {{{0, 64}}}},
    {.name = "68",
     .wire_bytes = 68,
     .forward_bytes = 68,
     .payload = {{{2, 64}}},
     .crcs = {{{{0, 66}, 66}}},
     .crc_count = 1},
    {.name = "256",  // 242 to 251: reserved.
     .wire_bytes = 256,
     .forward_bytes = 256,
     .payload = {{{2, 240}}},
     .crcs = {{{{0, 128}, 252}, {{128, 124}, 254}}},
     .crc_count = 2},
    {.name = "256-latopt",  // 120 to 125, 246 to 253: reserved.
     .wire_bytes = 256,
     .forward_bytes = 128,
     .payload = {{{2, 118}, {128, 118}}},
     .crcs = {{{{0, 126}, 126}, {{128, 126}, 254}}},
     .crc_count = 2},
    {.name = "256-latopt-opt",
     .wire_bytes = 256,
     .forward_bytes = 128,
     .payload = {{{2, 124}, {128, 126}}},
     .crcs = {{{{0, 126}, 126}, {{128, 126}, 254}}},
     .crc_count = 2},
}};

// PCIe and CXL.io: four bytes of the link layer behind the payload; with optional bytes four
// markers and two reserved ones too.
constexpr UcieFlitLayout shortened(UcieFlitLayout layout, std::uint16_t bytes) {
  auto& last = layout.payload[layout.payload[1].count > 0 ? 1 : 0];
  last.count = static_cast<std::uint16_t>(last.count - bytes);
  return layout;
}
constexpr std::array<std::uint16_t, 5> kLinkLayerBytes = {0, 0, 4, 0, 10};

std::uint16_t crc_of(const UcieFlit& flit, UcieByteRange message) {
  return ucie_crc16(std::span(flit.bytes).subspan(message.first, message.count));
}

}  // namespace

constinit const std::array<std::array<UcieFlitLayout, 4>, 5> kUcieFlitLayouts = [] {
  std::array<std::array<UcieFlitLayout, 4>, 5> layouts;
  for (std::size_t format = 0; format < layouts.size(); ++format) {
    layouts[format].fill(kLayouts[format]);
    UcieFlitLayout& io = layouts[format][static_cast<std::size_t>(UcieProtocol::kIo)];
    io = shortened(io, kLinkLayerBytes[format]);
  }
  return layouts;
}();

void ucie_seal(const UcieFlitLayout& layout, const UcieFlitHeader& header, UcieFlit& flit) {
  if (!layout.has_header()) return;
  std::ranges::copy(header.encode(), flit.bytes.begin());
  for (std::size_t i = 0; i < layout.crc_count; ++i) {
    const auto& crc = layout.crcs[i];
    ucie_put(&flit.bytes[crc.position], crc_of(flit, crc.message));
  }
}

bool ucie_intact(const UcieFlitLayout& layout, const UcieFlit& flit) {
  unsigned wrong = 0;
  for (std::size_t i = 0; i < layout.crc_count; ++i) {
    const auto& crc = layout.crcs[i];
    wrong |= ucie_get<std::uint16_t>(&flit.bytes[crc.position]) ^ crc_of(flit, crc.message);
  }
  return wrong == 0;
}

}  // namespace cvp
