// SPDX-License-Identifier: Apache-2.0
//
// ISA strings, what a hart made from one says of itself, and what it refuses.
#include <catch2/catch.hpp>

#include "models/core/report.h"
#include "models/cpu/decode.h"
#include "models/cpu/test_code.h"

namespace cvp {
namespace {

using namespace code;
using enum Extension;
using Catch::Matchers::Contains;

std::string error_of(std::string_view text) {
  std::string error;
  return Isa::parse(text, error) ? "" : error;
}

TEST_CASE("Isa reads rv64gc as IMAFDC with the counters", "[cpu]") {
  const Isa isa = Isa::checked("rv64gc");
  CHECK(isa.text() == "rv64imafdc_zicntr_zicsr_zifencei_zihpm");
  CHECK(isa.text() == Isa().text());
  CHECK(isa.mmu_type() == "riscv,sv39");
  CHECK(Isa::checked("RV64IMAFDC").text() == "rv64imafdc_zicsr_zifencei");
}

TEST_CASE("Isa names come in canonical order, whatever the order they were given in", "[cpu]") {
  const Isa isa = Isa::checked("rv64gc_svpbmt_zbb_zba_sv57");
  const std::vector<std::string> expected = {
      "i", "m", "a", "f", "d", "c", "zicntr", "zicsr", "zifencei", "zihpm", "zba", "zbb", "svpbmt"};
  CHECK(isa.names() == expected);
  CHECK(isa.mmu_type() == "riscv,sv57");
  CHECK(isa.levels() == 5);
}

TEST_CASE("Isa names imply what they contain", "[cpu]") {
  CHECK(Isa::checked("rv64gc_zfh").has(kZfhmin));
  CHECK(Isa::checked("rv64gc_zbc").has(kZbkc));
  CHECK_FALSE(Isa::checked("rv64gc_zbkc").has(kZbc));
  CHECK(Isa::checked("rv64gcb").text() == Isa::checked("rv64gc_zba_zbb_zbs").text());
}

TEST_CASE("Isa knows all that a hart can have", "[cpu]") {
  const Isa isa = Isa::checked(Isa::everything());
  CHECK(isa.text() ==
        "rv64imafdc_zicbom_zicbop_zicboz_zicntr_zicond_zicsr_zifencei_zihintpause_zihpm_zawrs_zfh_"
        "zfhmin_zba_zbb_zbc_zbkb_zbkc_zbkx_zbs_sstc_svadu_svinval_svnapot_svpbmt");
  CHECK(isa.mmu_type() == "riscv,sv57");
}

TEST_CASE("Isa passes over versions", "[cpu]") {
  CHECK(Isa::checked("rv64i2p1_m2p0_a2p1_f2p2_d2p2_c2p0_zicsr2p0_zba1p0").text() ==
        Isa::checked("rv64imafdc_zba").text());
  CHECK(Isa::checked("rv64g2c2zba1_sv481p0").mmu_type() == "riscv,sv48");
  CHECK(Isa::checked("rv64gc_sv57").mmu_type() == "riscv,sv57");
  CHECK_THAT(error_of("rv64gc_zfoo1p0"), Contains("unknown extension 'zfoo1p0'"));
  CHECK_THAT(error_of("rv64gc_zba1p"), Contains("unknown extension 'zba1p'"));
  CHECK_THAT(error_of("rv64gc2p"), Contains("unknown extension 'p'"));
  CHECK_THAT(error_of("rv64gc__zba"), Contains("unknown extension '_'"));
}

TEST_CASE("Isa refuses a name that comes twice", "[cpu]") {
  CHECK_THAT(error_of("rv64gc_zba_zbb_zba"), Contains("'zba' is named twice"));
  CHECK_THAT(error_of("rv64gc_zba_zba1p0"), Contains("'zba' is named twice"));
  CHECK_THAT(error_of("rv64imafdcc"), Contains("'c' is named twice"));
}

TEST_CASE("Isa says which extension it does not know", "[cpu]") {
  CHECK_THAT(error_of("rv64gc_zba_zfoo"), Contains("unknown extension 'zfoo'") && Contains("zba"));
  CHECK_THAT(error_of("rv64gcv"), Contains("unknown extension 'v'"));
  CHECK_THAT(error_of("rv64gch"), Contains("unknown extension 'h'"));
  CHECK_THAT(error_of("rv64gc_"), Contains("unknown extension ''"));
  CHECK_THAT(error_of("rv64imac"), Contains("'f' is missing"));
  CHECK_THAT(error_of("rv32gc"), Contains("expected rv64"));
  CHECK_THROWS_AS(Isa::checked("rv64gc_zfoo"), ModelError);
}

TEST_CASE("misa has a bit for every letter and B for Zba, Zbb and Zbs together", "[cpu]") {
  const auto bits = [](const char* letters) {
    std::uint64_t value = std::uint64_t{2} << 62;
    for (; *letters != 0; ++letters) value |= std::uint64_t{1} << (*letters - 'a');
    return value;
  };
  CHECK(Isa::checked("rv64gc_zba_zbb").misa() == bits("imafdcsu"));
  CHECK(Isa::checked("rv64gc_zba_zbb_zbs").misa() == bits("imafdcsub"));
  Machine machine({.isa = Isa::checked("rv64gcb")});
  CHECK(machine.csr(kCsrMisa) == bits("imafdcsub"));
}

TEST_CASE("Decoder takes an extension's instructions for illegal when it is not there", "[cpu]") {
  struct Case {
    Word bits;
    const char* isa;
  };
  const Case c = GENERATE(Case{r_type(0x10, 3, 2, 2, 1, 0x33), "rv64gc_zba"},     // sh1add
                          Case{i_type(0x600, 2, 1, 1, 0x13), "rv64gc_zbb"},       // clz
                          Case{r_type(0x20, 3, 2, 7, 1, 0x33), "rv64gc_zbkb"},    // andn
                          Case{r_type(0x05, 3, 2, 1, 1, 0x33), "rv64gc_zbkc"},    // clmul
                          Case{r_type(0x05, 3, 2, 2, 1, 0x33), "rv64gc_zbc"},     // clmulr
                          Case{r_type(0x24, 3, 2, 1, 1, 0x33), "rv64gc_zbs"},     // bclr
                          Case{i_type(0x687, 2, 5, 1, 0x13), "rv64gc_zbkb"},      // brev8
                          Case{r_type(0x14, 3, 2, 2, 1, 0x33), "rv64gc_zbkx"},    // xperm4
                          Case{r_type(0x07, 3, 2, 5, 1, 0x33), "rv64gc_zicond"},  // czero.eqz
                          Case{r_type(0x02, 3, 2, 7, 1, 0x53), "rv64gc_zfh"},     // fadd.h
                          Case{r_type(0x02, 3, 2, 7, 1, 0x43), "rv64gc_zfh"},     // fmadd.h
                          Case{r_type(0x72, 0, 2, 0, 1, 0x53), "rv64gc_zfhmin"},  // fmv.x.h
                          Case{r_type(0x20, 2, 2, 7, 1, 0x53), "rv64gc_zfhmin"},  // fcvt.s.h
                          Case{i_type(0, 2, 1, 1, 0x07), "rv64gc_zfhmin"},        // flh
                          Case{s_type(0, 3, 2, 1) | 4, "rv64gc_zfhmin"},          // fsh
                          Case{0x00d0'0073, "rv64gc_zawrs"},                      // wrs.nto
                          Case{0x1600'0073, "rv64gc_svinval"});                   // sinval.vma
  CHECK(decode(c.bits, Isa::checked("rv64gc")).kind == OpKind::k_illegal);
  CHECK(decode(c.bits, Isa::checked(c.isa)).kind != OpKind::k_illegal);
}

TEST_CASE("Decoder takes Zfhmin for moves, conversions, loads and stores only", "[cpu]") {
  const Word arithmetic = GENERATE(r_type(0x02, 3, 2, 7, 1, 0x53),   // fadd.h
                                   r_type(0x72, 0, 2, 1, 1, 0x53),   // fclass.h
                                   r_type(0x62, 0, 2, 7, 1, 0x53),   // fcvt.w.h
                                   r_type(0x02, 3, 2, 7, 1, 0x43));  // fmadd.h
  CHECK(decode(arithmetic, Isa::checked("rv64gc_zfhmin")).kind == OpKind::k_illegal);
}

TEST_CASE("Decoder keeps clmulr for Zbc and xnor out of Zbkx", "[cpu]") {
  CHECK(decode(r_type(0x05, 3, 2, 2, 1, 0x33), Isa::checked("rv64gc_zbkc")).kind ==
        OpKind::k_illegal);
  CHECK(decode(r_type(0x20, 3, 2, 4, 1, 0x33), Isa::checked("rv64gc_zbkx")).kind ==
        OpKind::k_illegal);
}

}  // namespace
}  // namespace cvp
