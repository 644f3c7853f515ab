// SPDX-License-Identifier: Apache-2.0
//
// What a port does after damage that no CRC has found, at flit fidelity: messages are lost, or
// their row is out of step. What cannot be a message, and what is missed for longer than the
// completion time-out, is counted and said; then the link retrains, and both ends begin their rows
// anew. Whoever waited for an answer gets an error. README.md, "Errors that no CRC finds".
#include "models/core/report.h"
#include "models/ucie/ucie_link_trace_entries.h"
#include "models/ucie/ucie_port.h"
#include "models/ucie/ucie_port_message.h"

namespace cvp {
namespace {
constexpr Femtoseconds kLookAgain = 1_us;  // For what is late while the link retrains.
}

// Nothing else loses a message, so that nobody need look at the time of transactions before. The
// simulation knows it; this end tells the other.
void UciePort::error_passed() {
  watch_answers();
  peer->deliver(actions_.now() + kShortestCrossing, ucie_watch_message());
}

void UciePort::watch_answers() {
  watches_ = true;
  if (answer_due_posted_ || unanswered_.empty()) return;
  answer_due_posted_ = true;
  const Femtoseconds due = unanswered_.oldest() + params_.completion_timeout;
  actions_.post(std::max(due, actions_.now() + kLookAgain), source_, *this, kAnswerDue);
}

void UciePort::answer_due() {
  answer_due_posted_ = false;
  const bool late =
      !unanswered_.empty() && actions_.now() >= unanswered_.oldest() + params_.completion_timeout;
  if (late && link_.active() && !begins_anew_) {
    ++counters_.completion_timeouts;
    recover(UcieLoss::kCompletionTimeout, "a transaction got no answer");
  }
  watch_answers();
}

void UciePort::framing_error() {
  if (begins_anew_ || !link_.up()) return;
  ++framing_errors_;
  recover(UcieLoss::kFraming, "what has come is no message");
}

// The other end begins anew too: it hears of it before it hears of the retrain.
void UciePort::recover(UcieLoss loss, std::string_view what) {
  log_guest_error(name(), actions_.now(), concat("UNCORRECTABLE: ", what, "; the link retrains"));
  registers_.note_loss(loss, actions_.now());
  begins_anew_ = true;
  send_sideband(ucie_sideband_packet(UcieSideband::kBeginAnew), kUcieSidebandPacket);
  link_.retrain_soon(actions_.now());
  after_link();
}

// Once nothing that comes can be of the old rows any more.
void UciePort::begin_anew() {
  lost_messages_ += flits_->reset();
  held_responses_.clear();
  unanswered_.clear();
  outbound_.fail_all();
}

}  // namespace cvp
