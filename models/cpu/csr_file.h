// SPDX-License-Identifier: Apache-2.0
//
// What the control and status registers hold, as far as it is not PMP. No SystemC.
#pragma once

#include <cstdint>

namespace cvp {

struct CsrFile {
  std::uint64_t mstatus = 0, medeleg = 0, mideleg = 0, mie = 0, mtvec = 0, mcounteren = 0,
                menvcfg = 0, mscratch = 0, mepc = 0, mcause = 0, mtval = 0, mcountinhibit = 0;
  std::uint64_t mip_software = 0;  ///< What was written to mip; inputs are not in here.
  /// Added to the hart's own counts, or the values while they are inhibited.
  std::uint64_t mcycle_base = 0, minstret_base = 0;
  std::uint64_t stvec = 0, scounteren = 0, senvcfg = 0, sscratch = 0, sepc = 0, scause = 0,
                stval = 0, stimecmp = 0, satp = 0;
  std::uint64_t miselect = 0, siselect = 0, mvien = 0;
  std::uint64_t sie_filtered = 0;  ///< Of sie: enables of interrupts that are in mvien only.
  std::uint64_t fflags = 0, frm = 0;

  template <class Archive>
  void serialize(Archive& a) {
    a(mstatus, medeleg, mideleg, mie, mtvec, mcounteren, menvcfg, mscratch, mepc, mcause, mtval);
    a(mcountinhibit, mip_software, mcycle_base, minstret_base);
    a(miselect, siselect, mvien, sie_filtered);
    a(stvec, scounteren, senvcfg, sscratch, sepc, scause, stval, stimecmp, satp, fflags, frm);
  }
};

}  // namespace cvp
