// SPDX-License-Identifier: Apache-2.0
#include "models/imsic/imsic.h"

namespace cvp {
namespace {

/// A message on its way to its file: of which level, of which hart, which identity.
enum Op : std::uint32_t { kMachine, kSupervisor };
constexpr unsigned kHartShift = 32;

}  // namespace

Imsic::Imsic(sc_core::sc_module_name name, ActionQueue& actions, const ImsicParams& params)
    : sc_module(name),
      actions_(actions),
      source_(source_id(this->name())),
      machine_(params),
      supervisor_(params) {
  files.bind(static_cast<ImsicIf&>(*this));
  serve(machine_, machine_target, params);
  serve(supervisor_, supervisor_target, params);
}

void Imsic::serve(Level& level, RegisterSocket& socket, const ImsicParams& params) {
  level.regs.file_seteipnum_le.limit_groups(params.harts);
  const Op op = &level == &machine_ ? kMachine : kSupervisor;
  level.regs.file_seteipnum_le.on_write(
      [this, op, &socket](std::size_t hart, ImsicRegs::FileSeteipnumLe number) {
        // It may lie ahead: at the arrival of a non-blocking write.
        actions_.post(socket.time(), source_, *this, op, hart << kHartShift | number.identity);
      });
  socket.serve(level.regs, params.access_time);
}

void Imsic::on_action(const Action& action) {
  Level& level = action.op == kMachine ? machine_ : supervisor_;
  const std::uint64_t identity = action.arg & 0xffff'ffff;
  if (!level.files[action.arg >> kHartShift].set_pending(identity)) {
    ++statistics_.ignored;
    return;
  }
  ++statistics_.messages;
  message_.notify(sc_core::SC_ZERO_TIME);
}

}  // namespace cvp
