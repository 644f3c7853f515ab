// SPDX-License-Identifier: Apache-2.0
//
// Messages into the payload of flits, and out of it. No SystemC.
//
// Messages follow each other without a gap: one starts at any byte of a flit, even its last, and
// goes on in the next. A byte stays empty only when no message waits, or when the next one is of
// another protocol: a flit carries one. A zero where a message would start says that the rest of
// the flit is empty. FLITS.md, "Messages".
#pragma once

#include <array>
#include <deque>

#include "models/ucie/protocol/ucie_encoding.h"

namespace cvp {

class UciePacker {
 public:
  explicit UciePacker(const UciePacketSizes& sizes = {}) : sizes_(sizes) {}

  void push(const UcieOutgoing& message);
  bool empty() const { return bytes_.empty(); }
  std::size_t waiting_bytes() const { return bytes_.size(); }
  /// Of the next flit; there are bytes for one.
  UcieProtocol protocol() const { return runs_.front().protocol; }
  /// Fills the payload of `flit`, zeros behind the last byte that goes into it. Gives the bytes
  /// placed. `layout` is that of protocol().
  std::uint32_t fill(const UcieFlitLayout& layout, UcieFlit& flit);
  /// Bytes placed in flits since the start.
  std::uint64_t placed() const { return placed_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(bytes_, placed_, runs_);
  }

 private:
  // Bytes of one protocol, one behind the other.
  struct Run {
    UcieProtocol protocol = UcieProtocol::kNone;
    std::size_t bytes = 0;
    template <class Archive>
    void serialize(Archive& archive) {
      archive(protocol, bytes);
    }
  };

  UciePacketSizes sizes_;
  UcieByteQueue bytes_;
  std::uint64_t placed_ = 0;
  std::deque<Run> runs_;
};

class UcieUnpacker {
 public:
  /// Appends the messages that the flit completes. Gives the size of `complete` after the flit's
  /// first area. `layout` is that of `protocol`.
  std::size_t take(const UcieFlitLayout& layout, const UcieFlit& flit, UcieMessages& complete,
                   UcieProtocol protocol = UcieProtocol::kStreaming);
  /// Flits whose rest was dropped because no message begins or goes on like that: only an error
  /// that no CRC finds, or the end of a raw link, makes them.
  std::uint64_t malformed() const { return malformed_; }
  bool inside_message() const { return header_bytes_ > 0 || started_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(protocol_, header_, header_bytes_, unit_, in_unit_, started_, malformed_);
  }

 private:
  // False: the rest of the flit is empty, or no message.
  bool take(std::span<const std::uint8_t> bytes, UcieMessages& complete);
  bool take_header(const UcieEncoding& encoding, std::span<const std::uint8_t>& bytes);
  void take_data(std::span<const std::uint8_t>& bytes);
  bool begin_unit(const UcieEncoding& encoding, std::span<const std::uint8_t> header);
  bool give_up();

  UcieProtocol protocol_ = UcieProtocol::kStreaming;
  std::array<std::uint8_t, UcieEncoding::kMostHeaderBytes> header_{};
  std::size_t header_bytes_ = 0;  // That have come of a header that is not whole.
  UcieUnit unit_;                 // Its message: all of it so far; the bytes: still to come.
  bool in_unit_ = false;          // Its header has come, but not all of its data.
  bool started_ = false;          // Its message is not whole.
  std::uint64_t malformed_ = 0;
};

}  // namespace cvp
