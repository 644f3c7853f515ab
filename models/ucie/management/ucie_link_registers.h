// SPDX-License-Identifier: Apache-2.0
//
// The link registers as software sees them: commands and what became of them, events and their
// message, error log, sideband mailbox, state of the lanes, errors on demand.
//
// A write to `control`, `sideband` or `inject` becomes a command, one at a time, carried out at its
// time as an action of the port; `command.result` then says what became of it. The mailbox reaches
// the link registers of the other end, whatever the state, as long as the sideband is up.
// Programmer's model: ucie.regs.toml.
#pragma once

#include <functional>

#include "models/ucie/management/ucie_link_manager.h"
#include "models/ucie/management/ucie_sideband.h"
#include "models/ucie/protocol/ucie_encoding.h"
#include "models/ucie/ucie_regs.h"  // generated

namespace cvp {

enum class UcieCommand : std::uint8_t {
  kStart,
  kRetrain,
  kSleepL1,
  kSleepL2,
  kWake,
  kLinkReset,
  kDisable,
  kRelease,
  kBreakPin,
  kDamageFlit,
  kFatal,
  kSeveral,  ///< More than one at once: none is carried out.
  kNothing,  ///< None of the bits that there are.
};

/// How it was seen that messages are lost.
enum class UcieLoss : std::uint8_t {
  kFraming,            ///< What came is no message.
  kCompletionTimeout,  ///< A transaction got no answer.
};

/// What the registers need of the port that they belong to.
class UcieLinkPort {
 public:
  virtual ~UcieLinkPort() = default;
  /// Calls perform(), or mailbox_timeout(), at that time.
  virtual void perform_at(Femtoseconds time, UcieCommand command) = 0;
  virtual void mailbox_timeout_at(Femtoseconds time, std::uint64_t access) = 0;
  virtual void send_mailbox(const UcieMailboxAccess& access) = 0;
  /// Asks the other end to release its die from reset.
  virtual void send_release() = 0;
  /// Calls send_interrupt() at that time, in an action of its own.
  virtual void interrupt_at(Femtoseconds time) = 0;
  virtual void send_message(Addr address, std::uint32_t data) = 0;
  /// Nothing is in flight.
  virtual bool idle() const = 0;
  /// False: there are no flits with a CRC here.
  virtual bool damage_next_flit() = 0;
};

struct UcieLinkRegistersParams {
  UcieLinkShape shape;
  std::uint32_t end = 0;
  std::uint32_t parity = 0;  ///< 64 byte inserts, until software says otherwise.
  UciePacketSizes packets;
};

class UcieLinkRegisters {
 public:
  UcieLinkRegisters(UcieRegs& regs, UcieLinkManager& link, UcieLinkPort& port,
                    const UcieLinkRegistersParams& params);

  /// `time`: of the access to a register, inside its hook. `retries`: of this end's transmitter.
  void hook(const std::function<Femtoseconds()>& time, std::function<std::uint64_t()> retries);

  void perform(UcieCommand command, Femtoseconds now);
  /// The state of the link may have changed.
  void link_changed(Femtoseconds now);
  void note_retries(Femtoseconds now);
  void note_posted_error(Femtoseconds now);
  /// Messages were lost to an error that no CRC has found.
  void note_loss(UcieLoss loss, Femtoseconds now);
  void send_interrupt();

  /// An access of the other end's mailbox: does it and answers.
  void serve_mailbox(const UcieMailboxAccess& access);
  /// The answer to this end's.
  void finish_mailbox(const UcieMailboxAccess& answer, Femtoseconds now);
  void mailbox_timeout(std::uint64_t access, Femtoseconds now);

  template <class Archive>
  void serialize(Archive& archive) {
    archive(seen_, was_up_, was_active_, asked_, signalled_, mailbox_accesses_, retries_seen_);
  }

 private:
  using Result = UcieRegs::Command;

  std::uint32_t carry_out(UcieCommand command, Femtoseconds now);
  std::uint32_t sleep(UcieInterfaceState state, Femtoseconds now);
  std::uint32_t break_pin(Femtoseconds now);
  void set_result(bool exists);
  bool limits_exist() const;
  bool parity_exists() const;
  void start_mailbox(Femtoseconds now);
  void end_mailbox(std::uint32_t status, Femtoseconds now);
  void update_status();
  void note_up(Femtoseconds now);
  void note_failure(Femtoseconds now);
  void log_failure(UcieState state, std::uint32_t cause, Femtoseconds now);
  void drive_interrupt(Femtoseconds now);
  const UcieLtsm* selected_module() const;
  std::size_t selected_direction() const;
  const UcieTraining& training() const { return link_.training(); }
  template <class Change>
  void raise(Femtoseconds now, Change change) {
    regs_.event.update(change);
    drive_interrupt(now);
  }

  UcieRegs& regs_;
  UcieLinkManager& link_;
  UcieLinkPort& port_;
  const UcieLinkRegistersParams params_;
  std::function<std::uint64_t()> retries_;
  UcieState seen_ = UcieState::kReset;
  bool was_up_ = false, was_active_ = false;
  bool asked_ = false;  // To sleep.
  std::uint32_t signalled_ = 0;
  std::uint64_t mailbox_accesses_ = 0;
  std::uint64_t retries_seen_ = 0;
};

}  // namespace cvp
