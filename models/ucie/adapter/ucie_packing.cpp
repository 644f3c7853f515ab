// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_packing.h"

#include <algorithm>
#include <cstring>

#include "models/ucie/protocol/ucie_streaming.h"

namespace cvp {

void UciePacker::push(const UcieMessageView& message) {
  const UcieProtocol protocol = message.protocol;
  if (protocol != protocol_) change(protocol);
  ucie_with_encoding(protocol,
                     [&](const auto& encoding) { encoding.encode(message, sizes_, bytes_); });
}

void UciePacker::change(UcieProtocol protocol) {
  if (!empty()) runs_.push_back({protocol_, placed_ + bytes_.size()});
  protocol_ = protocol;
}

std::uint32_t UciePacker::fill(const UcieFlitLayout& layout, UcieFlit& flit) {
  std::uint32_t placed = 0;
  std::size_t waiting = runs_.empty() ? bytes_.size() : runs_.front().end - placed_;
  for (const UcieByteRange& area : layout.payload) {
    if (area.count == 0) break;
    const std::size_t count = std::min<std::size_t>(area.count, waiting);
    auto to = flit.bytes.begin() + area.first;
    to = std::copy_n(bytes_.bytes().begin(), count, to);
    std::fill_n(to, area.count - count, std::uint8_t{0});
    bytes_.drop(count);
    waiting -= count;
    placed += static_cast<std::uint32_t>(count);
  }
  placed_ += placed;
  if (waiting == 0 && !runs_.empty()) runs_.pop_front();
  return placed;
}

void UcieUnpacker::take(const UcieFlitLayout& layout, const UcieFlit& flit, UcieProtocol protocol) {
  if (protocol != protocol_) {
    if (inside_message()) give_up();
    protocol_ = protocol;
  }
  const UcieByteRange &first = layout.payload[0], &second = layout.payload[1];
  std::uint8_t* const to = row_.append(layout.payload_bytes());
  std::memcpy(to, &flit.bytes[first.first], first.count);
  if (second.count > 0) std::memcpy(to + first.count, &flit.bytes[second.first], second.count);
  early_ = messages_.size();
  const std::size_t first_area_end = row_.size() - second.count;
  ucie_with_encoding(protocol, [&](const auto& encoding) { read_units(encoding, first_area_end); });
}

// All that are whole.
template <class Encoding>
void UcieUnpacker::read_units(const Encoding& encoding, std::size_t first_area_end) {
  const std::span<const std::uint8_t> row = row_.bytes();
  while (row.size() - read_ >= needed_) {
    const std::span<const std::uint8_t> bytes = row.subspan(read_);
    if (bytes[0] == 0) return drop_unread();  // Between units a zero ends the flit.
    const std::size_t header = encoding.header_bytes(bytes[0]);
    if (header == 0) return give_up();
    needed_ = header;
    if (bytes.size() < header) return;
    UcieUnit unit;
    if (!encoding.read(bytes.first(header), unit)) return give_up();
    if (started_ && !goes_on_with(unit.message)) return give_up();
    needed_ = header + unit.data_bytes;
    if (bytes.size() < needed_) return;
    add_unit(unit, header);
    if (!started_ && read_ <= first_area_end) early_ = messages_.size();
    needed_ = 1;
  }
}

bool UcieUnpacker::goes_on_with(const UcieMessageHeader& part) const {
  return part.kind == message_.kind && part.tag == message_.tag &&
         part.length <= UcieMessage::kMaxLength - message_.length;
}

// It is whole. Its data joins that of the units before; what is padding, and headers between, stays
// behind.
[[gnu::always_inline]] inline void UcieUnpacker::add_unit(const UcieUnit& unit,
                                                          std::size_t header_bytes) {
  const std::uint32_t padding = std::min(unit.padding, unit.data_bytes);
  const std::size_t first = read_ + header_bytes + padding;
  read_ += header_bytes + unit.data_bytes;
  if (!started_ && !unit.more) {
    messages_.push_back({unit.message, first});
    return;
  }
  if (!started_) {
    message_ = {unit.message, first};
  } else {
    row_.move_up(first, unit.message.data_bytes(), message_.first + message_.data_bytes());
    message_.length += unit.message.length;
  }
  started_ = unit.more;
  if (!started_) messages_.push_back(message_);
}

void UcieUnpacker::give_up() {
  ++malformed_;
  drop_unread();
  needed_ = 1;
  started_ = false;
}

void UcieUnpacker::clear() {
  messages_.clear();
  // All before has been taken, or was between.
  const std::size_t taken = started_ ? message_.first : read_;
  row_.drop(taken);
  read_ -= taken;
  message_.first -= started_ ? taken : 0;
}

}  // namespace cvp
