// SPDX-License-Identifier: Apache-2.0
//
// Messages as the transaction layer packets of PCIe and CXL.io. [PCIe: Transaction Layer
// Specification] Types, sizes, byte enables and the rules of splitting follow the public record;
// the places of fields in a header are ours: FLITS.md, "Messages".
#pragma once

#include "models/ucie/protocol/ucie_encoding.h"

namespace cvp {

class UcieTlpEncoding final : public UcieEncoding {
 public:
  std::uint64_t wire_bytes(const UcieMessageHeader& message,
                           const UciePacketSizes& sizes) const override;
  void encode(const UcieMessageView& message, const UciePacketSizes& sizes,
              UcieByteQueue& bytes) const override;
  std::size_t header_bytes(std::uint8_t first) const override;
  bool read(std::span<const std::uint8_t> header, UcieUnit& unit) const override;
  std::string_view name_of(const UcieMessageHeader& message) const override;
};

}  // namespace cvp
