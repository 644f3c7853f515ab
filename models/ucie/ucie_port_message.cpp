// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/ucie_port_message.h"

#include <algorithm>
#include <cstring>

namespace cvp {
namespace {

constexpr std::uint8_t kNakMark = 0xF3;
constexpr std::uint8_t kLateMark = 0xF4;
constexpr std::uint8_t kWatchMark = 0xF5;
constexpr std::size_t kMarkedBytes = 1 + sizeof(std::uint64_t);

Message marked(std::uint8_t mark, std::uint64_t number, std::size_t more = 0) {
  Message message(kMarkedBytes + more);
  message[0] = mark;
  std::memcpy(&message[1], &number, sizeof number);
  return message;
}

std::optional<std::uint64_t> number_of(std::uint8_t mark, const Message& message) {
  if (message.size() < kMarkedBytes || message[0] != mark) return {};
  std::uint64_t number = 0;
  std::memcpy(&number, &message[1], sizeof number);
  return number;
}

}  // namespace

Message ucie_nak_message(const UcieNak& nak) { return marked(kNakMark, nak.damaged); }

std::optional<std::uint64_t> ucie_damage(const Message& message) {
  return number_of(kNakMark, message);
}

Message ucie_late_message(const Packet& packet, Femtoseconds pushed) {
  const Message bytes = encode(packet);
  Message message = marked(kLateMark, pushed.value, bytes.size());
  std::copy(bytes.begin(), bytes.end(), message.begin() + kMarkedBytes);
  return message;
}

Femtoseconds ucie_take_pushed(Message& message, Femtoseconds now) {
  const auto pushed = number_of(kLateMark, message);
  if (!pushed) return now;
  message.erase(message.begin(), message.begin() + kMarkedBytes);
  return {*pushed};
}

Message ucie_watch_message() { return {kWatchMark}; }

bool ucie_is_watch(const Message& message) { return message.front() == kWatchMark; }

}  // namespace cvp
