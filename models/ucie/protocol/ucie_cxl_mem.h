// SPDX-License-Identifier: Apache-2.0
//
// Reads and writes of whole lines as messages of CXL.mem, in slots of 16 bytes. [CXL: CXL.mem]
// Which messages there are follows the public record; the places of fields in a slot are ours:
// FLITS.md, "Messages".
#pragma once

#include "models/ucie/protocol/ucie_encoding.h"

namespace cvp {

inline constexpr std::uint32_t kUcieLineBytes = 64;

/// CXL.mem has requests for lines only, each with an answer.
inline bool ucie_fits_cxl_mem(std::uint64_t address, std::uint32_t length) {
  return length > 0 && (address | length) % kUcieLineBytes == 0;
}

/// Of reads, writes and their answers; any other message is nothing that CXL.mem has.
class UcieCxlMemEncoding final : public UcieEncoding {
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
