// SPDX-License-Identifier: Apache-2.0
#include "platform/debug/debug_memory.h"

#include <algorithm>
#include <cstring>

namespace cvp {
namespace {

constexpr std::uint64_t kPage = 4096;

}  // namespace

DebugReader DebugMemory::reader() {
  return [this](Addr physical, std::uint64_t& value) {
    std::array<std::uint8_t, sizeof value> bytes{};
    if (!target_.read(physical, bytes)) return false;
    std::memcpy(&value, bytes.data(), bytes.size());
    return true;
  };
}

std::optional<DebugTranslation> DebugMemory::walk(const Hart& hart, Addr address) {
  return debug_walk(hart, address, reader());
}

/// Page by page; within one that cannot be accessed as a whole, byte by byte.
template <class Bytes, class Access>
std::size_t DebugMemory::by_page(const Hart& hart, Addr address, Bytes bytes, Access access) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const Addr at = address + done;
    const std::size_t size = std::min<std::uint64_t>(bytes.size() - done, kPage - at % kPage);
    const auto physical = physical_ ? std::optional(at) : debug_translate(hart, at, reader());
    if (!physical) return done;
    if (!access(*physical, bytes.subspan(done, size))) {
      for (std::size_t i = 0; i < size; ++i) {
        if (!access(*physical + i, bytes.subspan(done + i, 1))) return done + i;
      }
    }
    done += size;
  }
  return done;
}

std::size_t DebugMemory::read(const Hart& hart, Addr address, std::span<std::uint8_t> out) {
  return by_page(hart, address, out, [this](Addr physical, std::span<std::uint8_t> bytes) {
    return target_.read(physical, bytes);
  });
}

std::size_t DebugMemory::write(const Hart& hart, Addr address, std::span<const std::uint8_t> in) {
  return by_page(hart, address, in, [this](Addr physical, std::span<const std::uint8_t> bytes) {
    return target_.write(physical, bytes);
  });
}

}  // namespace cvp
