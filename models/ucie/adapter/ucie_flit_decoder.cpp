// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_flit_decoder.h"

#include <algorithm>
#include <span>

#include "models/core/report.h"
#include "models/ucie/adapter/ucie_transmitter.h"

namespace cvp {
namespace {

constexpr std::array kProtocols = {"nop", "io", "mem", "streaming"};

std::string hex4(std::uint32_t number) {
  std::string text = "0000";
  for (unsigned i = 0; i < 4; ++i) text[3 - i] = "0123456789abcdef"[number >> 4 * i & 0xF];
  return text;
}

}  // namespace

std::string ucie_message_text(const UcieMessageHeader& message) {
  std::string text =
      concat(ucie_encoding(message.protocol).name_of(message), " tag ", hex4(message.tag));
  const bool answer =
      message.kind == UcieMessageKind::kReadData || message.kind == UcieMessageKind::kCompletion;
  // Answers of the other protocols do not tell it.
  if (!answer || message.protocol == UcieProtocol::kStreaming) {
    text += " at " + hex(message.address);
  }
  if (message.length > 0) text += concat(", ", message.length, " B");
  if (message.operation > 0) text += concat(", operation ", unsigned{message.operation});
  if (message.status > 0) text += concat(", status ", unsigned{message.status});
  if (message.poison) text += ", poison";
  return text;
}

std::uint32_t UcieFlitDecoder::read_payload(const UcieFlit& flit, UcieProtocol protocol,
                                            Place& place, std::string& text) const {
  const UcieEncoding& encoding = ucie_encoding(protocol);
  // 1. The areas, one behind the other.
  std::array<std::uint8_t, sizeof(UcieFlit::bytes)> payload;
  auto end = payload.begin();
  for (const UcieByteRange& area : ucie_flit_layout(format_, protocol).payload) {
    end = std::copy_n(flit.bytes.begin() + area.first, area.count, end);
  }
  // 2. Unit by unit.
  std::span<const std::uint8_t> bytes(payload.begin(), end);
  const std::size_t all = bytes.size();
  while (!bytes.empty()) {
    if (place.data_bytes > 0) {
      const auto count = std::min<std::size_t>(place.data_bytes, bytes.size());
      text += concat(" | ", count, " B of data");
      place.data_bytes -= static_cast<std::uint32_t>(count);
      bytes = bytes.subspan(count);
      continue;
    }
    if (place.header_bytes == 0 && bytes[0] == 0) break;  // The rest is empty.
    const std::size_t whole =
        encoding.header_bytes(place.header_bytes == 0 ? bytes[0] : place.header[0]);
    const auto count = std::min(whole - place.header_bytes, bytes.size());
    std::copy_n(bytes.begin(), count, place.header.begin() + place.header_bytes);
    place.header_bytes += static_cast<std::uint32_t>(count);
    bytes = bytes.subspan(count);
    if (place.header_bytes < whole) {
      text += concat(" | ", place.header_bytes, " B of a header");
      break;
    }
    UcieUnit unit;
    const bool known =
        whole > 0 && encoding.read(std::span<const std::uint8_t>(place.header).first(whole), unit);
    place.header_bytes = 0;
    if (!known) {
      text += " | NO MESSAGE";
      break;
    }
    place.data_bytes = unit.data_bytes;
    text += " | " + ucie_message_text(unit.message);
    if (unit.more) text += ", goes on";
  }
  return static_cast<std::uint32_t>(all - bytes.size());
}

std::string UcieFlitDecoder::report_text(const UcieFlitHeader& header) const {
  const unsigned count = header.report * kUcieReportStep;
  if (header.sequence % 2 == 0) return concat("accepted ", count);
  if (stacks_ == 1) return concat("consumed ", count);
  return concat("consumed ", count, " of stack ", ucie_reported_stack(header.sequence, stacks_));
}

UcieFlitDecoder::Decoded UcieFlitDecoder::decode(const UcieFlit& flit) {
  Decoded decoded;
  const UcieFlitLayout& layout = ucie_flit_layout(format_);
  if (!layout.has_header()) {
    decoded.name = "raw";
    decoded.bytes = read_payload(flit, UcieProtocol::kStreaming, next_[0], decoded.text);
    decoded.text.insert(0, concat("raw ", decoded.bytes, " B"));
    return decoded;
  }
  const UcieFlitHeader header = flit.header();
  if (header.protocol == UcieProtocol::kNone) {
    const UcieReport report = ucie_nop_report(layout, flit);
    decoded.name = report.nak ? "nak" : report.probe ? "probe" : "nop";
    decoded.text = concat(decoded.name, ", next ", header.sequence, ", accepted ", report.accepted,
                          ", consumed ", report.consumed[0]);
    if (stacks_ > 1) decoded.text += concat(" of stack 0, ", report.consumed[1], " of stack 1");
    return decoded;
  }
  const bool again = header.sequence != expected_;
  Place& first = places_[header.sequence];
  if (!again) {
    first = next_[header.stack];
    expected_ = (expected_ + 1) % kUcieSequences;
  }
  Place place = first;
  std::string payload;
  decoded.bytes = read_payload(flit, header.protocol, place, payload);
  if (!again) next_[header.stack] = place;
  decoded.name = concat(again ? "replay " : "flit ", header.sequence);
  decoded.text =
      concat(decoded.name, ", ", kProtocols[static_cast<std::size_t>(header.protocol)], " ",
             unsigned{header.stack}, ", ", report_text(header), ", ", decoded.bytes, " B", payload);
  return decoded;
}

}  // namespace cvp
