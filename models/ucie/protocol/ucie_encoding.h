// SPDX-License-Identifier: Apache-2.0
//
// Messages as the bytes of a protocol: one interface for streaming, PCIe (and CXL.io) and CXL.mem.
// No SystemC, no state.
//
// A message is a row of units, each a header and perhaps data: one unit in the streaming protocol,
// TLPs in PCIe, slots in CXL.mem. Arithmetic asks for the number of bytes alone. The layouts are
// ours: FLITS.md, "Messages".
#pragma once

#include <string_view>

#include "models/ucie/protocol/ucie_byte_queue.h"
#include "models/ucie/protocol/ucie_message.h"

namespace cvp {

/// Of PCIe's packets, in bytes: powers of two from 128 to 4096. A packet ends where the next
/// multiple begins, so none crosses 4 KiB. [PCIe: Transaction Layer Specification]
struct UciePacketSizes {
  std::uint32_t max_payload = 256;       ///< Of writes, atomics and completions.
  std::uint32_t max_read_request = 512;  ///< What a read request asks for.
};
constexpr bool ucie_is_packet_size(std::uint32_t bytes) {
  return bytes >= 128 && bytes <= 4096 && (bytes & (bytes - 1)) == 0;
}

/// What the header of a unit says.
struct UcieUnit {
  UcieMessageHeader message;     ///< Or the part of it that this unit is.
  std::uint32_t data_bytes = 0;  ///< That follow the header: all of the message's,
  std::uint32_t padding = 0;     ///< behind so many others, and before what is left.
  bool more = false;             ///< The message goes on in the next unit.

  /// As new: of such a message.
  void begin(UcieProtocol protocol, UcieMessageKind kind) {
    *this = {.message = {.protocol = protocol, .kind = kind}};
  }
};

class UcieEncoding {
 public:
  static constexpr std::size_t kMostHeaderBytes = 16;

  virtual ~UcieEncoding() = default;
  /// Headers included; the message's data need not be there.
  virtual std::uint64_t wire_bytes(const UcieMessageHeader& message,
                                   const UciePacketSizes& sizes) const = 0;
  /// Appends the message with its data.
  virtual void encode(const UcieMessageView& message, const UciePacketSizes& sizes,
                      UcieByteQueue& bytes) const = 0;
  /// Of the header that begins with this byte, which is not 0; 0: none does.
  virtual std::size_t header_bytes(std::uint8_t first) const = 0;
  /// `header` is whole. False: it begins no unit.
  virtual bool read(std::span<const std::uint8_t> header, UcieUnit& unit) const = 0;
  /// In the words of the protocol: `posted write`, `MWr`, `RwD`.
  virtual std::string_view name_of(const UcieMessageHeader& message) const = 0;
};

/// In the order of UcieProtocol.
extern const std::array<const UcieEncoding*, 4> kUcieEncodings;
/// Of every protocol but that of NOP flits.
inline const UcieEncoding& ucie_encoding(UcieProtocol protocol) {
  return *kUcieEncodings[static_cast<std::size_t>(protocol)];
}

inline std::uint64_t ucie_wire_bytes(const UcieMessageHeader& message,
                                     const UciePacketSizes& sizes = {}) {
  return ucie_encoding(message.protocol).wire_bytes(message, sizes);
}

}  // namespace cvp
