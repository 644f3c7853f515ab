// SPDX-License-Identifier: Apache-2.0
//
// Reads the flits of one direction like a protocol analyser: what each says in its header, and
// which messages begin and go on in it. No SystemC. It knows flits and messages only, nothing of
// what the adapters know.
#pragma once

#include <array>
#include <string>

#include "models/ucie/protocol/ucie_encoding.h"

namespace cvp {

class UcieFlitDecoder {
 public:
  explicit UcieFlitDecoder(UcieFlitFormat format, unsigned stacks = 1)
      : format_(format), stacks_(stacks) {}

  struct Decoded {
    std::string name;         ///< In a word: `flit 17`, `nop`, `nak`, `probe`, `raw`.
    std::string text;         ///< All of it.
    std::uint32_t bytes = 0;  ///< Of messages.
  };
  /// In the order in which they leave; one that is sent again is read as it was the first time.
  Decoded decode(const UcieFlit& flit);
  /// The link begins anew.
  void reset() { *this = UcieFlitDecoder(format_, stacks_); }

 private:
  // Where in a message a flit begins.
  struct Place {
    std::array<std::uint8_t, UcieEncoding::kMostHeaderBytes> header{};
    std::uint32_t header_bytes = 0;  // That have come of a header that is not whole.
    std::uint32_t data_bytes = 0;    // That are still to come.
  };
  std::uint32_t read_payload(const UcieFlit& flit, UcieProtocol protocol, Place& place,
                             std::string& text) const;

  std::string report_text(const UcieFlitHeader& header) const;

  UcieFlitFormat format_;
  unsigned stacks_;
  std::array<Place, kUcieSequences> places_{};  // Where the flit with this number begins.
  std::array<Place, kUcieStacks> next_{};       // Where the next flit of a stack begins.
  std::uint32_t expected_ = 0;                  // Number of the next flit that is new.
};

/// `write tag 0005 at 0x10000000000, 64 B`; `MRd tag 0006 at 0x12000014, 4 B`
std::string ucie_message_text(const UcieMessageHeader& message);

}  // namespace cvp
