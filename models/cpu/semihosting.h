// SPDX-License-Identifier: Apache-2.0
//
// Semihosting: a program asks the host for a console and for its end, by an ebreak between two
// marker instructions, with the operation in a0 and its parameter in a1. Console, clocks and exit
// are served; the host's files are out of a guest's reach. [SEMIHOST], [RVSEMIHOST]
// No SystemC.
#pragma once

#include "models/cpu/debug_walk.h"
#include "models/cpu/hart_probe.h"
#include "models/cpu/htif.h"

namespace cvp {

class Semihosting : public HartProbe {
 public:
  /// `ticks_per_second`: of the time CSR.
  Semihosting(Htif::Host host, std::uint64_t ticks_per_second)
      : host_(std::move(host)), ticks_per_second_(ticks_per_second) {}

  bool wants(Addr, const Instruction& instruction) const override {
    return instruction.kind == OpKind::k_ebreak;
  }
  Verdict before(Hart& hart, const ProbedInstruction& instruction) override;

 private:
  bool is_call(const Hart& hart, Addr pc) const;
  std::uint64_t serve(const Hart& hart, std::uint64_t operation, std::uint64_t parameter);
  std::uint64_t open(const Hart& hart, Addr block);
  std::uint64_t write(const Hart& hart, Addr block);
  std::uint64_t read(const Hart& hart, Addr block);
  std::uint64_t command_line(const Hart& hart, Addr block) const;
  void print_string(const Hart& hart, Addr text);
  void exit(const Hart& hart, Addr block);
  std::uint64_t ticks(const Hart& hart) const;
  std::uint64_t fail(std::uint64_t error);

  DebugReader reader() const;
  std::uint64_t word(const Hart& hart, Addr block, unsigned index) const;
  bool get(const Hart& hart, Addr va, std::span<std::uint8_t> out) const;
  bool put(const Hart& hart, Addr va, std::span<const std::uint8_t> in) const;

  const Htif::Host host_;
  const std::uint64_t ticks_per_second_;
  std::uint64_t errno_ = 0;
  std::uint64_t features_read_ = 0;  ///< How much of the list of features has been read.
  bool ended_ = false;
};

}  // namespace cvp
