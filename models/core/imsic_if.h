// SPDX-License-Identifier: Apache-2.0
//
// What a cluster of harts needs of its incoming MSI controller: each hart's interrupt files, which
// it reads and claims itself, and to be told of messages.
#pragma once

#include <systemc>

#include "models/core/interrupt_file_if.h"

namespace cvp {

/// The default event is notified when a message has arrived for any hart, also if its interrupt
/// was pending already.
class ImsicIf : public sc_core::sc_interface {
 public:
  virtual InterruptFileIf& machine_file(unsigned hart) = 0;
  virtual InterruptFileIf& supervisor_file(unsigned hart) = 0;
};

}  // namespace cvp
