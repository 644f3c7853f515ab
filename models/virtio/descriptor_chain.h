// SPDX-License-Identifier: Apache-2.0
//
// The buffer that a chain of descriptors makes: pieces that the device reads, then pieces that it
// writes. Every rule for drivers is checked; what breaks one is said in words. No SystemC.
// [VIRTIO: The Virtqueue Descriptor Table, Indirect Descriptors]
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "models/virtio/guest_memory.h"

namespace cvp {

class DescriptorChain {
 public:
  static constexpr std::uint32_t kDescriptorBytes = 16;
  /// Largest part of a chain that the device reads: more is no request of any device here.
  static constexpr std::uint64_t kMaxReadable = 16 << 20;

  enum class Next : std::uint8_t {
    kDescriptor,  ///< Wants the descriptor number `next()` of the queue's table.
    kTable,       ///< Wants the bytes of the indirect table `table()`.
    kComplete,
    kBroken,  ///< error() says why.
  };

  /// `queue_size` as the driver set it; `max_size` as the device offers it bounds indirect tables.
  Next start(std::uint16_t head, std::uint16_t queue_size, std::uint16_t max_size, bool indirect);
  Next add(std::span<const std::uint8_t> descriptor);
  Next add_table(std::span<const std::uint8_t> table);

  std::uint16_t head() const { return head_; }
  std::uint16_t next() const { return next_; }
  BufferRange table() const { return table_; }
  std::string_view error() const { return error_; }
  const std::vector<BufferRange>& readable() const { return readable_; }
  const std::vector<BufferRange>& writable() const { return writable_; }
  std::uint64_t writable_bytes() const { return writable_bytes_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(head_, next_, queue_size_, max_size_, indirect_, in_table_, count_, table_, readable_,
            writable_, readable_bytes_, writable_bytes_);
  }

 private:
  Next broken(std::string_view why);
  Next add_buffer(BufferRange range, bool writable);

  std::uint16_t head_ = 0, next_ = 0, queue_size_ = 0, max_size_ = 0;
  bool indirect_ = false, in_table_ = false;
  unsigned count_ = 0;
  BufferRange table_;
  std::vector<BufferRange> readable_, writable_;
  std::uint64_t readable_bytes_ = 0, writable_bytes_ = 0;
  std::string_view error_;  // Not saved: a broken chain is reported at once.
};

}  // namespace cvp
