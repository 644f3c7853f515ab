// SPDX-License-Identifier: Apache-2.0
//
// A second receiver, for tests only. It knows the wire from the README alone: layouts, CRC, header
// and messages are written down again, one byte and one bit at a time, and it shares no code with
// the model.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/ucie/ucie_message.h"

namespace cvp {

class NaiveReceiver {
 public:
  explicit NaiveReceiver(std::string format) : format_(std::move(format)) {}

  /// What came over the wire in one flit's time.
  void receive(const std::uint8_t* wire) {
    const std::vector<std::uint8_t> flit(wire, wire + (format_ == "raw"  ? 64
                                                       : format_ == "68" ? 68
                                                                         : 256));
    unsigned stack = 0;
    if (format_ != "raw") {
      if (!fits(flit)) return void(++damaged);
      const unsigned protocol = flit[0] >> 6;
      stack = flit[0] >> 5 & 1;
      const unsigned sequence = (flit[0] & 1) * 256 + flit[1];
      if (protocol == 0) return;
      if (sequence != expected_) return void(++unexpected);
      expected_ = (expected_ + 1) % 512;
    }
    ++accepted;
    for (std::size_t i = 0; i < flit.size(); ++i) {
      if (!is_payload(i)) continue;
      auto& stream = streams_[stack];
      if (stream.empty() && flit[i] == 0) break;  // Nothing more in this flit.
      stream.push_back(flit[i]);
      if (is_whole(stream)) {
        messages.push_back(parsed(stream));
        stream.clear();
      }
    }
  }

  std::vector<UcieMessage> messages;
  std::uint64_t accepted = 0, damaged = 0, unexpected = 0;

 private:
  bool is_payload(std::size_t i) const {
    if (format_ == "raw") return true;
    if (format_ == "68") return i >= 2 && i <= 65;
    if (format_ == "256") return i >= 2 && i <= 241;
    if (format_ == "256-latopt") return (i >= 2 && i <= 119) || (i >= 128 && i <= 245);
    if (format_ == "256-latopt-opt") return (i >= 2 && i <= 125) || (i >= 128 && i <= 253);
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
  static bool is_whole(const std::vector<std::uint8_t>& bytes) {
    if (bytes.size() < 16) return false;
    const bool read = (bytes[0] & 15) == 1;
    return bytes.size() == 16 + (read ? 0 : number(bytes, 4, 4));
  }
  static UcieMessage parsed(const std::vector<std::uint8_t>& bytes) {
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

  std::string format_;
  unsigned expected_ = 0;
  std::map<unsigned, std::vector<std::uint8_t>> streams_;
};

}  // namespace cvp
