// SPDX-License-Identifier: Apache-2.0
//
// What the Advanced Interrupt Architecture adds to a hart: its interrupt files, the registers that
// reach them, and interrupts that machine level filters for supervisor level. Without interrupt
// files none of these registers exists. Priorities of major interrupts cannot be configured: their
// arrays are read-only zero. [AIA: Control and Status Registers (CSRs) Added to Harts]
#include "models/cpu/hart.h"

namespace cvp {
namespace {

constexpr std::uint64_t kSelectMask = 0x1ff;
constexpr unsigned kFirstPriority = 0x30, kLastPriority = 0x3f;
constexpr unsigned kFirstOfFile = 0x70, kLastOfFile = 0xff;
/// Only SEI can be filtered: nothing but software sets SSIP.
constexpr std::uint64_t kFilterable = kSeip;

bool is_file_register(std::uint64_t select) {
  return select >= kFirstOfFile && select <= kLastOfFile;
}

bool read_indirect(std::uint64_t select, const InterruptFileIf& file, std::uint64_t& value) {
  value = 0;
  if (select >= kFirstPriority && select <= kLastPriority) return select % 2 == 0;
  return is_file_register(select) && file.read(static_cast<unsigned>(select), value);
}

bool write_indirect(std::uint64_t select, InterruptFileIf& file, std::uint64_t value) {
  if (select >= kFirstPriority && select <= kLastPriority) return select % 2 == 0;
  return is_file_register(select) && file.write(static_cast<unsigned>(select), value);
}

/// The signal of a level's external interrupt controller in place of that of its wire.
std::uint64_t external(const InterruptFileIf& file, std::uint64_t wire, std::uint64_t bit) {
  switch (file.delivery()) {
    case Delivery::kOff:
      return 0;
    case Delivery::kFile:
      return file.top() != 0 ? bit : 0;
    case Delivery::kWires:
      return wire & bit;
  }
  return 0;
}

}  // namespace

void Hart::attach(InterruptFileIf& machine, InterruptFileIf& supervisor) {
  machine_file_ = &machine;
  supervisor_file_ = &supervisor;
}

std::uint64_t Hart::signals_of_files() const {
  return (inputs_ & ~std::uint64_t{kMeip | kSeip}) | external(*machine_file_, inputs_, kMeip) |
         external(*supervisor_file_, inputs_, kSeip);
}

void Hart::write_sie(std::uint64_t value) {
  const std::uint64_t filtered = csr_.mvien & ~csr_.mideleg;
  csr_.mie = (csr_.mie & ~csr_.mideleg) | (value & csr_.mideleg);
  csr_.sie_filtered = (csr_.sie_filtered & ~filtered) | (value & filtered);
}

/// While machine level filters its interrupts, supervisor level does not reach its file.
bool Hart::aia_csr_allowed(unsigned number) const {
  if (privilege_ == Privilege::kMachine || (csr_.mvien & kSeip) == 0) return true;
  return number != kCsrStopei && (number != kCsrSireg || !is_file_register(csr_.siselect));
}

bool Hart::read_aia_csr(unsigned number, std::uint64_t& value) const {
  if (!has_files()) return false;
  const auto top = [](std::uint64_t interrupts) -> std::uint64_t {
    const unsigned number = first_of(interrupts);
    return number == 0 ? 0 : number << 16 | 1;  // All have priority number 1.
  };
  switch (number) {
    // clang-format off
    case kCsrMiselect: value = csr_.miselect; return true;
    case kCsrMireg: return read_indirect(csr_.miselect, *machine_file_, value);
    case kCsrMtopei: value = machine_file_->top(); return true;
    case kCsrMtopi: value = top(interrupts_pending() & csr_.mie & ~csr_.mideleg); return true;
    case kCsrSiselect: value = csr_.siselect; return true;
    case kCsrSireg: return read_indirect(csr_.siselect, *supervisor_file_, value);
    case kCsrStopei: value = supervisor_file_->top(); return true;
    case kCsrStopi: value = top(supervisor_pending() & supervisor_enables()); return true;
    case kCsrMvien: value = csr_.mvien; return true;
    case kCsrMvip: value = csr_.mip_software & writable_in_mvip(); return true;
    default: return false;
      // clang-format on
  }
}

bool Hart::write_aia_csr(unsigned number, std::uint64_t value) {
  if (!has_files()) return false;
  switch (number) {
    // clang-format off
    case kCsrMiselect: csr_.miselect = value & kSelectMask; return true;
    case kCsrMireg: return write_indirect(csr_.miselect, *machine_file_, value);
    case kCsrMtopei: machine_file_->claim(); return true;
    case kCsrSiselect: csr_.siselect = value & kSelectMask; return true;
    case kCsrSireg: return write_indirect(csr_.siselect, *supervisor_file_, value);
    case kCsrStopei: supervisor_file_->claim(); return true;
    case kCsrMvien: csr_.mvien = value & kFilterable; return true;
    case kCsrMvip: csr_.mip_software = (csr_.mip_software & ~writable_in_mvip()) | (value & writable_in_mvip()); return true;
    default: return false;
      // clang-format on
  }
}

/// Bits that mvip shares with what software wrote to mip; STIP is not there if stimecmp drives it.
std::uint64_t Hart::writable_in_mvip() const {
  return kSsip | kSeip | (has_supervisor_timer() ? 0 : std::uint64_t{kStip});
}

}  // namespace cvp
