// SPDX-License-Identifier: Apache-2.0
//
// One move between a run of bytes and pieces of guest memory, cut into bursts of which several are
// in flight. No SystemC.
#pragma once

#include <vector>

#include "models/virtio/guest_memory.h"

namespace cvp {

class GuestTransfer {
 public:
  static constexpr std::uint32_t kBurstBytes = 4096;
  static constexpr unsigned kMaxInFlight = 16;

  /// `tag` marks the transfer in its upper half; the lower half is the transfer's own.
  void start_read(std::vector<BufferRange> ranges, std::uint64_t tag, GuestMemory& memory);
  void start_write(std::vector<BufferRange> ranges, std::vector<std::uint8_t> data,
                   std::uint64_t tag, GuestMemory& memory);
  /// Takes the answer to one burst; true when it was the last one.
  bool answered(std::uint64_t tag, std::span<const std::uint8_t> data, bool ok,
                GuestMemory& memory);
  /// A burst was refused. The rest is not sent.
  bool failed() const { return failed_; }
  const std::vector<std::uint8_t>& data() const { return data_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(ranges_, data_, tag_, writes_, failed_, range_, in_range_, position_, in_flight_);
  }

 private:
  void issue(GuestMemory& memory);

  std::vector<BufferRange> ranges_;
  std::vector<std::uint8_t> data_;
  std::uint64_t tag_ = 0;
  bool writes_ = false;
  bool failed_ = false;
  // The next burst: in which range, how far into it, how far into the data.
  std::uint64_t range_ = 0;
  std::uint32_t in_range_ = 0, position_ = 0;
  unsigned in_flight_ = 0;
};

}  // namespace cvp
