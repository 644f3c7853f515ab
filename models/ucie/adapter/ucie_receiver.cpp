// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_receiver.h"

#include <algorithm>

namespace cvp {

UcieReceiver::UcieReceiver(const UcieAdapterParams& params)
    : params_(params), layout_(&params.layout()) {}

// A stack that the link has not got is damage that no CRC has found.
unsigned UcieReceiver::stack_of(const UcieFlit& flit) const {
  return layout_->has_header() ? flit.header().stack & (params_.stacks - 1) : 0;
}

void UcieReceiver::unpack(const UcieFlit& flit) {
  const unsigned number = stack_of(flit);
  Stack& stack = stacks_[number];
  const UcieProtocol protocol =
      layout_->has_header() ? flit.header().protocol : UcieProtocol::kStreaming;
  stack.messages.take(ucie_flit_layout(params_.format, protocol), flit, protocol);
  ++consumed_[number];
}

void UcieReceiver::restart() {
  const UcieReceiveCounters counters = counters_;
  *this = UcieReceiver(params_);
  counters_ = counters;
}

void UcieReceiver::hold(bool held, unsigned stack) {
  stacks_[stack].held = held;
  if (held) return;
  auto& buffer = stacks_[stack].buffer;
  for (; !buffer.empty(); buffer.pop_front()) unpack(buffer.front());
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
    if (!nop && stacks_[stack_of(flit)].buffer.size() >= params_.receive_flits) {
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
  if (Stack& stack = stacks_[stack_of(flit)]; stack.held) {
    stack.buffer.push_back(flit);
  } else {
    unpack(flit);
  }
  return UcieArrival::kAccepted;
}

std::uint64_t UcieReceiver::malformed() const {
  std::uint64_t count = 0;
  for (const Stack& stack : stacks_) count += stack.messages.malformed();
  return count;
}

bool UcieReceiver::inside_message() const {
  bool inside = false;
  for (const Stack& stack : stacks_) inside |= stack.messages.inside_message();
  return inside;
}

}  // namespace cvp
