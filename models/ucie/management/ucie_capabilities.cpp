// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/management/ucie_capabilities.h"

#include <algorithm>
#include <bit>

namespace cvp {
namespace {

constexpr std::uint32_t bit(UcieFlitFormat format) { return 1u << static_cast<unsigned>(format); }

}  // namespace

std::uint32_t ucie_formats(UcieFlitFormat best, DataRate rate, UcieMapping protocol) {
  if (best == UcieFlitFormat::kRaw) return bit(best);
  std::uint32_t formats = 0;
  for (const UcieFlitFormat format : kUcieFlitFormats) {
    if (format == UcieFlitFormat::kRaw || format > best) continue;
    if (format == UcieFlitFormat::k68 && rate > 32_GTps) continue;
    if (ucie_mapping_error(protocol, format).empty()) formats |= bit(format);
  }
  return formats;
}

std::optional<UcieAgreement> ucie_agree(const UcieCapabilities& a, const UcieCapabilities& b) {
  const std::uint32_t common = a.formats & b.formats;
  if (common == 0 || a.protocol != b.protocol) return {};
  return UcieAgreement{.format = static_cast<UcieFlitFormat>(std::bit_width(common) - 1),
                       .stacks = std::min(a.stacks, b.stacks),
                       .receive_flits = std::min(a.receive_flits, b.receive_flits)};
}

std::optional<UcieLinkShape> ucie_link_shape(const UcieEnd& a, const UcieEnd& b) {
  auto shape = ucie_common_shape(a.shape, b.shape);
  const auto agreement = ucie_agree(a.capabilities, b.capabilities);
  if (!shape || !agreement) return {};
  shape->format = agreement->format;
  return shape;
}

}  // namespace cvp
