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

  void push(const UcieMessageView& message);
  bool empty() const { return bytes_.empty(); }
  std::size_t waiting_bytes() const { return bytes_.size(); }
  /// Of the next flit; there are bytes for one.
  UcieProtocol protocol() const { return runs_.empty() ? protocol_ : runs_.front().protocol; }
  /// Fills the payload of `flit`, zeros behind the last byte that goes into it. Gives the bytes
  /// placed. `layout` is that of protocol().
  std::uint32_t fill(const UcieFlitLayout& layout, UcieFlit& flit);
  /// Bytes placed in flits since the start.
  std::uint64_t placed() const { return placed_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(bytes_, placed_, runs_, protocol_);
  }

 private:
  // Bytes of one protocol, one behind the other.
  struct Run {
    UcieProtocol protocol = UcieProtocol::kNone;
    std::uint64_t end = 0;  // Of its last byte, in all bytes that were placed or will be.
    template <class Archive>
    void serialize(Archive& archive) {
      archive(protocol, end);
    }
  };

  [[gnu::noinline]] void change(UcieProtocol protocol);

  UciePacketSizes sizes_;
  UcieByteQueue bytes_;
  std::uint64_t placed_ = 0;
  std::deque<Run> runs_;                         // But for the last one,
  UcieProtocol protocol_ = UcieProtocol::kNone;  // which is of this protocol.
};

/// The bytes of flits in a row, and where messages lie in it; their data stays where it is.
class UcieUnpacker {
 public:
  /// Adds the messages that the flit completes. `layout` is that of `protocol`.
  void take(const UcieFlitLayout& layout, const UcieFlit& flit,
            UcieProtocol protocol = UcieProtocol::kStreaming);
  /// Messages that are whole, in order.
  std::size_t size() const { return messages_.size(); }
  bool empty() const { return messages_.empty(); }
  /// Its data stays until take() or clear().
  UcieMessageView operator[](std::size_t n) const {
    const Placed& message = messages_[n];
    return {message, row_.bytes().subspan(message.first, message.data_bytes())};
  }
  struct Iterator {
    const UcieUnpacker* messages;
    std::size_t n;
    UcieMessageView operator*() const { return (*messages)[n]; }
    Iterator& operator++() { return ++n, *this; }
    bool operator==(const Iterator&) const = default;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }
  /// How many of them were whole with the first area of the flit that came last.
  std::size_t early() const { return early_; }
  /// They have been taken.
  void clear();
  std::size_t memory_bytes() const { return row_.memory_bytes(); }
  /// Flits whose rest was dropped because no message begins or goes on like that: only an error
  /// that no CRC finds, or the end of a raw link, makes them.
  std::uint64_t malformed() const { return malformed_; }
  bool inside_message() const { return read_ < row_.size() || started_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(protocol_, row_, read_, needed_, messages_, early_, message_, started_, malformed_);
  }

 private:
  struct Placed : UcieMessageHeader {
    std::size_t first = 0;  // Of its data, in the row.
    template <class Archive>
    void serialize(Archive& archive) {
      UcieMessageHeader::serialize(archive);
      archive(first);
    }
  };

  template <class Encoding>
  void read_units(const Encoding& encoding, std::size_t first_area_end);
  void add_unit(const UcieUnit& unit, std::size_t header_bytes);
  bool goes_on_with(const UcieMessageHeader& part) const;
  void drop_unread() { row_.drop_last(row_.size() - read_); }
  void give_up();

  UcieProtocol protocol_ = UcieProtocol::kStreaming;
  UcieByteQueue row_;
  std::size_t read_ = 0;    // Of the row: all units before are whole.
  std::size_t needed_ = 1;  // Bytes of the next one without which nothing new is known of it.
  std::vector<Placed> messages_;
  std::size_t early_ = 0;
  Placed message_;        // The one whose units are read.
  bool started_ = false;  // It goes on in the next unit.
  std::uint64_t malformed_ = 0;
};

}  // namespace cvp
