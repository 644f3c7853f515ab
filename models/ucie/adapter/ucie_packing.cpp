// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_packing.h"

#include <algorithm>

namespace cvp {
namespace {

// Room for data before it has come: a damaged length costs no memory.
constexpr std::size_t kReserved = 4096;

}  // namespace

void UciePacker::push(const UcieOutgoing& message) {
  const std::size_t before = bytes_.size();
  const UcieProtocol protocol = message.header.protocol;
  ucie_encoding(protocol).encode(message, sizes_, bytes_);
  if (runs_.empty() || runs_.back().protocol != protocol) runs_.push_back({protocol});
  runs_.back().bytes += bytes_.size() - before;
}

std::uint32_t UciePacker::fill(const UcieFlitLayout& layout, UcieFlit& flit) {
  std::uint32_t placed = 0;
  std::size_t waiting = empty() ? 0 : runs_.front().bytes;
  for (const UcieByteRange& area : layout.payload) {
    const std::size_t count = std::min<std::size_t>(area.count, waiting);
    auto to = flit.bytes.begin() + area.first;
    to = std::copy_n(bytes_.bytes().begin(), count, to);
    std::fill_n(to, area.count - count, std::uint8_t{0});
    bytes_.drop(count);
    waiting -= count;
    placed += static_cast<std::uint32_t>(count);
  }
  placed_ += placed;
  if (placed > 0 && waiting == 0) {
    runs_.pop_front();
  } else if (placed > 0) {
    runs_.front().bytes = waiting;
  }
  return placed;
}

std::size_t UcieUnpacker::take(const UcieFlitLayout& layout, const UcieFlit& flit,
                               UcieMessages& complete, UcieProtocol protocol) {
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
  in_unit_ = started_ = false;
  return false;
}

// A message begins, or goes on.
[[gnu::always_inline]] inline bool UcieUnpacker::begin_unit(const UcieEncoding& encoding,
                                                            std::span<const std::uint8_t> header) {
  UcieMessage& message = unit_.message;
  if (!started_) {
    if (!encoding.read(header, unit_)) return give_up();
    message.data.clear();
    message.data.reserve(std::min<std::size_t>(message.data_bytes(), kReserved));
  } else {
    UcieUnit next;
    if (!encoding.read(header, next)) return give_up();
    const UcieMessage& part = next.message;
    if (part.kind != message.kind || part.tag != message.tag ||
        part.length > UcieMessage::kMaxLength - message.length) {
      return give_up();
    }
    message.length += part.length;
    unit_.data_bytes = next.data_bytes;
    unit_.padding = next.padding;
    unit_.more = next.more;
  }
  in_unit_ = started_ = true;
  return true;
}

// All of a header, or what there is of it.
[[gnu::always_inline]] inline bool UcieUnpacker::take_header(const UcieEncoding& encoding,
                                                             std::span<const std::uint8_t>& bytes) {
  const std::uint8_t first = header_bytes_ == 0 ? bytes[0] : header_[0];
  if (first == 0) return false;  // Between units a zero ends the flit.
  const std::size_t whole = encoding.header_bytes(first);
  if (whole == 0) return give_up();
  const std::size_t count = std::min(whole - header_bytes_, bytes.size());
  std::span<const std::uint8_t> header = bytes.first(count);
  bytes = bytes.subspan(count);
  if (count < whole) {
    std::ranges::copy(header, header_.begin() + static_cast<std::ptrdiff_t>(header_bytes_));
    header_bytes_ += count;
    if (header_bytes_ < whole) return true;
    header = std::span(header_).first(whole);
    header_bytes_ = 0;
  }
  return begin_unit(encoding, header);
}

// All of a unit's data, or what there is of it; what is padding goes.
[[gnu::always_inline]] inline void UcieUnpacker::take_data(std::span<const std::uint8_t>& bytes) {
  std::vector<std::uint8_t>& data = unit_.message.data;
  const std::size_t count = std::min<std::size_t>(unit_.data_bytes, bytes.size());
  const std::size_t skipped = std::min<std::size_t>(unit_.padding, count);
  const std::size_t used = std::min(unit_.message.data_bytes() - data.size(), count - skipped);
  const std::span<const std::uint8_t> taken = bytes.subspan(skipped, used);
  data.insert(data.end(), taken.begin(), taken.end());
  unit_.padding -= static_cast<std::uint32_t>(skipped);
  unit_.data_bytes -= static_cast<std::uint32_t>(count);
  bytes = bytes.subspan(count);
}

bool UcieUnpacker::take(std::span<const std::uint8_t> bytes, UcieMessages& complete) {
  const UcieEncoding& encoding = ucie_encoding(protocol_);
  while (!bytes.empty()) {
    if (!in_unit_ && !take_header(encoding, bytes)) return false;
    if (!in_unit_) return true;  // Of the header the rest is still to come.
    if (unit_.data_bytes > 0) take_data(bytes);
    if (unit_.data_bytes > 0) return true;
    in_unit_ = false;
    if (unit_.more) continue;
    complete.take(unit_.message);
    started_ = false;
  }
  return true;
}

}  // namespace cvp
