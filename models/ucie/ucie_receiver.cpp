// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/ucie_receiver.h"

#include <algorithm>

namespace cvp {

UcieReceiver::UcieReceiver(const UcieAdapterParams& params)
    : params_(params), layout_(&params.layout()) {}

void UcieReceiver::unpack(const UcieFlit& flit) {
  const bool raw = !layout_->has_header();
  const UcieFlitHeader header = flit.header();
  const unsigned stack = raw ? 0 : header.stack;
  const UcieProtocol protocol = raw ? UcieProtocol::kStreaming : header.protocol;
  early_ =
      unpackers_[stack].take(ucie_flit_layout(params_.format, protocol), flit, messages_, protocol);
  ++consumed_;
}

void UcieReceiver::restart() {
  const UcieReceiveCounters counters = counters_;
  *this = UcieReceiver(params_);
  counters_ = counters;
}

void UcieReceiver::hold(bool held) {
  held_ = held;
  if (held) return;
  for (; !buffer_.empty(); buffer_.pop_front()) unpack(buffer_.front());
}

void UcieReceiver::ask_again() {
  missing_ = nak_ = true;
  latest_ = 0;
  ++counters_.naks;
}

UcieArrival UcieReceiver::receive(const UcieFlit& flit) {
  if (!ucie_intact(*layout_, flit)) {
    ++counters_.crc_errors;
    if (!missing_) ask_again();
    return UcieArrival::kDamaged;
  }
  return receive_intact(flit);
}

UcieArrival UcieReceiver::receive_intact(const UcieFlit& flit) {
  bool nop = false;
  if (layout_->has_header()) {
    const UcieFlitHeader header = flit.header();
    nop = header.protocol == UcieProtocol::kNone;
    const std::uint64_t ahead = (header.sequence - accepted_) % kUcieSequences;
    if (ahead >= kUcieSequences / 2) {  // Behind.
      ++(nop ? counters_.nops : counters_.duplicates);
      return nop ? UcieArrival::kNop : UcieArrival::kDuplicate;
    }
    if (ahead > 0) {
      // Numbers rise until the other end has gone back. If they fall and what was missing is still
      // missing, it was lost again. A probe wants to know in any case.
      const bool lost_again = nop ? ucie_nop_report(*layout_, flit).probe : ahead <= latest_;
      if (!missing_ || lost_again) ask_again();
      // A NOP flit has the number of the flit to come, which is still to be seen.
      latest_ = nop ? std::max(latest_, ahead - 1) : ahead;
      ++(nop ? counters_.nops : counters_.gaps);
      return nop ? UcieArrival::kNop : UcieArrival::kGap;
    }
    if (!nop && buffer_.size() >= params_.receive_flits) {
      ++counters_.gaps;
      return UcieArrival::kGap;
    }
    missing_ = nak_ = false;
  }
  if (nop) {
    ++counters_.nops;
    return UcieArrival::kNop;
  }
  ++accepted_;
  ++counters_.accepted;
  if (held_) {
    buffer_.push_back(flit);
  } else {
    unpack(flit);
  }
  return UcieArrival::kAccepted;
}

std::uint64_t UcieReceiver::malformed() const {
  std::uint64_t count = 0;
  for (const UcieUnpacker& unpacker : unpackers_) count += unpacker.malformed();
  return count;
}

bool UcieReceiver::inside_message() const {
  bool inside = false;
  for (const UcieUnpacker& unpacker : unpackers_) inside |= unpacker.inside_message();
  return inside;
}

}  // namespace cvp
