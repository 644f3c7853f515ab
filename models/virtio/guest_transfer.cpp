// SPDX-License-Identifier: Apache-2.0
#include "models/virtio/guest_transfer.h"

#include <algorithm>

#include "models/core/report.h"

namespace cvp {

void GuestTransfer::start_read(std::vector<BufferRange> ranges, std::uint64_t tag,
                               GuestMemory& memory) {
  std::size_t bytes = 0;
  for (const BufferRange& range : ranges) bytes += range.bytes;
  *this = {};
  ranges_ = std::move(ranges);
  data_.resize(bytes);
  tag_ = tag;
  issue(memory);
}

void GuestTransfer::start_write(std::vector<BufferRange> ranges, std::vector<std::uint8_t> data,
                                std::uint64_t tag, GuestMemory& memory) {
  *this = {};
  ranges_ = std::move(ranges);
  data_ = std::move(data);
  tag_ = tag;
  writes_ = true;
  issue(memory);
}

// Bursts end at multiples of their largest size, so that none lies in two memories.
void GuestTransfer::issue(GuestMemory& memory) {
  while (in_flight_ < kMaxInFlight && range_ < ranges_.size() && !failed_) {
    const BufferRange& range = ranges_[range_];
    const Addr address = range.address + in_range_;
    const std::uint32_t to_boundary = kBurstBytes - address % kBurstBytes;
    const std::uint32_t bytes = std::min(range.bytes - in_range_, to_boundary);
    ++in_flight_;
    if (writes_) {
      memory.write(address, std::span(data_).subspan(position_, bytes), tag_ | position_);
    } else {
      memory.read(address, bytes, tag_ | position_);
    }
    position_ += bytes;
    in_range_ += bytes;
    if (in_range_ == range.bytes) ++range_, in_range_ = 0;
  }
}

bool GuestTransfer::answered(std::uint64_t tag, std::span<const std::uint8_t> data, bool ok,
                             GuestMemory& memory) {
  CVP_CHECK(in_flight_ > 0, "an answer that nobody waits for");
  --in_flight_;
  failed_ = failed_ || !ok;
  if (ok && !writes_) {
    const auto at = static_cast<std::uint32_t>(tag);
    std::copy(data.begin(), data.end(), data_.begin() + at);
  }
  issue(memory);
  return in_flight_ == 0;
}

}  // namespace cvp
