// SPDX-License-Identifier: Apache-2.0
//
// Messages into the payload of flits, and out of it. No SystemC.
//
// Messages follow each other without a gap: one starts at any byte of a flit, even its last, and
// goes on in the next. A byte stays empty only when no message waits. A zero where a message would
// start says that the rest of the flit is empty. README.md, "Messages".
#pragma once

#include "models/ucie/ucie_flit.h"
#include "models/ucie/ucie_message.h"

namespace cvp {

class UciePacker {
 public:
  void push(const UcieMessage& message);
  bool empty() const { return first_ == bytes_.size(); }
  std::size_t waiting_bytes() const { return bytes_.size() - first_; }
  /// Fills the payload of `flit`, zeros behind the last byte that waits. Gives the bytes placed.
  std::uint32_t fill(const UcieFlitLayout& layout, UcieFlit& flit);

  template <class Archive>
  void serialize(Archive& archive) {
    archive(bytes_, first_);
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t first_ = 0;  // Bytes before it have left.
};

class UcieUnpacker {
 public:
  /// Appends the messages that the flit completes. Gives the size of `complete` after the flit's
  /// first area.
  std::size_t take(const UcieFlitLayout& layout, const UcieFlit& flit,
                   std::vector<UcieMessage>& complete);
  /// Flits whose rest was dropped because no message begins like that: only an error that no CRC
  /// finds, or the end of a raw link, makes them.
  std::uint64_t malformed() const { return malformed_; }
  bool inside_message() const { return header_bytes_ > 0; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(header_, header_bytes_, message_, malformed_);
  }

 private:
  void take(std::span<const std::uint8_t> bytes, std::vector<UcieMessage>& complete, bool& ended);

  std::array<std::uint8_t, UcieMessage::kHeaderBytes> header_{};
  std::size_t header_bytes_ = 0;  // 0: between messages; all: message_ waits for data.
  UcieMessage message_;
  std::uint64_t malformed_ = 0;
};

}  // namespace cvp
