// SPDX-License-Identifier: Apache-2.0
//
// The sideband mailbox of UcieLinkRegisters: this end's accesses, and those of the other end.
#include "models/ucie/management/ucie_link_registers.h"

namespace cvp {
namespace {

std::uint32_t mailbox_status(RegisterStatus status) {
  using Status = UcieRegs::MailboxStatus;
  switch (status) {
    case RegisterStatus::kOk:
      return Status::kStatusOk;
    case RegisterStatus::kAddressError:
      return Status::kStatusNoRegister;
    case RegisterStatus::kSizeError:
      return Status::kStatusMisaligned;
    case RegisterStatus::kRefused:
      break;
  }
  return Status::kStatusRefused;
}

}  // namespace

void UcieLinkRegisters::start_mailbox(Femtoseconds now) {
  if (regs_.mailbox_status.get().busy) return;
  regs_.mailbox_status.set({.busy = true});
  if (!training().sideband_up()) return end_mailbox(UcieRegs::MailboxStatus::kStatusDown, now);
  const auto index = regs_.mailbox_index.get();
  port_.send_mailbox({.number = ++mailbox_accesses_,
                      .offset = index.offset,
                      .writes = index.writes,
                      .data = regs_.mailbox_data.get()});
  port_.mailbox_timeout_at(now + kUcieTimeout, mailbox_accesses_);
}

void UcieLinkRegisters::end_mailbox(std::uint32_t status, Femtoseconds now) {
  regs_.mailbox_status.set({.busy = false, .status = status});
  raise(now, [](auto& event) { event.mailbox = true; });
}

void UcieLinkRegisters::serve_mailbox(const UcieMailboxAccess& access) {
  UcieMailboxAccess answer = access;
  answer.answers = true;
  if (access.writes) {
    answer.status = mailbox_status(regs_.write(access.offset, 4, access.data));
  } else {
    const RegisterResult result = regs_.read(access.offset, 4);
    answer.status = mailbox_status(result.status);
    answer.data = static_cast<std::uint32_t>(result.value);
  }
  port_.send_mailbox(answer);
}

void UcieLinkRegisters::finish_mailbox(const UcieMailboxAccess& answer, Femtoseconds now) {
  if (!regs_.mailbox_status.get().busy || answer.number != mailbox_accesses_) return;
  if (!answer.writes) regs_.mailbox_data.set(answer.data);
  end_mailbox(answer.status, now);
}

void UcieLinkRegisters::mailbox_timeout(std::uint64_t access, Femtoseconds now) {
  if (!regs_.mailbox_status.get().busy || access != mailbox_accesses_) return;
  end_mailbox(UcieRegs::MailboxStatus::kStatusTimeout, now);
}

}  // namespace cvp
