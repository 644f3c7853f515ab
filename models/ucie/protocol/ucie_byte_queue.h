// SPDX-License-Identifier: Apache-2.0
//
// Bytes that leave in the order in which they came. No SystemC. Those that wait move only where
// memory ends, so that a byte moves once at most, on average.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace cvp {

class UcieByteQueue {
 public:
  bool empty() const { return first_ == end_; }
  std::size_t size() const { return end_ - first_; }
  std::span<const std::uint8_t> bytes() const { return std::span(memory_).subspan(first_, size()); }
  std::size_t memory_bytes() const { return memory_.size(); }
  /// So many more, which the caller writes before anything else happens here.
  std::uint8_t* append(std::size_t count) {
    if (count > memory_.size() - end_) make_room(count);
    end_ += count;
    return memory_.data() + (end_ - count);
  }
  /// The first so many leave.
  void drop(std::size_t count) { first_ += count; }
  /// The last so many do.
  void drop_last(std::size_t count) { end_ -= count; }
  /// Within the queue: `count` bytes come to lie at `to`, which is before `from`. Both are places
  /// behind the first byte.
  void move_up(std::size_t from, std::size_t count, std::size_t to) {
    std::uint8_t* const bytes = memory_.data() + first_;
    std::copy(bytes + from, bytes + from + count, bytes + to);
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(memory_, first_, end_);
  }

 private:
  [[gnu::noinline]] void make_room(std::size_t count) {
    std::copy(memory_.begin() + static_cast<std::ptrdiff_t>(first_),
              memory_.begin() + static_cast<std::ptrdiff_t>(end_), memory_.begin());
    end_ = size();
    first_ = 0;
    // Twice what is needed, so that half of it has left when it is full again.
    if (memory_.size() < 2 * (end_ + count)) memory_.resize(2 * (end_ + count));
  }

  std::vector<std::uint8_t> memory_;
  std::size_t first_ = 0, end_ = 0;
};

}  // namespace cvp
