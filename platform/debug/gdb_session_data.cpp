// SPDX-License-Identifier: Apache-2.0
//
// Registers, memory, breakpoints, the target description.
#include <algorithm>

#include "platform/debug/gdb_registers.h"
#include "platform/debug/gdb_session.h"

namespace cvp {
namespace {

constexpr std::size_t kDigitsOfRegister = 16;

}  // namespace

void GdbSession::read_registers(std::string_view) {
  std::string text;
  for (unsigned n = 0; n < gdb_registers::kGeneral; ++n) {
    text += *gdb_registers::read(selected(), n);
  }
  reply(text);
}

void GdbSession::write_registers(std::string_view text) {
  for (unsigned n = 0; n < gdb_registers::kGeneral && !text.empty(); ++n) {
    if (!gdb_registers::write(selected(), n, text.substr(0, kDigitsOfRegister))) return error();
    text.remove_prefix(kDigitsOfRegister);
  }
  ok();
}

void GdbSession::read_register(std::string_view text) {
  std::uint64_t number = 0;
  if (!take_hex(text, number) || !text.empty()) return error();
  const auto value = gdb_registers::read(selected(), number);
  value ? reply(*value) : error();
}

void GdbSession::write_register(std::string_view text) {
  std::uint64_t number = 0;
  const bool good = take_hex(text, number) && take(text, "=");
  good&& gdb_registers::write(selected(), number, text) ? ok() : error();
}

void GdbSession::read_memory(std::string_view text) {
  Addr address = 0;
  std::uint64_t length = 0;
  if (!take_hex(text, address) || !take(text, ",") || !take_hex(text, length) || !text.empty()) {
    return error();
  }
  std::string bytes(std::min<std::uint64_t>(length, GdbPacketReader::kMaxPacket / 2), '\0');
  const std::size_t got = memory_.read(
      selected(), address, {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  if (got == 0 && length != 0) return error();
  reply(to_hex({bytes.data(), got}));
}

void GdbSession::write_memory(std::string_view text) {
  Addr address = 0;
  std::uint64_t length = 0;
  std::string bytes;
  if (!take_hex(text, address) || !take(text, ",") || !take_hex(text, length) || !take(text, ":") ||
      !from_hex(text, bytes)) {
    return error();
  }
  store(address, length, bytes);
}

void GdbSession::write_binary(std::string_view text) {
  Addr address = 0;
  std::uint64_t length = 0;
  if (!take_hex(text, address) || !take(text, ",") || !take_hex(text, length) || !take(text, ":")) {
    return error();
  }
  store(address, length, std::string(text));
}

void GdbSession::store(Addr address, std::uint64_t length, const std::string& bytes) {
  if (bytes.size() != length) return error();
  const std::size_t stored = memory_.write(
      selected(), address, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  stored == length ? ok() : error();
}

/// `type,address,kind`: 0 and 1 are breakpoints, 2 to 4 watch stores, loads, both.
void GdbSession::change_point(std::string_view text, bool inserts) {
  std::uint64_t type = 0, kind = 0;
  Addr address = 0;
  if (!take_hex(text, type) || !take(text, ",") || !take_hex(text, address) || !take(text, ",") ||
      !take_hex(text, kind)) {
    return error();
  }
  if (type > 4) return reply("");
  if (type < 2) {
    const std::pair point{address, type == 0 ? Breakpoint::kSoftware : Breakpoint::kHardware};
    if (inserts) {
      breakpoints_.insert(point);
    } else {
      breakpoints_.erase(point);
    }
    std::set<Addr> addresses;
    for (const auto& [at, ignored] : breakpoints_) addresses.insert(at);
    target_.set_breakpoints(addresses);
    return ok();
  }
  if (kind == 0 || kind > GdbPacketReader::kMaxPacket) return error();
  const Watchpoint watch{address, kind, type != 2, type != 3};
  const auto found = std::find(watchpoints_.begin(), watchpoints_.end(), watch);
  if (inserts && found == watchpoints_.end()) watchpoints_.push_back(watch);
  if (!inserts && found != watchpoints_.end()) watchpoints_.erase(found);
  target_.set_watchpoints(watchpoints_);
  ok();
}

/// `offset,length` of the description, with `m` before a part and `l` before the last one.
void GdbSession::features(std::string_view text) {
  std::uint64_t offset = 0, length = 0;
  if (!take_hex(text, offset) || !take(text, ",") || !take_hex(text, length)) return error();
  if (description_.empty()) description_ = gdb_registers::description(target_.hart(0));
  if (offset > description_.size()) return error();
  // Escapes may double what is sent.
  length = std::min<std::uint64_t>(length, GdbPacketReader::kMaxPacket / 2 - 2);
  const std::string part = description_.substr(offset, length);
  reply((offset + part.size() < description_.size() ? "m" : "l") + part);
}

}  // namespace cvp
