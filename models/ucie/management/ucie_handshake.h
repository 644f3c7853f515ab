// SPDX-License-Identifier: Apache-2.0
//
// One handshake between two layers of a die: a request, and the acknowledgement that follows it.
// Four edges in turn: the request rises, the acknowledgement rises, the request falls, the
// acknowledgement falls. No SystemC: time comes in with each call.
// [UCIE: Stallreq/Ack Mechanism; Dynamic clock gating; Rx_active_req/Sts Handshake]
#pragma once

#include "models/ucie/phy/ucie_state.h"

namespace cvp {

class UcieHandshake {
 public:
  /// The request changes to `level`; the acknowledgement follows at `answer`, Femtoseconds::max():
  /// never. False, and nothing: it has this level, or the last change was not acknowledged.
  bool ask(bool level, Femtoseconds now, Femtoseconds answer);
  /// True: the acknowledgement has followed the request.
  bool wake(Femtoseconds now);

  bool request() const { return request_; }
  bool acknowledge() const { return acknowledge_; }
  bool settled() const { return request_ == acknowledge_; }
  /// When the acknowledgement is due, or given up; Femtoseconds::max(): nothing is.
  Femtoseconds deadline() const;
  /// Not acknowledged for 8 ms.
  bool overdue(Femtoseconds now) const { return !settled() && !answers_ && now >= due_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(request_, acknowledge_, answers_, due_);
  }

 private:
  bool request_ = false, acknowledge_ = false;
  bool answers_ = false;  // The acknowledgement follows within 8 ms,
  Femtoseconds due_;      // then, or is given up then.
};

}  // namespace cvp
