// SPDX-License-Identifier: Apache-2.0
//
// For tests only: encodes the few instructions they are written in, and a machine of RAM and a bus
// around the pure core. Encodings: [UNPRIV: RV32/64G Instruction Set Listings].
#pragma once

#include <cstring>
#include <vector>

#include "models/core/address_range.h"
#include "models/cpu/hart.h"

namespace cvp::code {

using Word = std::uint32_t;
// clang-format off
enum Reg : Word { zero, ra, sp, gp, tp, t0, t1, t2, s0, s1, a0, a1, a2, a3, a4, a5, a6, a7 };

inline Word i_type(int imm, Word rs1, Word f3, Word rd, Word op) { return static_cast<Word>(imm) << 20 | rs1 << 15 | f3 << 12 | rd << 7 | op; }
inline Word r_type(Word f7, Word rs2, Word rs1, Word f3, Word rd, Word op) { return f7 << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | rd << 7 | op; }
inline Word s_type(int imm, Word rs2, Word rs1, Word f3) { const auto u = static_cast<Word>(imm); return (u >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | (u & 31) << 7 | 0x23; }
inline Word b_type(int imm, Word rs2, Word rs1, Word f3) { const auto u = static_cast<Word>(imm); return (u >> 12 & 1) << 31 | (u >> 5 & 63) << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | (u >> 1 & 15) << 8 | (u >> 11 & 1) << 7 | 0x63; }

inline Word addi(Word rd, Word rs1, int imm) { return i_type(imm, rs1, 0, rd, 0x13); }
inline Word slli(Word rd, Word rs1, int n) { return i_type(n, rs1, 1, rd, 0x13); }
inline Word lui(Word rd, Word upper) { return upper << 12 | rd << 7 | 0x37; }
inline Word add(Word rd, Word rs1, Word rs2) { return r_type(0, rs2, rs1, 0, rd, 0x33); }
inline Word mul(Word rd, Word rs1, Word rs2) { return r_type(1, rs2, rs1, 0, rd, 0x33); }
inline Word ld(Word rd, int imm, Word rs1) { return i_type(imm, rs1, 3, rd, 0x03); }
inline Word lw(Word rd, int imm, Word rs1) { return i_type(imm, rs1, 2, rd, 0x03); }
inline Word lbu(Word rd, int imm, Word rs1) { return i_type(imm, rs1, 4, rd, 0x03); }
inline Word sd(Word rs2, int imm, Word rs1) { return s_type(imm, rs2, rs1, 3); }
inline Word sw(Word rs2, int imm, Word rs1) { return s_type(imm, rs2, rs1, 2); }
inline Word beq(Word rs1, Word rs2, int offset) { return b_type(offset, rs2, rs1, 0); }
inline Word bne(Word rs1, Word rs2, int offset) { return b_type(offset, rs2, rs1, 1); }
inline Word jalr(Word rd, Word rs1, int imm) { return i_type(imm, rs1, 0, rd, 0x67); }
inline Word jump_back(int offset) { return beq(zero, zero, offset); }
inline Word csrrw(Word rd, Word csr, Word rs1) { return i_type(static_cast<int>(csr), rs1, 1, rd, 0x73); }
inline Word csrrs(Word rd, Word csr, Word rs1) { return i_type(static_cast<int>(csr), rs1, 2, rd, 0x73); }
inline Word csrr(Word rd, Word csr) { return csrrs(rd, csr, zero); }
inline Word csrw(Word csr, Word rs1) { return csrrw(zero, csr, rs1); }
inline Word amoadd_d(Word rd, Word rs2, Word rs1) { return r_type(0, rs2, rs1, 3, rd, 0x2f); }
inline Word lr_d(Word rd, Word rs1) { return r_type(0x02 << 2, 0, rs1, 3, rd, 0x2f); }
inline Word sc_d(Word rd, Word rs2, Word rs1) { return r_type(0x03 << 2, rs2, rs1, 3, rd, 0x2f); }
inline Word fadd_d(Word rd, Word rs1, Word rs2, Word rm = 7) { return r_type(0x01, rs2, rs1, rm, rd, 0x53); }
constexpr Word kWait = 0x1050'0073, kMret = 0x3020'0073, kSret = 0x1020'0073, kEcall = 0x73, kEbreak = 0x0010'0073,
               kFenceI = 0x0000'100f, kPauseHint = 0x0100'000f, kNop = 0x13, kSfenceVma = 0x1200'0073;
// clang-format on

constexpr Addr kRamBase = 0x8000'0000;

/// 64 KiB of RAM at kRamBase and a log of what goes over the bus.
class Machine : public HartBus {
 public:
  explicit Machine(const HartParams& params = {}) : memory(0x1'0000), hart(params, *this) {
    page = {.base = kRamBase,
            .size = memory.size(),
            .host = memory.data(),
            .readable = true,
            .writable = true};
    hart.reset(kRamBase);
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  void load(const std::vector<Word>& words, Addr at = kRamBase) {
    if (words.empty()) return;  // Then there is nothing to copy from.
    std::memcpy(memory.data() + (at - kRamBase), words.data(), 4 * words.size());
  }
  std::uint64_t word(Addr at) const {
    std::uint64_t value = 0;
    std::memcpy(&value, memory.data() + (at - kRamBase), 8);
    return value;
  }
  void set_word(Addr at, std::uint64_t value) {
    std::memcpy(memory.data() + (at - kRamBase), &value, 8);
  }
  std::uint64_t csr(unsigned number) const {
    std::uint64_t value = 0;
    return hart.peek_csr(number, value) ? value : ~std::uint64_t{0};
  }
  /// Runs until `n` more instructions have retired or the hart stops for another reason than the
  /// bus, which is answered whenever it is asked.
  RunResult run(std::uint64_t n) {
    const std::uint64_t end = hart.instructions() + n;
    RunResult result;
    for (int patience = 1000; patience > 0 && hart.instructions() < end; --patience) {
      result = hart.run(end - hart.instructions());
      if (result.reason != StopReason::kBusPending) break;
      hart.complete_bus(perform(hart.pending_request()));
    }
    return result;
  }
  BusReply perform(const BusRequest& request) {
    requests.push_back(request);
    if (!AddrRange{kRamBase, memory.size()}.contains(request.address, request.size)) return {false};
    std::uint8_t* const at = memory.data() + (request.address - kRamBase);
    std::uint64_t old = 0;
    std::memcpy(&old, at, request.size);
    std::uint64_t next = old;
    if (request.op == BusOp::kStore) next = request.data;
    if (request.op == BusOp::kAtomic) {
      next = apply_rmw(request.rmw, old, request.data, request.compare, request.size);
    }
    std::memcpy(at, &next, request.size);
    return {true, old};
  }

  std::optional<BusReply> access(const BusRequest&) override { return std::nullopt; }
  const HostPage* grant(Addr address) override {
    const bool inside = address >= page.base && address - page.base < page.size;
    return grants && inside ? &page : nullptr;
  }
  std::uint64_t time(std::uint64_t cycle) override { return cycle / 10; }
  std::uint64_t cycle_at(std::uint64_t mtime) override {
    return mtime > ~std::uint64_t{0} / 10 ? Hart::kNever : mtime * 10;
  }

  std::vector<std::uint8_t> memory;
  HostPage page;
  bool grants = true;
  std::vector<BusRequest> requests;
  Hart hart;
};

}  // namespace cvp::code
