// SPDX-License-Identifier: Apache-2.0
#include "platform/debug/gdb_registers.h"

#include <array>
#include <cstring>

#include <fmt/format.h>

#include "models/cpu/csr_names.h"
#include "platform/debug/gdb_packet.h"

namespace cvp::gdb_registers {
namespace {

// GDB's own numbers for RISC-V.
constexpr unsigned kPc = 32, kFirstFloat = 33, kFirstCsr = 65, kCsrs = 4096,
                   kPrivilege = kFirstCsr + kCsrs;

constexpr std::array kIntegerNames = {"zero", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
                                      "fp",   "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
                                      "a6",   "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
                                      "s8",   "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
constexpr std::array kFloatNames = {"ft0", "ft1", "ft2",  "ft3",  "ft4", "ft5", "ft6",  "ft7",
                                    "fs0", "fs1", "fa0",  "fa1",  "fa2", "fa3", "fa4",  "fa5",
                                    "fa6", "fa7", "fs2",  "fs3",  "fs4", "fs5", "fs6",  "fs7",
                                    "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"};

bool is_float_csr(unsigned csr) { return csr >= kCsrFflags && csr <= kCsrFcsr; }

std::optional<std::uint64_t> value_of(const Hart& hart, std::uint64_t number) {
  if (number < kPc) return hart.x(static_cast<unsigned>(number));
  if (number == kPc) return hart.pc();
  if (number < kFirstCsr) return hart.f(static_cast<unsigned>(number) - kFirstFloat);
  if (number == kPrivilege) return static_cast<std::uint64_t>(hart.privilege());
  std::uint64_t value = 0;
  if (number > kPrivilege || !hart.peek_csr(static_cast<unsigned>(number) - kFirstCsr, value))
    return {};
  return value;
}

std::string reg(std::string_view name, std::string_view type, unsigned number,
                std::string_view group = {}) {
  return fmt::format(R"(<reg name="{}" bitsize="64" type="{}" regnum="{}"{}/>)", name, type, number,
                     group.empty() ? "" : fmt::format(R"( group="{}")", group)) +
         "\n";
}

}  // namespace

std::string description(const Hart& hart) {
  std::string xml =
      "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target>\n"
      "<architecture>riscv:rv64</architecture>\n<feature name=\"org.gnu.gdb.riscv.cpu\">\n";
  for (unsigned n = 0; n < kIntegerNames.size(); ++n) {
    const bool pointer = n >= 2 && n <= 4;  // sp, gp, tp.
    xml += reg(kIntegerNames[n], n == 1 ? "code_ptr" : pointer ? "data_ptr" : "int", n);
  }
  xml += reg("pc", "code_ptr", kPc);
  xml +=
      "</feature>\n<feature name=\"org.gnu.gdb.riscv.fpu\">\n<union id=\"riscv_double\">"
      "<field name=\"float\" type=\"ieee_single\"/><field name=\"double\" type=\"ieee_double\"/>"
      "</union>\n";
  for (unsigned n = 0; n < kFloatNames.size(); ++n) {
    xml += reg(kFloatNames[n], "riscv_double", kFirstFloat + n);
  }
  for (const unsigned csr : {kCsrFflags, kCsrFrm, kCsrFcsr}) {
    xml += reg(csr_name(csr), "int", kFirstCsr + csr, "float");
  }
  xml += "</feature>\n<feature name=\"org.gnu.gdb.riscv.virtual\">\n";
  xml += reg("priv", "int", kPrivilege);
  xml += "</feature>\n<feature name=\"org.gnu.gdb.riscv.csr\">\n";
  for (unsigned csr = 0; csr < kCsrs; ++csr) {
    std::uint64_t ignored = 0;
    if (is_float_csr(csr) || !hart.peek_csr(csr, ignored)) continue;
    xml += reg(csr_name(csr), "int", kFirstCsr + csr, "csr");
  }
  return xml + "</feature>\n</target>\n";
}

std::optional<std::string> read(const Hart& hart, std::uint64_t number) {
  const auto value = value_of(hart, number);
  if (!value) return {};
  std::array<char, 8> bytes;
  std::memcpy(bytes.data(), &*value, bytes.size());
  return to_hex({bytes.data(), bytes.size()});
}

bool write(Hart& hart, std::uint64_t number, std::string_view text) {
  std::string bytes;
  std::uint64_t value = 0;
  if (!from_hex(text, bytes) || bytes.size() != sizeof value) return false;
  std::memcpy(&value, bytes.data(), sizeof value);
  if (number < kPc) {
    hart.set_x(static_cast<unsigned>(number), value);
  } else if (number == kPc) {
    hart.set_pc(value & ~std::uint64_t{1});
  } else if (number < kFirstCsr) {
    hart.set_f(static_cast<unsigned>(number) - kFirstFloat, value);
  } else if (number == kPrivilege) {
    if (value != 0 && value != 1 && value != 3) return false;
    hart.set_privilege(static_cast<Privilege>(value));
  } else {
    return number < kPrivilege && hart.poke_csr(static_cast<unsigned>(number) - kFirstCsr, value);
  }
  return true;
}

}  // namespace cvp::gdb_registers
