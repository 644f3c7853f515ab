// SPDX-License-Identifier: Apache-2.0
//
// What a UCIe-style link carries for our own streaming protocol: requests, read data, completions,
// atomics and messages. Each is a header of 16 bytes and its data. No SystemC. The layout is ours:
// README.md, "Messages".
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace cvp {

enum class UcieMessageKind : std::uint8_t {
  kNone,  ///< Not a message: nothing more is in this flit.
  kRead,
  kWrite,
  kPostedWrite,  ///< Nobody waits for its completion.
  kAtomic,       ///< Answered with the old value.
  kReadData,     ///< Answer with data.
  kCompletion,   ///< Answer without.
  kMessage,      ///< Of the protocol's own; not answered.
};
inline constexpr unsigned kUcieMessageKinds = 8;

struct UcieMessage {
  static constexpr std::size_t kHeaderBytes = 16;
  static constexpr std::uint32_t kMaxLength = 1u << 24;

  UcieMessageKind kind = UcieMessageKind::kNone;
  std::uint8_t operation = 0;      ///< Of an atomic, 0 to 15.
  std::uint8_t status = 0;         ///< Of an answer, 0 to 7; 0: as asked.
  bool poison = false;             ///< The data is known to be bad.
  std::uint8_t traffic_class = 0;  ///< 0 to 15.
  std::uint16_t tag = 0;           ///< Joins an answer to its request.
  std::uint32_t length = 0;        ///< kRead: bytes asked for; else bytes of data.
  std::uint64_t address = 0;
  std::vector<std::uint8_t> data;  ///< `length` bytes, or none for kRead.

  bool operator==(const UcieMessage&) const = default;
  std::size_t wire_bytes() const { return kHeaderBytes + data.size(); }
  std::array<std::uint8_t, kHeaderBytes> header() const;
  /// All but the data; kNone if these bytes begin no message.
  static UcieMessage from_header(std::span<const std::uint8_t, kHeaderBytes> bytes);
  std::uint32_t data_bytes() const { return kind == UcieMessageKind::kRead ? 0 : length; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(kind, operation, status, poison, traffic_class, tag, length, address, data);
  }
};

}  // namespace cvp
