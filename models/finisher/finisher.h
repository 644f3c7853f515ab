// SPDX-License-Identifier: Apache-2.0
//
// Test finisher: software ends the run here, with an exit code, or asks for a reset. It also tells
// host tools here that a phase begins, so that they can count from there.
//
// Programmer's model: finisher.regs.toml. What ending means is for whoever set the handlers.
#pragma once

#include <functional>
#include <systemc>

#include "models/core/register_socket.h"
#include "models/finisher/finisher_regs.h"  // generated

namespace cvp {

enum class FinishKind : std::uint8_t { kPass, kFail, kReset };

class Finisher : public sc_core::sc_module {
 public:
  RegisterSocket regs_target{"regs_target"};

  explicit Finisher(sc_core::sc_module_name name);

  /// The handler gets the exit code of a failure, else 0.
  using Handler = std::function<void(FinishKind, unsigned code)>;
  void on_finish(Handler handler) { handler_ = std::move(handler); }
  using MarkHandler = std::function<void(std::uint32_t number)>;
  void on_mark(MarkHandler handler) { mark_handler_ = std::move(handler); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(regs_);
  }

 private:
  void finish(FinisherRegs::Finish value);
  void call(FinishKind kind, unsigned code) const {
    if (handler_) handler_(kind, code);
  }

  FinisherRegs regs_{"finisher"};
  Handler handler_;
  MarkHandler mark_handler_;
};

}  // namespace cvp
