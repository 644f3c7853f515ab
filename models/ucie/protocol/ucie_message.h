// SPDX-License-Identifier: Apache-2.0
//
// What a UCIe-style link carries: requests, read data, completions and atomics, whatever the
// protocol whose encoding they travel in (ucie_encoding.h). No SystemC.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "models/ucie/adapter/ucie_flit.h"

namespace cvp {

enum class UcieMessageKind : std::uint8_t {
  kNone,  ///< Not a message.
  kRead,
  kWrite,
  kPostedWrite,  ///< Nobody waits for its completion; interrupt messages are such writes.
  kAtomic,       ///< Answered with the old value.
  kReadData,     ///< Answer with data.
  kCompletion,   ///< Answer without.
};
inline constexpr unsigned kUcieMessageKinds = 7;

struct UcieMessage {
  static constexpr std::uint32_t kMaxLength = 1u << 24;

  UcieProtocol protocol = UcieProtocol::kStreaming;
  UcieMessageKind kind = UcieMessageKind::kNone;
  std::uint8_t operation = 0;      ///< Of an atomic, 0 to 15.
  std::uint8_t status = 0;         ///< Of an answer, 0 to 7; 0: as asked.
  bool poison = false;             ///< The data is known to be bad.
  std::uint8_t traffic_class = 0;  ///< 0 to 15; to 7 in PCIe.
  std::uint16_t tag = 0;           ///< Joins an answer to its request.
  std::uint32_t length = 0;        ///< kRead: bytes asked for; else bytes of data.
  std::uint64_t address = 0;       ///< Of an answer, as far as the protocol tells it.
  std::vector<std::uint8_t> data;  ///< `data_bytes()` of them.

  bool operator==(const UcieMessage&) const = default;
  std::uint32_t data_bytes() const { return kind == UcieMessageKind::kRead ? 0 : length; }
  /// All but the data.
  void copy_header(const UcieMessage& other) {
    protocol = other.protocol;
    kind = other.kind;
    operation = other.operation;
    status = other.status;
    poison = other.poison;
    traffic_class = other.traffic_class;
    tag = other.tag;
    length = other.length;
    address = other.address;
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(protocol, kind, operation, status, poison, traffic_class, tag, length, address, data);
  }
};

/// One to be sent, whose data may lie elsewhere: its own is not looked at.
struct UcieOutgoing {
  UcieOutgoing(const UcieMessage& message) : header(message), data(message.data) {}
  UcieOutgoing(const UcieMessage& header, std::span<const std::uint8_t> data)
      : header(header), data(data) {}

  const UcieMessage& header;
  std::span<const std::uint8_t> data;  ///< `header.data_bytes()` of them.
};

/// Messages in a row. The memory of those that are dropped serves those that follow.
class UcieMessages {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  UcieMessage& operator[](std::size_t n) { return messages_[n]; }
  const UcieMessage& operator[](std::size_t n) const { return messages_[n]; }
  UcieMessage* begin() { return messages_.data(); }
  UcieMessage* end() { return messages_.data() + size_; }
  const UcieMessage* begin() const { return messages_.data(); }
  const UcieMessage* end() const { return messages_.data() + size_; }

  /// Adds `message`, which becomes one that was dropped: its contents do not matter.
  void take(UcieMessage& message) {
    if (size_ == messages_.size()) messages_.emplace_back();
    UcieMessage& place = messages_[size_++];
    place.data.swap(message.data);
    place.copy_header(message);
  }
  void clear() { size_ = 0; }

  bool operator==(const UcieMessages& other) const { return std::ranges::equal(*this, other); }
  bool operator==(const std::vector<UcieMessage>& other) const {
    return std::ranges::equal(*this, other);
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(messages_, size_);
  }

 private:
  std::vector<UcieMessage> messages_;
  std::size_t size_ = 0;
};

}  // namespace cvp
