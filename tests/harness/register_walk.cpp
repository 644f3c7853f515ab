// SPDX-License-Identifier: Apache-2.0
#include "tests/harness/register_walk.h"

namespace cvp {
namespace {

/// What a write of `data` leaves in a field that held `before`, by the words of SystemRDL.
std::uint64_t after_write(const FieldInfo& field, std::uint64_t before, std::uint64_t data) {
  if (!field.sw_write) return before;
  if (field.single_pulse) return 0;
  // clang-format off
  switch (field.on_write) {
    case OnWrite::kStores: return data;
    case OnWrite::kOneSets: return before | data;
    case OnWrite::kOneClears: return before & ~data;
    case OnWrite::kOneToggles: return before ^ data;
    case OnWrite::kZeroSets: return before | ~data;
    case OnWrite::kZeroClears: return before & data;
    case OnWrite::kZeroToggles: return before ^ ~data;
    case OnWrite::kClears: return 0;
    case OnWrite::kSets: return ~std::uint64_t{0};
  }
  // clang-format on
  return before;
}

}  // namespace

void RegisterWalk::run() {
  std::size_t walked = 0;
  for (const RegisterBase* reg : bank_.registers()) {
    if (reg->info().overlay) continue;
    for (std::size_t index = 0; index < reg->count(); ++index) {
      if (!reg->implemented(index)) continue;
      check_reset(*reg, index);
      ++walked;
    }
  }
  REQUIRE(walked > 0);
  for (const RegisterBase* reg : bank_.registers()) {
    if (reg->info().overlay) continue;
    for (std::size_t index = 0; index < reg->count(); ++index) {
      if (!reg->implemented(index)) continue;
      check_sizes(*reg, index);
      check_writes(*reg, index);
    }
  }
  check_holes();
}

RegisterWalk::Masks RegisterWalk::masks(const RegisterBase& reg) const {
  Masks masks{reg.info().lanes(), reg.info().lanes()};
  for (const FieldInfo& field : reg.info().fields) {
    if (field.dont_compare || field.dont_test) masks.compare &= ~field.mask();
    if (field.dont_test) masks.test &= ~field.mask();
  }
  return masks;
}

void RegisterWalk::check_reset(const RegisterBase& reg, std::size_t index) {
  if (reg.readable() == 0) return;
  INFO(bank_.name() << "." << reg.info().name << "[" << index << "] after reset");
  const auto compare = masks(reg).compare;
  const auto result = initiator_.read(reg.offset(index), reg.info().bytes);
  REQUIRE(result.status == tlm::TLM_OK_RESPONSE);
  // Write-only and reserved bits read as zero.
  CHECK((result.value & compare) == (reg.reset_bits(index) & reg.readable() & compare));
}

void RegisterWalk::check_writes(const RegisterBase& reg, std::size_t index) {
  // A register with a field that must not be written is written in none: writes go to all of it.
  if (masks(reg).test != reg.info().lanes() || shares_address(reg)) return;
  for (const std::uint64_t before : {std::uint64_t{0}, ~std::uint64_t{0}}) {
    for (const std::uint64_t data : {0xaaaa'aaaa'aaaa'aaaaull, 0x5555'5555'5555'5555ull}) {
      check_write(reg, index, before & reg.info().lanes(), data & reg.info().lanes());
    }
  }
  std::uint64_t reset = reg.reset_bits(index);
  initiator_.poke(reg.offset(index), reg.info().bytes, reset);
}

void RegisterWalk::check_write(const RegisterBase& reg, std::size_t index, std::uint64_t before,
                               std::uint64_t data) {
  INFO(bank_.name() << "." << reg.info().name << "[" << index << "] holding 0x" << std::hex
                    << before << ", written 0x" << data);
  const Addr offset = reg.offset(index);
  const unsigned bytes = reg.info().bytes;
  // The debug transport also sets what software cannot: bits to clear, read-only bits to keep.
  REQUIRE(initiator_.poke(offset, bytes, before) == bytes);
  REQUIRE(initiator_.write(offset, bytes, data).status == tlm::TLM_OK_RESPONSE);
  std::uint64_t expected = 0, fields = 0;
  for (const FieldInfo& field : reg.info().fields) {
    const std::uint64_t writable = field.mask() & reg.writable(index);
    const std::uint64_t after = after_write(field, before, data);
    expected |= (after & writable) | (before & field.mask() & ~writable);
    if (field.single_pulse) expected &= ~field.mask();
    fields |= field.mask();
  }
  if (reg.readable() == 0) return;
  const auto result = initiator_.read(offset, bytes);
  REQUIRE(result.status == tlm::TLM_OK_RESPONSE);
  const auto compare = masks(reg).compare;
  CHECK((result.value & compare) == (expected & fields & reg.readable() & compare));
}

void RegisterWalk::check_sizes(const RegisterBase& reg, std::size_t index) {
  const RegisterInfo& info = reg.info();
  INFO(bank_.name() << "." << info.name << "[" << index << "] accessed with a wrong size");
  const Addr offset = reg.offset(index);
  const auto refused = tlm::TLM_BURST_ERROR_RESPONSE;
  for (unsigned bytes : {1u, 2u, 4u, 8u}) {
    const bool wide = bytes == 8 && info.bytes == 4 && bank_.wide_access();
    if ((bytes >= info.access_bytes && bytes <= info.bytes) || wide) continue;
    CHECK(initiator_.read(offset, bytes).status == refused);
    CHECK(initiator_.write(offset, bytes, 0).status == refused);
  }
  CHECK(initiator_.read(offset, 3).status == refused);
  CHECK(initiator_.read(offset, 16).status == refused);
  if (info.bytes > 1) CHECK(initiator_.read(offset + 1, info.bytes).status == refused);
}

void RegisterWalk::check_holes() {
  CHECK(initiator_.read(bank_.size(), 4).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(initiator_.write(bank_.size(), 4, 0).status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  for (const RegisterBase* reg : bank_.registers()) {
    for (std::size_t index = 0; index < reg->count(); ++index) {
      const Addr after = reg->offset(index) + reg->info().bytes;
      if (reg->info().overlay || after + 4 > bank_.size() || after % 4 != 0) continue;
      if (covered(after)) continue;
      INFO(bank_.name() << ": hole behind " << reg->info().name << "[" << index << "]");
      const bool zero = bank_.holes() == Holes::kZero;
      const auto answer = zero ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE;
      CHECK(initiator_.read(after, 4).status == answer);
      CHECK(initiator_.write(after, 4, 0).status == answer);
    }
  }
}

/// Whether a read-only and a write-only register lie at one address; each has tests of its own.
bool RegisterWalk::shares_address(const RegisterBase& reg) const {
  for (const RegisterBase* other : bank_.registers()) {
    if (other == &reg || other->info().overlay) continue;
    if (other->offset(0) == reg.offset(0)) return true;
  }
  return false;
}

bool RegisterWalk::covered(Addr offset) const {
  for (const RegisterBase* reg : bank_.registers()) {
    if (reg->info().overlay) continue;
    for (std::size_t index = 0; index < reg->count(); ++index) {
      if (reg->implemented(index) && offset - reg->offset(index) < reg->info().bytes) return true;
    }
  }
  return false;
}

}  // namespace cvp
