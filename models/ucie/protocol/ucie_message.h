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

/// All of a message but its data.
struct UcieMessageHeader {
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

  bool operator==(const UcieMessageHeader&) const = default;
  /// But for tag and address.
  bool is_like(const UcieMessageHeader& other) const {
    UcieMessageHeader same = *this;
    same.tag = other.tag;
    same.address = other.address;
    return same == other;
  }
  std::uint32_t data_bytes() const { return kind == UcieMessageKind::kRead ? 0 : length; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(protocol, kind, operation, status, poison, traffic_class, tag, length, address);
  }
};

/// With its data.
struct UcieMessage : UcieMessageHeader {
  std::vector<std::uint8_t> data;  ///< `data_bytes()` of them.

  bool operator==(const UcieMessage&) const = default;
};

/// Its data lies elsewhere.
struct UcieMessageView : UcieMessageHeader {
  std::span<const std::uint8_t> data;  ///< `data_bytes()` of them.

  UcieMessageView() = default;
  UcieMessageView(const UcieMessageHeader& header, std::span<const std::uint8_t> data)
      : UcieMessageHeader(header), data(data) {}
  UcieMessageView(const UcieMessage& message) : UcieMessageView(message, message.data) {}

  bool operator==(const UcieMessageView& other) const {
    const UcieMessageHeader &header = *this, &other_header = other;
    return header == other_header && std::ranges::equal(data, other.data);
  }
  bool operator==(const UcieMessage& other) const { return *this == UcieMessageView(other); }
};

}  // namespace cvp
