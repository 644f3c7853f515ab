// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/ucie_transmitter.h"

#include "models/core/report.h"

namespace cvp {

void UcieTransmitter::configure(const UcieLinkShape& shape, Femtoseconds now) {
  busy_before_ = busy();
  flits_of_shape_ = 0;
  shape_ = shape;
  base_ = now;
  slot_ = fill_ = 0;
}

UcieTransmitter::Times UcieTransmitter::send(Femtoseconds ready, std::uint64_t message_bytes) {
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
  const std::uint64_t capacity = shape_.payload_bytes();
  const std::uint64_t end = fill_ + message_bytes;
  const std::uint64_t last = (end - 1) / capacity;  // Flit with the last byte, from slot_.
  const std::uint64_t opened = fill_ > 0 ? last : last + 1;
  flits_ += opened;
  flits_of_shape_ += opened;
  wire_bytes_ += opened * shape_.wire_bytes();
  const Femtoseconds sent = base_ + shape_.flit_time(slot_ + last + 1);
  slot_ += end / capacity;
  fill_ = end % capacity;
  return {sent, sent + shape_.fixed_latency()};
}

UcieTransmitter::Times UcieTransmitter::send_untimed(Femtoseconds ready,
                                                     std::uint64_t message_bytes) {
  const std::uint64_t flits = (message_bytes + shape_.payload_bytes() - 1) / shape_.payload_bytes();
  flits_ += flits;
  wire_bytes_ += flits * shape_.wire_bytes();
  const Femtoseconds sent = ready + shape_.flit_time(1);
  return {sent, sent + shape_.fixed_latency()};
}

}  // namespace cvp
