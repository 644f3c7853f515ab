// SPDX-License-Identifier: Apache-2.0
//
// A second receiver, for tests only. It knows the wire from FLITS.md alone: layouts, CRC, header
// and messages of every protocol are written down again, one byte and one bit at a time, and it
// shares no code with the model.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/ucie/protocol/ucie_message.h"

namespace cvp {

class NaiveReceiver {
 public:
  explicit NaiveReceiver(std::string format) : format_(std::move(format)) {}

  /// What came over the wire in one flit's time.
  void receive(const std::uint8_t* wire) {
    const std::vector<std::uint8_t> flit(wire, wire + (format_ == "raw"  ? 64
                                                       : format_ == "68" ? 68
                                                                         : 256));
    unsigned stack = 0, protocol = 3;
    if (format_ != "raw") {
      if (!fits(flit)) return void(++damaged);
      protocol = flit[0] >> 6;
      stack = flit[0] >> 5 & 1;
      const unsigned sequence = (flit[0] & 1) * 256 + flit[1];
      if (protocol == 0) return;
      if (sequence != expected_) return void(++unexpected);
      expected_ = (expected_ + 1) % 512;
    }
    ++accepted;
    for (std::size_t i = 0; i < flit.size(); ++i) {
      if (!is_payload(i, protocol)) continue;
      auto& stream = streams_[stack];
      if (stream.empty() && flit[i] == 0) break;  // Nothing more in this flit.
      stream.push_back(flit[i]);
      if (stream.size() != size_of(stream, protocol)) continue;
      add(parsed(stream, protocol), parts_[stack]);
      if (!goes_on(stream, protocol)) {
        messages.push_back(parts_[stack]);
        parts_[stack] = {};
      }
      stream.clear();
    }
  }

  std::vector<UcieMessage> messages;
  std::uint64_t accepted = 0, damaged = 0, unexpected = 0;

 private:
  bool is_payload(std::size_t i, unsigned protocol) const {
    const bool io = protocol == 1;
    if (format_ == "raw") return true;
    if (format_ == "68") return i >= 2 && i <= 65;
    if (format_ == "256") return i >= 2 && i <= (io ? 237 : 241);
    if (format_ == "256-latopt") return (i >= 2 && i <= 119) || (i >= 128 && i <= 245);
    if (format_ == "256-latopt-opt") {
      return (i >= 2 && i <= 125) || (i >= 128 && i <= (io ? 243 : 253));
    }
    throw std::logic_error("no such format: " + format_);
  }
  // The bytes from `first` to before `end`, then the two at `crc`, leave no remainder.
  static bool divides(const std::vector<std::uint8_t>& flit, std::size_t first, std::size_t end,
                      std::size_t crc) {
    std::vector<std::uint8_t> codeword(flit.begin() + static_cast<std::ptrdiff_t>(first),
                                       flit.begin() + static_cast<std::ptrdiff_t>(end));
    codeword.push_back(flit[crc]);
    codeword.push_back(flit[crc + 1]);
    unsigned remainder = 0;  // Highest power in bit 15.
    for (const std::uint8_t byte : codeword) {
      for (int bit = 0; bit < 8; ++bit) {
        const bool carry = (remainder & 0x8000) != 0;
        remainder = (remainder << 1 | (byte >> bit & 1)) & 0xFFFF;
        if (carry) remainder ^= 0x8005;
      }
    }
    return remainder == 0;
  }
  bool fits(const std::vector<std::uint8_t>& flit) const {
    if (format_ == "68") return divides(flit, 0, 66, 66);
    if (format_ == "256") return divides(flit, 0, 128, 252) && divides(flit, 128, 252, 254);
    return divides(flit, 0, 126, 126) && divides(flit, 128, 254, 254);
  }
  static std::uint64_t number(const std::vector<std::uint8_t>& bytes, std::size_t first,
                              std::size_t count) {
    std::uint64_t value = 0;
    while (count-- > 0) value = value * 256 + bytes[first + count];
    return value;
  }
  using Bytes = std::vector<std::uint8_t>;

  // Of the packet, slot or message that begins so, as soon as that can be told; before, 0.
  static std::size_t size_of(const Bytes& bytes, unsigned protocol) {
    if (protocol == 1) {
      if (bytes.size() < 12) return 0;
      const std::size_t header = is_long(bytes[0]) ? 16 : 12;
      return header + ((bytes[0] & 0x40) != 0 ? 4 * words_of(bytes) : 0);
    }
    if (bytes.size() < 16) return 0;
    const unsigned kind = bytes[0] & 15;
    if (protocol == 2) return kind == 2 || kind == 4 ? 80 : 16;
    return 16 + (kind == 1 ? 0 : number(bytes, 4, 4));
  }
  static bool goes_on(const Bytes& bytes, unsigned protocol) {
    return protocol == 1 ? (bytes[1] & 0x10) != 0 : protocol == 2 ? (bytes[0] & 0x10) != 0 : false;
  }
  static void add(const UcieMessage& part, UcieMessage& message) {
    if (message.kind == UcieMessageKind::kNone) return void(message = part);
    if (part.kind != message.kind || part.tag != message.tag) throw std::logic_error("a gap");
    message.length += part.length;
    message.data.insert(message.data.end(), part.data.begin(), part.data.end());
  }
  static UcieMessage parsed(const Bytes& bytes, unsigned protocol) {
    return protocol == 1   ? parsed_packet(bytes)
           : protocol == 2 ? parsed_slot(bytes)
                           : parsed_own(bytes);
  }

  static UcieMessage parsed_own(const Bytes& bytes) {
    UcieMessage message;
    message.kind = static_cast<UcieMessageKind>(bytes[0] % 16);
    message.operation = bytes[0] / 16;
    message.status = bytes[1] % 8;
    message.poison = bytes[1] / 8 % 2 == 1;
    message.traffic_class = bytes[1] / 16;
    message.tag = static_cast<std::uint16_t>(number(bytes, 2, 2));
    message.length = static_cast<std::uint32_t>(number(bytes, 4, 4));
    message.address = number(bytes, 8, 8);
    message.data.assign(bytes.begin() + 16, bytes.end());
    return message;
  }

  static bool is_long(unsigned type) {
    return type == 0x20 || type == 0x60 || type == 0x7B || (type >= 0x6C && type <= 0x6F);
  }
  static std::size_t words_of(const Bytes& bytes) {
    const std::size_t words = number(bytes, 2, 2) % 1024;
    return words == 0 ? 1024 : words;
  }
  static UcieMessage parsed_packet(const Bytes& bytes) {
    using Kind = UcieMessageKind;
    static const std::map<unsigned, Kind> kinds = {
        {0x03, Kind::kRead},      {0x20, Kind::kRead},        {0x5B, Kind::kWrite},
        {0x7B, Kind::kWrite},     {0x40, Kind::kPostedWrite}, {0x60, Kind::kPostedWrite},
        {0x4C, Kind::kAtomic},    {0x6C, Kind::kAtomic},      {0x4D, Kind::kAtomic},
        {0x6D, Kind::kAtomic},    {0x4E, Kind::kAtomic},      {0x6E, Kind::kAtomic},
        {0x4F, Kind::kAtomic},    {0x6F, Kind::kAtomic},      {0x4A, Kind::kReadData},
        {0x0A, Kind::kCompletion}};
    UcieMessage message;
    message.protocol = UcieProtocol::kIo;
    message.kind = kinds.at(bytes[0]);
    message.traffic_class = bytes[1] % 8;
    message.poison = bytes[1] / 8 % 2 == 1;
    message.operation = bytes[3] / 16;
    message.tag = static_cast<std::uint16_t>(number(bytes, 4, 2));
    const std::size_t words = words_of(bytes), header = is_long(bytes[0]) ? 16 : 12;
    if (message.kind == Kind::kCompletion || message.kind == Kind::kReadData) {
      message.status = number(bytes, 6, 2) / 4096;
      if (message.kind == Kind::kCompletion) return message;
      message.address = bytes[8];
      const std::size_t from = header + bytes[8] % 4;
      const std::size_t left = number(bytes, 6, 2) % 4096;
      const auto count = std::min<std::size_t>(left == 0 ? 4096 : left, bytes.size() - from);
      for (std::size_t i = 0; i < count; ++i) message.data.push_back(bytes[from + i]);
      message.length = static_cast<std::uint32_t>(count);
      return message;
    }
    // The bytes that are enabled, one by one.
    message.address = number(bytes, 8, header - 8);
    for (std::size_t word = 0; word < words; ++word) {
      for (unsigned i = 0; i < 4; ++i) {
        const bool enabled = word == 0           ? (bytes[6] >> i & 1) != 0
                             : word == words - 1 ? (bytes[6] >> (4 + i) & 1) != 0
                                                 : true;
        if (!enabled) continue;
        if (message.length++ == 0) message.address += 4 * word + i;
        if (message.kind != Kind::kRead) message.data.push_back(bytes[header + 4 * word + i]);
      }
    }
    return message;
  }

  static UcieMessage parsed_slot(const Bytes& bytes) {
    using Kind = UcieMessageKind;
    static const std::map<unsigned, Kind> kinds = {
        {1, Kind::kRead}, {2, Kind::kWrite}, {3, Kind::kCompletion}, {4, Kind::kReadData}};
    UcieMessage message;
    message.protocol = UcieProtocol::kMem;
    message.kind = kinds.at(bytes[0] % 16);
    message.status = bytes[1] % 8;
    message.poison = bytes[1] / 8 % 2 == 1;
    message.traffic_class = bytes[1] / 16;
    message.tag = static_cast<std::uint16_t>(number(bytes, 2, 2));
    message.length = message.kind == Kind::kCompletion ? 0 : 64;
    message.address = number(bytes, 8, 8);
    message.data.assign(bytes.begin() + 16, bytes.end());
    return message;
  }

  std::string format_;
  unsigned expected_ = 0;
  std::map<unsigned, std::vector<std::uint8_t>> streams_;
  std::map<unsigned, UcieMessage> parts_;  // What has come of a message in parts.
};

}  // namespace cvp
