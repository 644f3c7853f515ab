// SPDX-License-Identifier: Apache-2.0
//
// The core of an APLIC as software sees it, for its unit tests.
#pragma once

#include <catch2/catch.hpp>

#include "models/aplic/aplic_core.h"

namespace cvp::aplic_test {

constexpr auto kMachine = AplicCore::kMachine, kSupervisor = AplicCore::kSupervisor;
constexpr AplicCore::Source kSource = 37;  // Bit 5 of word 1.
constexpr std::uint32_t kBit = 1u << 5;

// Offsets of [AIA: Memory-mapped control region for an interrupt domain].
enum Offset : Addr {
  kDomaincfg = 0x0,
  kMmsiaddrcfg = 0x1bc0,
  kMmsiaddrcfgh = 0x1bc4,
  kSmsiaddrcfg = 0x1bc8,
  kSmsiaddrcfgh = 0x1bcc,
  kSetip = 0x1c00,
  kSetipnum = 0x1cdc,
  kInClrip = 0x1d00,
  kClripnum = 0x1ddc,
  kSetie = 0x1e00,
  kSetienum = 0x1edc,
  kClrie = 0x1f00,
  kClrienum = 0x1fdc,
  kSetipnumLe = 0x2000,
  kSetipnumBe = 0x2004,
  kGenmsi = 0x3000,
  kIdc = 0x4000,
};
constexpr Addr kSupervisorRegion = 0x100'0000;
constexpr Addr sourcecfg(unsigned source) { return 4 * source; }
constexpr Addr target(unsigned source) { return 0x3000 + 4 * source; }
constexpr Addr idelivery(unsigned hart) { return kIdc + 0x20 * hart; }
constexpr Addr iforce(unsigned hart) { return idelivery(hart) + 0x4; }
constexpr Addr ithreshold(unsigned hart) { return idelivery(hart) + 0x8; }
constexpr Addr topi(unsigned hart) { return idelivery(hart) + 0x18; }
constexpr Addr claimi(unsigned hart) { return idelivery(hart) + 0x1c; }

constexpr std::uint32_t kDelegate = 1u << 10, kIe = 1u << 8, kMsi = 1u << 2;
enum Mode : std::uint32_t { kInactive, kDetached, kEdge1 = 4, kEdge0, kLevel1, kLevel0 };

/// A core as software sees it: reads and writes of domain d's region.
struct Core : AplicCore {
  explicit Core(unsigned harts = 4, Source sources = 223) : AplicCore(harts, sources) {}
  std::uint32_t get(Addr offset, unsigned domain = kMachine) {
    const auto result = regs.read(domain * kSupervisorRegion + offset, 4);
    REQUIRE(result.status == RegisterStatus::kOk);
    return static_cast<std::uint32_t>(result.value);
  }
  void put(Addr offset, std::uint32_t value, unsigned domain = kMachine) {
    REQUIRE(regs.write(domain * kSupervisorRegion + offset, 4, value) == RegisterStatus::kOk);
  }
  bool is_pending(unsigned source = kSource, unsigned domain = kMachine) {
    return (get(kSetip + 4 * (source / 32), domain) >> source % 32 & 1) != 0;
  }
  bool is_enabled(unsigned source = kSource, unsigned domain = kMachine) {
    return (get(kSetie + 4 * (source / 32), domain) >> source % 32 & 1) != 0;
  }
  void delegate(unsigned source) { put(sourcecfg(source), kDelegate); }
  /// Direct delivery of a source to a hart with a priority.
  void deliver(unsigned domain, unsigned source, unsigned hart, unsigned priority) {
    put(target(source), hart << 18 | priority, domain);
    put(kSetienum, source, domain);
    put(idelivery(hart), 1, domain);
  }
};

}  // namespace cvp::aplic_test
