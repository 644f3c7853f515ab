// SPDX-License-Identifier: Apache-2.0
#include "platform/outside/network_cable.h"

namespace cvp {
namespace {
/// Frames that the card has no room for yet; more are lost.
constexpr std::size_t kMaxFrames = 1024;
}  // namespace

void NetworkCable::record(std::span<const std::uint8_t> frame, Femtoseconds time) {
  if (pcap_) pcap_->record(frame, time / 1_ns);
}

void NetworkCable::send(std::span<const std::uint8_t> frame, Femtoseconds time) {
  record(frame, time);
  link_.send(frame);
}

void NetworkCable::poll() {
  link_.flush();
  link_.receive(frames_);
  if (frames_.size() > kMaxFrames) frames_.resize(kMaxFrames);
  if (pcap_) pcap_->flush();
  if (frames_.empty() || !card_ || !card_->room() || posted_) return;
  posted_ = true;
  actions_.post(actions_.now(), source_, *this, 0);
}

// What the card has no room for is offered again after the next poll.
void NetworkCable::on_action(const Action& action) {
  posted_ = false;
  while (!frames_.empty() && card_->room()) {
    record(frames_.front(), action.time);
    card_->receive(frames_.front());
    frames_.pop_front();
  }
}

}  // namespace cvp
