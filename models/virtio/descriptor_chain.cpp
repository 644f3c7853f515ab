// SPDX-License-Identifier: Apache-2.0
#include "models/virtio/descriptor_chain.h"

#include <limits>

#include "models/virtio/little_endian.h"

namespace cvp {
namespace {

enum Flags : std::uint16_t { kNext = 1, kWrite = 2, kIndirect = 4 };

constexpr std::uint64_t kMaxChainBytes = std::uint64_t{1} << 32;

}  // namespace

DescriptorChain::Next DescriptorChain::broken(std::string_view why) {
  error_ = why;
  return Next::kBroken;
}

DescriptorChain::Next DescriptorChain::start(std::uint16_t head, std::uint16_t queue_size,
                                             std::uint16_t max_size, bool indirect) {
  *this = {};
  head_ = next_ = head;
  queue_size_ = queue_size;
  max_size_ = max_size;
  indirect_ = indirect;
  if (head >= queue_size) return broken("available ring names a descriptor beyond the table");
  return Next::kDescriptor;
}

DescriptorChain::Next DescriptorChain::add(std::span<const std::uint8_t> descriptor) {
  const BufferRange range{little_endian<std::uint64_t>(descriptor, 0),
                          little_endian<std::uint32_t>(descriptor, 8)};
  const auto flags = little_endian<std::uint16_t>(descriptor, 12);
  next_ = little_endian<std::uint16_t>(descriptor, 14);
  const std::uint16_t table_size =
      in_table_ ? static_cast<std::uint16_t>(table_.bytes / kDescriptorBytes) : queue_size_;
  if (++count_ > table_size) return broken("chain that loops");
  if (range.bytes == 0) return broken("descriptor of length 0");
  if (range.address > std::numeric_limits<Addr>::max() - range.bytes) {
    return broken("buffer that runs over the end of the address space");
  }
  if (flags & kIndirect) {
    if (!indirect_) return broken("indirect descriptor without that feature");
    if (in_table_) return broken("indirect descriptor inside an indirect table");
    if (flags & kNext) return broken("indirect descriptor with a next one");
    if (range.bytes % kDescriptorBytes != 0) return broken("indirect table of an odd length");
    if (range.bytes / kDescriptorBytes > max_size_) {
      return broken("indirect table longer than the queue");
    }
    table_ = range;
    return Next::kTable;
  }
  if (const Next next = add_buffer(range, (flags & kWrite) != 0); next == Next::kBroken) {
    return next;
  }
  if (!(flags & kNext)) return Next::kComplete;
  if (next_ >= table_size) return broken("next descriptor beyond the table");
  return Next::kDescriptor;
}

DescriptorChain::Next DescriptorChain::add_buffer(BufferRange range, bool writable) {
  if (!writable && !writable_.empty()) {
    return broken("buffer for reading behind one for writing");
  }
  (writable ? writable_ : readable_).push_back(range);
  (writable ? writable_bytes_ : readable_bytes_) += range.bytes;
  if (readable_bytes_ > kMaxReadable) return broken("request longer than any device takes");
  if (readable_bytes_ + writable_bytes_ > kMaxChainBytes) return broken("chain of over 4 GiB");
  return Next::kDescriptor;
}

DescriptorChain::Next DescriptorChain::add_table(std::span<const std::uint8_t> table) {
  in_table_ = true;
  count_ = 0;
  next_ = 0;
  Next next = Next::kDescriptor;
  while (next == Next::kDescriptor) {
    next = add(table.subspan(std::size_t{next_} * kDescriptorBytes, kDescriptorBytes));
  }
  return next;
}

}  // namespace cvp
