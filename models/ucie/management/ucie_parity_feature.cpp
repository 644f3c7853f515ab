// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/management/ucie_parity_feature.h"

#include <utility>

namespace cvp {

void UcieParityFeature::begin(bool possible) {
  begun_ = true;
  offered_ = possible ? wanted_ : 0;
  asks_ = offered_ != 0;
  refused_ = false;
  if (asks_) messages_.push_back({Message::Kind::kRequest, offered_});
}

void UcieParityFeature::end() { begun_ = asks_ = agreed_ = false; }

void UcieParityFeature::assume(std::uint32_t inserts) {
  wanted_ = offered_ = inserts;
  begun_ = true;
  agreed_ = inserts != 0;
}

void UcieParityFeature::receive(const Message& message) {
  if (message.kind == Message::Kind::kRequest) {
    const bool same = begun_ && message.inserts == offered_;
    return messages_.push_back({same ? Message::Kind::kAck : Message::Kind::kNak, 0});
  }
  if (!std::exchange(asks_, false)) return;  // To what is no longer asked.
  agreed_ = message.kind == Message::Kind::kAck;
  refused_ = !agreed_;
}

std::vector<UcieParityMessage> UcieParityFeature::take_messages() {
  return std::exchange(messages_, {});
}

}  // namespace cvp
