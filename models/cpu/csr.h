// SPDX-License-Identifier: Apache-2.0
//
// Numbers and bits of the control and status registers. No SystemC.
// [PRIV: CSR Listing]
#pragma once

#include <cstdint>

namespace cvp {

enum Csr : std::uint16_t {
  kCsrFflags = 0x001,
  kCsrFrm = 0x002,
  kCsrFcsr = 0x003,
  kCsrSstatus = 0x100,
  kCsrSie = 0x104,
  kCsrStvec = 0x105,
  kCsrScounteren = 0x106,
  kCsrSenvcfg = 0x10a,
  kCsrSscratch = 0x140,
  kCsrSepc = 0x141,
  kCsrScause = 0x142,
  kCsrStval = 0x143,
  kCsrSip = 0x144,
  kCsrStimecmp = 0x14d,
  kCsrSiselect = 0x150,
  kCsrSireg = 0x151,
  kCsrStopei = 0x15c,
  kCsrSatp = 0x180,
  kCsrMstatus = 0x300,
  kCsrMisa = 0x301,
  kCsrMedeleg = 0x302,
  kCsrMideleg = 0x303,
  kCsrMie = 0x304,
  kCsrMtvec = 0x305,
  kCsrMcounteren = 0x306,
  kCsrMvien = 0x308,
  kCsrMvip = 0x309,
  kCsrMenvcfg = 0x30a,
  kCsrMcountinhibit = 0x320,
  kCsrMhpmevent3 = 0x323,
  kCsrMhpmevent31 = 0x33f,
  kCsrMscratch = 0x340,
  kCsrMepc = 0x341,
  kCsrMcause = 0x342,
  kCsrMtval = 0x343,
  kCsrMip = 0x344,
  kCsrMiselect = 0x350,
  kCsrMireg = 0x351,
  kCsrMtopei = 0x35c,
  kCsrPmpcfg0 = 0x3a0,
  kCsrPmpcfg2 = 0x3a2,
  kCsrPmpaddr0 = 0x3b0,
  kCsrPmpaddr15 = 0x3bf,
  kCsrMcycle = 0xb00,
  kCsrMinstret = 0xb02,
  kCsrMhpmcounter3 = 0xb03,
  kCsrMhpmcounter31 = 0xb1f,
  kCsrCycle = 0xc00,
  kCsrTime = 0xc01,
  kCsrInstret = 0xc02,
  kCsrHpmcounter3 = 0xc03,
  kCsrHpmcounter31 = 0xc1f,
  kCsrStopi = 0xdb0,
  kCsrMvendorid = 0xf11,
  kCsrMarchid = 0xf12,
  kCsrMimpid = 0xf13,
  kCsrMhartid = 0xf14,
  kCsrMconfigptr = 0xf15,
  kCsrMtopi = 0xfb0,
};

namespace mstatus {
inline constexpr std::uint64_t kSie = 1u << 1, kMie = 1u << 3, kSpie = 1u << 5, kMpie = 1u << 7,
                               kSpp = 1u << 8, kMpp = 3u << 11, kFs = 3u << 13, kMprv = 1u << 17,
                               kSum = 1u << 18, kMxr = 1u << 19, kTvm = 1u << 20, kTw = 1u << 21,
                               kTsr = 1u << 22, kUxl64 = std::uint64_t{2} << 32,
                               kSxl64 = std::uint64_t{2} << 34, kSd = std::uint64_t{1} << 63;
inline constexpr unsigned kMppShift = 11, kFsShift = 13;
inline constexpr std::uint64_t kWritable =
    kSie | kMie | kSpie | kMpie | kSpp | kMpp | kFs | kMprv | kSum | kMxr | kTvm | kTw | kTsr;
inline constexpr std::uint64_t kSupervisor = kSie | kSpie | kSpp | kFs | kSum | kMxr;
}  // namespace mstatus

/// Bits of menvcfg and, as far as they are there, of senvcfg.
namespace envcfg {
inline constexpr std::uint64_t kFiom = 1u << 0, kCbie = 3u << 4, kCbcfe = 1u << 6, kCbze = 1u << 7,
                               kAdue = std::uint64_t{1} << 61, kPbmte = std::uint64_t{1} << 62,
                               kStce = std::uint64_t{1} << 63;
inline constexpr unsigned kCbieShift = 4;
}  // namespace envcfg

/// Translation modes of satp; Sv48 and Sv57 follow.
namespace satp {
inline constexpr unsigned kBare = 0, kSv39 = 8;
}  // namespace satp

/// Bits of mip and mie.
enum Interrupt : std::uint64_t {
  kSsip = 1u << 1,
  kMsip = 1u << 3,
  kStip = 1u << 5,
  kMtip = 1u << 7,
  kSeip = 1u << 9,
  kMeip = 1u << 11,
};

enum class Cause : std::uint64_t {
  kFetchMisaligned = 0,
  kFetchAccess = 1,
  kIllegalInstruction = 2,
  kBreakpoint = 3,
  kLoadMisaligned = 4,
  kLoadAccess = 5,
  kStoreMisaligned = 6,
  kStoreAccess = 7,
  kEcallUser = 8,
  kEcallSupervisor = 9,
  kEcallMachine = 11,
  kFetchPage = 12,
  kLoadPage = 13,
  kStorePage = 15,
};

}  // namespace cvp
