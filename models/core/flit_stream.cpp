// SPDX-License-Identifier: Apache-2.0
#include "models/core/flit_stream.h"

#include "models/core/report.h"

namespace cvp {

Femtoseconds FlitFormat::time(std::uint64_t flits) const {
  __extension__ using Wide = unsigned __int128;
  const Wide bits = Wide{flits} * wire_bytes * 8;
  return {static_cast<std::uint64_t>((bits * 1'000'000'000'000'000 + bits_per_second / 2) /
                                     bits_per_second)};
}

FlitClock::FlitClock(const FlitFormat& format) : format_(format) {
  // As many flits as the rate has bits a second take all their bits in whole seconds.
  const Femtoseconds one = format.time(1);
  const std::uint64_t bits = std::uint64_t{format.wire_bytes} * 8;
  const std::uint64_t second = (1_s).value;
  __extension__ using Wide = unsigned __int128;
  if (Wide{one.value} * format.bits_per_second == Wide{bits} * second) whole_ = one;
}

void FlitStream::configure(const FlitFormat& format, Femtoseconds now) {
  busy_before_ = busy();
  flits_of_format_ = 0;
  format_ = format;
  base_ = now;
  slot_ = fill_ = 0;
}

FlitStream::Times FlitStream::send(Femtoseconds ready, std::uint64_t message_bytes) {
  CVP_CHECK(message_bytes > 0, "an empty message has no place in a flit");
  // 1. The flit that could still be filled has started: it is closed.
  if (fill_ > 0 && ready > slot_start()) {
    ++slot_;
    fill_ = 0;
  }
  // 2. The wire is idle: a new run begins now.
  if (fill_ == 0 && ready > slot_start()) {
    base_ = ready;
    slot_ = 0;
  }
  // 3. Place the bytes; count each flit when its first byte is placed.
  const std::uint64_t capacity = format_.payload_bytes;
  const std::uint64_t end = fill_ + message_bytes;
  const std::uint64_t last = (end - 1) / capacity;  // Flit with the last byte, from slot_.
  const std::uint64_t opened = fill_ > 0 ? last : last + 1;
  flits_ += opened;
  flits_of_format_ += opened;
  wire_bytes_ += opened * format_.wire_bytes;
  const Femtoseconds first = base_ + format_.time(slot_ + 1);
  const Femtoseconds sent = base_ + format_.time(slot_ + last + 1);
  slot_ += end / capacity;
  fill_ = end % capacity;
  return {first + format_.latency, sent, sent + format_.latency};
}

FlitStream::Times FlitStream::send_untimed(Femtoseconds ready, std::uint64_t message_bytes) {
  const std::uint64_t flits = (message_bytes + format_.payload_bytes - 1) / format_.payload_bytes;
  flits_ += flits;
  wire_bytes_ += flits * format_.wire_bytes;
  const Femtoseconds sent = ready + format_.time(1);
  return {sent + format_.latency, sent, sent + format_.latency};
}

}  // namespace cvp
