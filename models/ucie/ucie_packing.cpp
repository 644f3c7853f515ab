// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/ucie_packing.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace cvp {
namespace {

// Room for data before it has come: a damaged length costs no memory.
constexpr std::size_t kReserved = 4096;

// Little-endian, whatever the host.
template <class Number>
void put(std::uint8_t* bytes, Number number) {
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(bytes, &number, sizeof number);
  } else {
    for (std::size_t i = 0; i < sizeof number; ++i) {
      bytes[i] = static_cast<std::uint8_t>(number >> 8 * i);
    }
  }
}
template <class Number>
Number get(const std::uint8_t* bytes) {
  Number number = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&number, bytes, sizeof number);
  } else {
    for (std::size_t i = 0; i < sizeof number; ++i) {
      number = static_cast<Number>(number | static_cast<Number>(bytes[i]) << 8 * i);
    }
  }
  return number;
}

}  // namespace

// Byte 0: kind 3:0, operation 7:4; byte 1: status 2:0, poison 3, class 7:4; 2: tag; 4: length;
// 8: address.
std::array<std::uint8_t, UcieMessage::kHeaderBytes> UcieMessage::header() const {
  std::array<std::uint8_t, kHeaderBytes> bytes;
  bytes[0] = static_cast<std::uint8_t>(static_cast<unsigned>(kind) | (operation & 0xFu) << 4);
  bytes[1] =
      static_cast<std::uint8_t>((status & 7u) | (poison ? 8u : 0u) | (traffic_class & 0xFu) << 4);
  put(&bytes[2], tag);
  put(&bytes[4], length);
  put(&bytes[8], address);
  return bytes;
}

UcieMessage UcieMessage::from_header(std::span<const std::uint8_t, kHeaderBytes> bytes) {
  UcieMessage message;
  const unsigned kind = bytes[0] & 0xF;
  const auto length = get<std::uint32_t>(&bytes[4]);
  if (kind >= kUcieMessageKinds || length > kMaxLength) return message;
  message.kind = static_cast<UcieMessageKind>(kind);
  message.operation = bytes[0] >> 4;
  message.status = bytes[1] & 7;
  message.poison = (bytes[1] & 8) != 0;
  message.traffic_class = bytes[1] >> 4;
  message.tag = get<std::uint16_t>(&bytes[2]);
  message.length = length;
  message.address = get<std::uint64_t>(&bytes[8]);
  return message;
}

void UciePacker::push(const UcieMessage& message) {
  const auto header = message.header();
  bytes_.insert(bytes_.end(), header.begin(), header.end());
  bytes_.insert(bytes_.end(), message.data.begin(), message.data.end());
}

std::uint32_t UciePacker::fill(const UcieFlitLayout& layout, UcieFlit& flit) {
  std::uint32_t placed = 0;
  for (const UcieByteRange& area : layout.payload) {
    const std::size_t count = std::min<std::size_t>(area.count, waiting_bytes());
    const auto from = bytes_.begin() + static_cast<std::ptrdiff_t>(first_);
    const auto to = std::copy_n(from, count, flit.bytes.begin() + area.first);
    std::fill_n(to, area.count - count, std::uint8_t{0});
    first_ += count;
    placed += static_cast<std::uint32_t>(count);
  }
  // What has left goes when it is half of all, so that a byte moves once on average.
  if (first_ >= bytes_.size() - first_) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  return placed;
}

std::size_t UcieUnpacker::take(const UcieFlitLayout& layout, const UcieFlit& flit,
                               std::vector<UcieMessage>& complete) {
  const std::span bytes(flit.bytes);
  bool ended = false;
  take(bytes.subspan(layout.payload[0].first, layout.payload[0].count), complete, ended);
  const std::size_t early = complete.size();
  if (!ended)
    take(bytes.subspan(layout.payload[1].first, layout.payload[1].count), complete, ended);
  return early;
}

void UcieUnpacker::take(std::span<const std::uint8_t> bytes, std::vector<UcieMessage>& complete,
                        bool& ended) {
  while (!bytes.empty()) {
    // 1. Between messages: a zero ends the flit.
    if (header_bytes_ == 0 && bytes[0] == 0) {
      ended = true;
      return;
    }
    // 2. The header, perhaps in parts.
    if (header_bytes_ < header_.size()) {
      const std::size_t count = std::min(header_.size() - header_bytes_, bytes.size());
      std::copy_n(bytes.begin(), count,
                  header_.begin() + static_cast<std::ptrdiff_t>(header_bytes_));
      header_bytes_ += count;
      bytes = bytes.subspan(count);
      if (header_bytes_ < header_.size()) return;
      message_ = UcieMessage::from_header(header_);
      if (message_.kind == UcieMessageKind::kNone) {
        ++malformed_;
        header_bytes_ = 0;
        ended = true;
        return;
      }
      message_.data.reserve(std::min<std::size_t>(message_.data_bytes(), kReserved));
    }
    // 3. The data, perhaps in parts.
    const std::size_t missing = message_.data_bytes() - message_.data.size();
    const std::size_t count = std::min(missing, bytes.size());
    message_.data.insert(message_.data.end(), bytes.begin(),
                         bytes.begin() + static_cast<std::ptrdiff_t>(count));
    bytes = bytes.subspan(count);
    if (count < missing) return;
    complete.push_back(std::move(message_));
    header_bytes_ = 0;
  }
}

}  // namespace cvp
