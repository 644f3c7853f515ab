// SPDX-License-Identifier: Apache-2.0
//
// What the adapters of two ends tell each other before an FDI becomes Active, and what they agree
// upon. No SystemC, no state. [UCIE: Parameter Exchange with Remote Link Partner]
#pragma once

#include <optional>

#include "models/ucie/phy/ucie_link.h"
#include "models/ucie/protocol/ucie_mapping.h"

namespace cvp {

/// What an adapter advertises.
struct UcieCapabilities {
  std::uint32_t formats = 0;  ///< Bit n: flit format n.
  std::uint32_t stacks = 1;   ///< 1 or 2 protocol stacks.
  std::uint32_t receive_flits =
      255;  ///< Room of its receive buffer, the other end's first credits.
  UcieMapping protocol = UcieMapping::kStreaming;

  auto operator<=>(const UcieCapabilities&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(formats, stacks, receive_flits, protocol);
  }
};

/// What one end brings to a link.
struct UcieEnd {
  UcieLinkShape shape;
  UcieCapabilities capabilities;
  std::uint32_t parity = 0;  ///< 64 byte inserts that its software wants at first.
};

/// What holds for both ends.
struct UcieAgreement {
  UcieFlitFormat format = UcieFlitFormat::k256;
  std::uint32_t stacks = 1;
  std::uint32_t receive_flits = 255;  ///< The smaller buffer.

  auto operator<=>(const UcieAgreement&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(format, stacks, receive_flits);
  }
};

/// Formats of an end whose best is `best`: those before it too, 68 B up to 32 GT/s; Raw has no
/// adapter's bytes at all and goes with nothing else. Without those that do not carry the protocol.
std::uint32_t ucie_formats(UcieFlitFormat best, DataRate rate, UcieMapping protocol);
/// The best format of both, the fewer stacks; nothing: no format, or another protocol.
std::optional<UcieAgreement> ucie_agree(const UcieCapabilities& a, const UcieCapabilities& b);
/// What a link of these ends runs at while no pin is dead; nothing: they do not go together.
std::optional<UcieLinkShape> ucie_link_shape(const UcieEnd& a, const UcieEnd& b);

}  // namespace cvp
