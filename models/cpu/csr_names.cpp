// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/csr_names.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "models/cpu/csr.h"

namespace cvp {
namespace {

struct Name {
  unsigned number;
  std::string_view name;
};
/// Registers that are numbered: `name` followed by `first_index`, and on.
struct Series {
  unsigned first, last;
  std::string_view name;
  unsigned first_index;
};

constexpr std::array kNames = std::to_array<Name>({
    // clang-format off
    {kCsrFflags, "fflags"}, {kCsrFrm, "frm"}, {kCsrFcsr, "fcsr"},
    {kCsrSstatus, "sstatus"}, {kCsrSie, "sie"}, {kCsrStvec, "stvec"},
    {kCsrScounteren, "scounteren"}, {kCsrSenvcfg, "senvcfg"}, {kCsrSscratch, "sscratch"},
    {kCsrSepc, "sepc"}, {kCsrScause, "scause"}, {kCsrStval, "stval"}, {kCsrSip, "sip"},
    {kCsrStimecmp, "stimecmp"}, {kCsrSatp, "satp"},
    {kCsrSiselect, "siselect"}, {kCsrSireg, "sireg"}, {kCsrStopei, "stopei"}, {kCsrStopi, "stopi"},
    {kCsrMiselect, "miselect"}, {kCsrMireg, "mireg"}, {kCsrMtopei, "mtopei"}, {kCsrMtopi, "mtopi"},
    {kCsrMvien, "mvien"}, {kCsrMvip, "mvip"},
    {kCsrMstatus, "mstatus"}, {kCsrMisa, "misa"}, {kCsrMedeleg, "medeleg"},
    {kCsrMideleg, "mideleg"}, {kCsrMie, "mie"}, {kCsrMtvec, "mtvec"},
    {kCsrMcounteren, "mcounteren"}, {kCsrMenvcfg, "menvcfg"},
    {kCsrMcountinhibit, "mcountinhibit"}, {kCsrMscratch, "mscratch"}, {kCsrMepc, "mepc"},
    {kCsrMcause, "mcause"}, {kCsrMtval, "mtval"}, {kCsrMip, "mip"},
    {kCsrMcycle, "mcycle"}, {kCsrMinstret, "minstret"},
    {kCsrCycle, "cycle"}, {kCsrTime, "time"}, {kCsrInstret, "instret"},
    {kCsrMvendorid, "mvendorid"}, {kCsrMarchid, "marchid"}, {kCsrMimpid, "mimpid"},
    {kCsrMhartid, "mhartid"}, {kCsrMconfigptr, "mconfigptr"},
    // clang-format on
});
constexpr std::array kSeries = std::to_array<Series>({
    {kCsrPmpcfg0, kCsrPmpcfg0 + 15, "pmpcfg", 0},
    {kCsrPmpaddr0, kCsrPmpaddr0 + 63, "pmpaddr", 0},
    {kCsrMhpmevent3, kCsrMhpmevent31, "mhpmevent", 3},
    {kCsrMhpmcounter3, kCsrMhpmcounter31, "mhpmcounter", 3},
    {kCsrHpmcounter3, kCsrHpmcounter31, "hpmcounter", 3},
});
constexpr unsigned kNumbers = 0x1000;

}  // namespace

std::string csr_name(unsigned number) {
  const auto* const named = std::find_if(kNames.begin(), kNames.end(),
                                         [=](const Name& name) { return name.number == number; });
  if (named != kNames.end()) return std::string(named->name);
  for (const Series& series : kSeries) {
    if (number < series.first || number > series.last) continue;
    return std::string(series.name) + std::to_string(number - series.first + series.first_index);
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  return {'u',
          'n',
          'k',
          'n',
          'o',
          'w',
          'n',
          '_',
          kDigits[number >> 8 & 15],
          kDigits[number >> 4 & 15],
          kDigits[number & 15]};
}

std::optional<unsigned> csr_number(std::string_view name) {
  if (name.starts_with("0x")) {
    unsigned number = 0;
    const char* const end = name.data() + name.size();
    const auto [stopped, error] = std::from_chars(name.data() + 2, end, number, 16);
    if (error != std::errc{} || stopped != end || number >= kNumbers) return {};
    return number;
  }
  for (unsigned number = 0; number < kNumbers; ++number) {
    if (csr_name(number) == name) return number;
  }
  return {};
}

}  // namespace cvp
