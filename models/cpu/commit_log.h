// SPDX-License-Identifier: Apache-2.0
//
// What a hart retires, in the format of Spike's `--log-commits`, so that the two can be compared
// with diff. No SystemC.
//
//   core   0: 3 0x0000000080000010 (0x0182b283) x5  0x0000000080000000 mem 0x0000000080001018
//
// that is hart, privilege, pc, instruction, registers written, addresses read, addresses and values
// written. Registers come in the order of Spike's map: by number, x before f before CSR at the same
// number. A CSR that is a view of another is logged as that one (sstatus as mstatus). Instructions
// that trap have no line.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "models/cpu/hart_probe.h"

namespace cvp {

class CommitLog : public HartProbe {
 public:
  /// Takes whole lines, many at a time. Shared by the logs of all harts.
  using Sink = std::function<void(std::string_view lines)>;
  struct Range {
    std::uint64_t first = 1, last = ~std::uint64_t{0};  ///< Instructions of the hart, from 1.
  };
  CommitLog(unsigned hart, Range range, Sink sink);

  bool wants(Addr pc, const Instruction& instruction) const override;
  Verdict before(Hart& hart, const ProbedInstruction& instruction) override;
  void trapping(Hart& hart, std::uint64_t cause, bool is_interrupt) override;
  void turn_begins(Hart& hart, std::uint64_t max_instructions) override;
  void turn_ends(Hart& hart) override;

 private:
  /// Spike's key: 16 times the register's number, plus what it is.
  enum Kind : unsigned { kX = 0, kF = 1, kCsr = 4 };
  using Writes = std::map<unsigned, std::uint64_t>;

  void finish(Hart& hart);
  void print(const Hart& hart);
  void add_destination(const Hart& hart, Writes& writes) const;
  void add_csr(const Hart& hart, unsigned number, Writes& writes) const;
  void print_memory(const Hart& hart);
  void print_value(std::uint64_t value, unsigned bytes);
  void print_load();
  void print_store(Addr address, std::uint64_t value, unsigned bytes);

  const Range range_;
  const Sink sink_;
  const std::string prefix_;  ///< `core   0: `
  bool active_ = false;       ///< The range may begin in this turn, and has not ended.

  // The instruction that is being executed, expanded to 32 bits, and what was there before it.
  bool started_ = false;
  ProbedInstruction now_;
  std::uint32_t word_ = 0;
  Addr address_ = 0;
  std::uint64_t operand_ = 0;
  unsigned privilege_ = 0;
  bool was_dirty_ = false;
  std::uint64_t flags_ = 0;
  std::string text_;
};

}  // namespace cvp
