// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "models/cpu/pmp.h"

namespace cvp {
namespace {

constexpr std::uint8_t kR = 1, kW = 2, kX = 4, kTor = 8, kNa4 = 16, kNapot = 24, kLock = 128;

/// Sets the configuration of one region.
void configure(Pmp& pmp, unsigned region, std::uint8_t config) {
  const unsigned csr = region / 8 * 2, shift = region % 8 * 8;
  const std::uint64_t others = pmp.read_config(csr) & ~(std::uint64_t{0xff} << shift);
  pmp.write_config(csr, others | std::uint64_t{config} << shift);
}

bool user_may(const Pmp& pmp, Addr address, std::uint64_t size, Access access) {
  return pmp.allows(address, size, access, Privilege::kUser);
}

TEST_CASE("Pmp without regions allows M mode everything and others nothing", "[cpu]") {
  const Pmp pmp;
  CHECK(pmp.allows(0x1000, 8, Access::kStore, Privilege::kMachine));
  CHECK_FALSE(pmp.allows(0x1000, 8, Access::kLoad, Privilege::kSupervisor));
  CHECK_FALSE(user_may(pmp, 0x1000, 4, Access::kFetch));
}

TEST_CASE("Pmp NAPOT covers a power of two from 8 bytes on", "[cpu]") {
  Pmp pmp;
  pmp.write_address(0, 0x2000'0000);  // yyyy...yyy0: 8 bytes at 0x8000'0000.
  configure(pmp, 0, kNapot | kR);
  CHECK(user_may(pmp, 0x8000'0000, 8, Access::kLoad));
  CHECK_FALSE(user_may(pmp, 0x8000'0008, 1, Access::kLoad));
  pmp.write_address(0, 0x2000'01ff);  // Nine ones: 4 KiB.
  CHECK(user_may(pmp, 0x8000'0ff8, 8, Access::kLoad));
  CHECK_FALSE(user_may(pmp, 0x8000'1000, 1, Access::kLoad));
  CHECK_FALSE(user_may(pmp, 0x8000'0000, 1, Access::kStore));
  pmp.write_address(0, ~std::uint64_t{0});
  CHECK(user_may(pmp, 0xff'ffff'ffff, 1, Access::kLoad));
}

TEST_CASE("Pmp TOR covers from the address before it, NA4 four bytes", "[cpu]") {
  Pmp pmp;
  pmp.write_address(0, 0x1000 >> 2);
  pmp.write_address(1, 0x1800 >> 2);
  configure(pmp, 1, kTor | kR | kX);
  CHECK_FALSE(user_may(pmp, 0xfff, 1, Access::kLoad));
  CHECK(user_may(pmp, 0x1000, 4, Access::kFetch));
  CHECK(user_may(pmp, 0x17ff, 1, Access::kLoad));
  CHECK_FALSE(user_may(pmp, 0x1800, 1, Access::kLoad));
  pmp.write_address(2, 0x1800 >> 2);
  configure(pmp, 2, kNa4 | kR);
  CHECK(user_may(pmp, 0x1800, 4, Access::kLoad));
  CHECK_FALSE(user_may(pmp, 0x1804, 1, Access::kLoad));
}

TEST_CASE("Pmp lowest-numbered matching region decides", "[cpu]") {
  Pmp pmp;
  pmp.write_address(0, 0x2000'01ff);
  configure(pmp, 0, kNapot);
  pmp.write_address(1, ~std::uint64_t{0});
  configure(pmp, 1, kNapot | kR | kW | kX);
  CHECK_FALSE(user_may(pmp, 0x8000'0000, 8, Access::kLoad));
  CHECK(user_may(pmp, 0x8000'1000, 8, Access::kLoad));
  CHECK(pmp.allows(0x8000'0000, 8, Access::kLoad, Privilege::kMachine));
}

TEST_CASE("Pmp region must match all bytes of an access", "[cpu]") {
  Pmp pmp;
  pmp.write_address(0, 0x2000'0000);
  configure(pmp, 0, kNapot | kR);
  pmp.write_address(1, ~std::uint64_t{0});
  configure(pmp, 1, kNapot | kR);
  CHECK_FALSE(user_may(pmp, 0x8000'0004, 8, Access::kLoad));
  CHECK_FALSE(pmp.uniform(0x8000'0000, 4096));
  CHECK(pmp.uniform(0x8000'1000, 4096));
}

TEST_CASE("Pmp lock binds M mode and cannot be written away", "[cpu]") {
  Pmp pmp;
  pmp.write_address(0, 0x100);
  pmp.write_address(1, 0x2000'01ff);
  configure(pmp, 1, kNapot | kLock | kR);
  CHECK_FALSE(pmp.allows(0x8000'0000, 8, Access::kStore, Privilege::kMachine));
  CHECK(pmp.allows(0x8000'0000, 8, Access::kLoad, Privilege::kMachine));
  configure(pmp, 1, 0);
  pmp.write_address(1, 0);
  CHECK(pmp.read_address(1) == 0x2000'01ff);
  CHECK(pmp.read_config(0) >> 8 == (kNapot | kLock | kR));
  pmp.write_address(0, 0x200);
  CHECK(pmp.read_address(0) == 0x200);  // Its successor is not TOR.
}

TEST_CASE("Pmp locked TOR region locks the address below it", "[cpu]") {
  Pmp pmp;
  pmp.write_address(2, 0x400);
  pmp.write_address(3, 0x800);
  configure(pmp, 3, kTor | kLock);
  pmp.write_address(2, 0);
  CHECK(pmp.read_address(2) == 0x400);
}

TEST_CASE("Pmp keeps reserved bits zero and refuses W without R", "[cpu]") {
  Pmp pmp;
  pmp.write_config(0, 0x60 | kW);
  CHECK(pmp.read_config(0) == 0);
  pmp.write_address(0, ~std::uint64_t{0});
  CHECK(pmp.read_address(0) == (std::uint64_t{1} << 54) - 1);
}

}  // namespace
}  // namespace cvp
