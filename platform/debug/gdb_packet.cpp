// SPDX-License-Identifier: Apache-2.0
#include "platform/debug/gdb_packet.h"

#include <charconv>
#include <utility>

namespace cvp {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr char kInterruptByte = '\x03', kEscape = '}', kEscapeFlip = ' ';

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

unsigned checksum(std::string_view bytes) {
  unsigned sum = 0;
  for (const char c : bytes) sum += static_cast<unsigned char>(c);
  return sum & 0xff;
}

char flipped(char c) { return static_cast<char>(c ^ kEscapeFlip); }

}  // namespace

void GdbPacketReader::feed(std::string_view bytes) {
  for (const char byte : bytes) feed(byte);
}

void GdbPacketReader::feed(char byte) {
  switch (state_) {
    case State::kOutside:
      if (byte == kInterruptByte) items_.push_back({GdbItem::Kind::kInterrupt, {}});
      if (byte == '-') items_.push_back({GdbItem::Kind::kRepeat, {}});
      if (byte != '$') return;
      raw_.clear();
      too_long_ = false;
      state_ = State::kInside;
      return;
    case State::kInside:
      if (byte == '$') {  // The end of the last one got lost.
        raw_.clear();
        too_long_ = false;
      } else if (byte == '#') {
        state_ = State::kHigh;
      } else if (raw_.size() < kMaxPacket) {
        raw_ += byte;
      } else {
        too_long_ = true;
      }
      return;
    case State::kHigh:
      sum_ = digit(byte);
      state_ = State::kLow;
      return;
    case State::kLow:
      sum_ = sum_ < 0 || digit(byte) < 0 ? -1 : sum_ * 16 + digit(byte);
      finish();
      state_ = State::kOutside;
      return;
  }
}

void GdbPacketReader::finish() {
  if (too_long_ || sum_ != static_cast<int>(checksum(raw_))) {
    items_.push_back({GdbItem::Kind::kBroken, {}});
    return;
  }
  GdbItem item;
  for (std::size_t i = 0; i < raw_.size(); ++i) {
    const bool escaped = raw_[i] == kEscape && i + 1 < raw_.size();
    item.text += escaped ? flipped(raw_[++i]) : raw_[i];
  }
  items_.push_back(std::move(item));
}

GdbItem GdbPacketReader::take() {
  GdbItem item = std::move(items_.front());
  items_.pop_front();
  return item;
}

std::string gdb_packet(std::string_view text) {
  std::string body;
  for (const char c : text) {
    const bool special = c == '$' || c == '#' || c == kEscape || c == '*';
    if (special) body += kEscape;
    body += special ? flipped(c) : c;
  }
  const unsigned sum = checksum(body);
  return "$" + body + "#" + kDigits[sum >> 4] + kDigits[sum & 15];
}

std::string to_hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

bool from_hex(std::string_view text, std::string& bytes) {
  bytes.clear();
  if (text.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return false;
    bytes += static_cast<char>(high * 16 + low);
  }
  return true;
}

bool take_hex(std::string_view& text, std::uint64_t& value) {
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  return true;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

}  // namespace cvp
