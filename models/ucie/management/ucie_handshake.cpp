// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/management/ucie_handshake.h"

#include <algorithm>

namespace cvp {

bool UcieHandshake::ask(bool level, Femtoseconds now, Femtoseconds answer) {
  if (!settled() || level == request_) return false;
  const Femtoseconds last = now + kUcieTimeout;
  request_ = level;
  answers_ = answer < last;
  due_ = std::min(answer, last);
  return true;
}

bool UcieHandshake::wake(Femtoseconds now) {
  if (settled() || !answers_ || now < due_) return false;
  acknowledge_ = request_;
  return true;
}

Femtoseconds UcieHandshake::deadline() const { return settled() ? Femtoseconds::max() : due_; }

}  // namespace cvp
