// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/htif.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "models/core/report.h"

namespace cvp {
namespace {

constexpr std::uint64_t kSysWrite = 64, kSysExit = 93;
constexpr std::uint64_t kMaxWrite = 1 << 20;  // A length beyond is a broken guest.

}  // namespace

Htif::Htif(Addr tohost, Addr fromhost, Host host)
    : tohost_(tohost), fromhost_(fromhost), host_(std::move(host)) {}

bool Htif::read_word(Addr address, std::uint64_t& value) const {
  std::array<std::uint8_t, 8> bytes{};
  if (!host_.read || !host_.read(address, bytes)) return false;
  std::memcpy(&value, bytes.data(), bytes.size());
  return true;
}

bool Htif::write_word(Addr address, std::uint64_t value) const {
  std::array<std::uint8_t, 8> bytes{};
  std::memcpy(bytes.data(), &value, bytes.size());
  return host_.write && host_.write(address, bytes);
}

void Htif::answer(std::uint64_t value) {
  write_word(tohost_, 0);
  if (fromhost_ != 0) write_word(fromhost_, value);
}

void Htif::poll() {
  std::uint64_t value = 0;
  if (ended_ || !read_word(tohost_, value) || value == 0) return;
  const std::uint64_t device = value >> 56, command = value >> 48 & 0xff;
  if (device == 1 && command == 1) {
    if (host_.console) host_.console(static_cast<char>(value));
    answer(device << 56 | command << 48);
  } else if (device != 0) {
    log_unmodelled(concat("htif device ", device));
    answer(0);
  } else if ((value & 1) != 0) {
    ended_ = true;
    if (host_.exit) host_.exit(value >> 1);
  } else {
    system_call(value & ~(~std::uint64_t{0} << 48));
  }
}

void Htif::system_call(Addr block) {
  std::array<std::uint64_t, 4> call{};
  for (std::size_t i = 0; i < call.size(); ++i) {
    if (!read_word(block + 8 * i, call[i])) return answer(1);
  }
  std::uint64_t result = ~std::uint64_t{0};
  if (call[0] == kSysExit) {
    ended_ = true;
    if (host_.exit) host_.exit(call[1]);
    return;
  }
  if (call[0] == kSysWrite && (call[1] == 1 || call[1] == 2)) {
    const std::uint64_t length = std::min(call[3], kMaxWrite);
    std::uint8_t byte = 0;
    result = 0;
    while (result < length && host_.read(call[2] + result, {&byte, 1})) {
      if (host_.console) host_.console(static_cast<char>(byte));
      ++result;
    }
  } else {
    log_unmodelled(concat("htif system call ", call[0]));
  }
  write_word(block, result);
  answer(1);
}

}  // namespace cvp
