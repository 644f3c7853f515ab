// SPDX-License-Identifier: Apache-2.0
//
// Memory as a debugger sees it: by virtual address, as the selected hart would fetch there, or by
// physical address. No SystemC.
#pragma once

#include "models/cpu/debug_walk.h"
#include "platform/debug/debug_target.h"

namespace cvp {

class DebugMemory {
 public:
  explicit DebugMemory(DebugTarget& target) : target_(target) {}

  bool physical() const { return physical_; }
  void use_physical(bool physical) { physical_ = physical; }
  /// How many of the bytes could be read or written: up to the first that is not there.
  std::size_t read(const Hart& hart, Addr address, std::span<std::uint8_t> out);
  std::size_t write(const Hart& hart, Addr address, std::span<const std::uint8_t> in);
  std::optional<DebugTranslation> walk(const Hart& hart, Addr address);

 private:
  template <class Bytes, class Access>
  std::size_t by_page(const Hart& hart, Addr address, Bytes bytes, Access access);
  DebugReader reader();

  DebugTarget& target_;
  bool physical_ = false;
};

}  // namespace cvp
