// SPDX-License-Identifier: Apache-2.0
//
// GDB's remote serial protocol as bytes: `$packet#checksum`, acknowledgements, the interrupt byte.
// Takes whatever comes: what is no packet is dropped. No SystemC.
// [GDB: Remote Protocol, Overview]
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace cvp {

struct GdbItem {
  enum class Kind : std::uint8_t {
    kPacket,
    kBroken,     ///< A packet whose checksum is wrong, or which is too long.
    kInterrupt,  ///< Ctrl-C.
    kRepeat,     ///< The last reply shall be sent again.
  };
  Kind kind = Kind::kPacket;
  std::string text;  ///< Without escapes; may hold any byte.
};

class GdbPacketReader {
 public:
  static constexpr std::size_t kMaxPacket = 16 << 10;

  void feed(std::string_view bytes);
  bool empty() const { return items_.empty(); }
  GdbItem take();

 private:
  enum class State : std::uint8_t { kOutside, kInside, kHigh, kLow };
  void feed(char byte);
  void finish();

  State state_ = State::kOutside;
  std::string raw_;
  bool too_long_ = false;
  int sum_ = 0;
  std::deque<GdbItem> items_;
};

/// A packet around `text`, escaped.
std::string gdb_packet(std::string_view text);

/// Two digits a byte, as the protocol has bytes and registers.
std::string to_hex(std::string_view bytes);
/// False if there is anything but pairs of hexadecimal digits.
bool from_hex(std::string_view text, std::string& bytes);
/// Takes a hexadecimal number from the front of `text`; false if there is none of up to 64 bits.
bool take_hex(std::string_view& text, std::uint64_t& value);
/// Takes `expected` from the front of `text`.
bool take(std::string_view& text, std::string_view expected);

}  // namespace cvp
