// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_packing.h"

#include <algorithm>

namespace cvp {
namespace {

// Room for data before it has come: a damaged length costs no memory.
constexpr std::size_t kReserved = 4096;

}  // namespace

void UciePacker::push(const UcieMessage& message) {
  const std::size_t before = bytes_.size();
  ucie_encoding(message.protocol).encode(message, bytes_);
  if (runs_.empty() || runs_.back().protocol != message.protocol) {
    runs_.push_back({message.protocol});
  }
  runs_.back().bytes += bytes_.size() - before;
}

std::uint32_t UciePacker::fill(const UcieFlitLayout& layout, UcieFlit& flit) {
  std::uint32_t placed = 0;
  std::size_t waiting = empty() ? 0 : runs_.front().bytes;
  for (const UcieByteRange& area : layout.payload) {
    const std::size_t count = std::min<std::size_t>(area.count, waiting);
    const auto from = bytes_.begin() + static_cast<std::ptrdiff_t>(first_);
    const auto to = std::copy_n(from, count, flit.bytes.begin() + area.first);
    std::fill_n(to, area.count - count, std::uint8_t{0});
    first_ += count;
    waiting -= count;
    placed += static_cast<std::uint32_t>(count);
  }
  placed_ += placed;
  if (placed > 0 && waiting == 0) {
    runs_.pop_front();
  } else if (placed > 0) {
    runs_.front().bytes = waiting;
  }
  // What has left goes when it is half of all, so that a byte moves once on average.
  if (first_ >= bytes_.size() - first_) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  return placed;
}

std::size_t UcieUnpacker::take(const UcieFlitLayout& layout, const UcieFlit& flit,
                               std::vector<UcieMessage>& complete, UcieProtocol protocol) {
  if (protocol != protocol_) {
    if (inside_message()) give_up();
    protocol_ = protocol;
  }
  const std::span bytes(flit.bytes);
  const bool goes_on =
      take(bytes.subspan(layout.payload[0].first, layout.payload[0].count), complete);
  const std::size_t early = complete.size();
  if (goes_on) take(bytes.subspan(layout.payload[1].first, layout.payload[1].count), complete);
  return early;
}

bool UcieUnpacker::give_up() {
  ++malformed_;
  header_bytes_ = 0;
  started_ = false;
  return false;
}

// The header is whole: a message begins, or goes on.
bool UcieUnpacker::begin_unit() {
  auto unit =
      ucie_encoding(protocol_).read(std::span<const std::uint8_t>(header_).first(header_bytes_));
  if (!unit) return give_up();
  const UcieMessage& part = unit->message;
  if (!started_) {
    message_ = std::move(unit->message);
    if (message_.data_bytes() > 0 && !memory_.empty()) {
      message_.data = std::move(memory_.back());
      message_.data.clear();
      memory_.pop_back();
    }
    message_.data.reserve(std::min<std::size_t>(message_.data_bytes(), kReserved));
  } else {
    if (part.kind != message_.kind || part.tag != message_.tag ||
        part.length > UcieMessage::kMaxLength - message_.length) {
      return give_up();
    }
    message_.length += part.length;
  }
  started_ = true;
  more_ = unit->more;
  data_left_ = unit->data_bytes;
  padding_ = unit->padding;
  end_ = message_.data_bytes();
  return true;
}

bool UcieUnpacker::take(std::span<const std::uint8_t> bytes, std::vector<UcieMessage>& complete) {
  const UcieEncoding& encoding = ucie_encoding(protocol_);
  while (!bytes.empty()) {
    // 1. Between units: a zero ends the flit.
    if (header_bytes_ == 0 && bytes[0] == 0) return false;
    // 2. The header, perhaps in parts.
    const std::size_t whole = encoding.header_bytes(header_bytes_ == 0 ? bytes[0] : header_[0]);
    if (whole == 0) return give_up();
    if (header_bytes_ < whole) {
      const std::size_t count = std::min(whole - header_bytes_, bytes.size());
      std::copy_n(bytes.begin(), count,
                  header_.begin() + static_cast<std::ptrdiff_t>(header_bytes_));
      header_bytes_ += count;
      bytes = bytes.subspan(count);
      if (header_bytes_ < whole) return true;
      if (!begin_unit()) return false;
    }
    // 3. The data, perhaps in parts: what is padding goes.
    const std::size_t count = std::min<std::size_t>(data_left_, bytes.size());
    const std::size_t skipped = std::min<std::size_t>(padding_, count);
    const std::size_t used = std::min(end_ - message_.data.size(), count - skipped);
    const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(skipped);
    message_.data.insert(message_.data.end(), from, from + static_cast<std::ptrdiff_t>(used));
    padding_ -= static_cast<std::uint32_t>(skipped);
    data_left_ -= static_cast<std::uint32_t>(count);
    bytes = bytes.subspan(count);
    if (data_left_ > 0) return true;
    header_bytes_ = 0;
    if (more_) continue;
    complete.push_back(std::move(message_));
    started_ = false;
  }
  return true;
}

}  // namespace cvp
