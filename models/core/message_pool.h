// SPDX-License-Identifier: Apache-2.0
//
// Messages on their way to a die. The action of their arrival holds the index. The memory of those
// that have arrived serves those that leave.
#pragma once

#include <utility>

#include "models/core/message.h"

namespace cvp {

class MessagePool {
 public:
  std::size_t put(Message message) {
    if (free_.empty()) {
      free_.push_back(messages_.size());
      messages_.emplace_back();
    }
    const std::size_t index = free_.back();
    free_.pop_back();
    messages_[index] = std::move(message);
    return index;
  }
  Message take(std::size_t index) {
    free_.push_back(index);
    return std::exchange(messages_[index], {});
  }
  /// A message that nobody needs any more.
  void drop(Message message) {
    if (spare_.size() < kMostSpare) spare_.push_back(std::move(message));
  }
  /// One of those; its contents do not matter.
  Message spare() {
    if (spare_.empty()) return {};
    Message message = std::move(spare_.back());
    spare_.pop_back();
    return message;
  }

  bool empty() const { return free_.size() == messages_.size(); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(messages_, free_);
  }

 private:
  static constexpr std::size_t kMostSpare = 64;

  std::vector<Message> messages_, spare_;
  std::vector<std::size_t> free_;
};

}  // namespace cvp
