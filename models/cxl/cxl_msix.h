// SPDX-License-Identifier: Apache-2.0
//
// MSI-X of a function with one vector: whether it may send its message now or keeps it pending. No
// SystemC. [PCIE: MSI-X Operation]
#pragma once

#include <optional>

#include "models/cxl/cxl_msix_regs.h"  // generated

namespace cvp {

struct MsixMessage {
  Addr address = 0;
  std::uint32_t data = 0;
};

class CxlMsix {
 public:
  CxlMsixRegs regs{"msix"};

  /// From the capability's message control and the command register. While it is not enabled, what
  /// is raised is lost; while it may not send, it is pending.
  void configure(bool enabled, bool may_send) {
    enabled_ = enabled;
    may_send_ = may_send;
  }
  void raise() {
    if (enabled_) regs.pending.set({.vector0 = true});
  }
  /// The message that may go now; it is pending no more.
  std::optional<MsixMessage> next_message() {
    const bool masked = regs.vector_control.get().mask;
    if (!regs.pending.get().vector0 || !enabled_ || !may_send_ || masked) return std::nullopt;
    regs.pending.set({});
    return MsixMessage{Addr{regs.address_high.get()} << 32 | regs.address_low.bits(),
                       regs.data.get()};
  }

 private:
  bool enabled_ = false, may_send_ = false;
};

}  // namespace cvp
