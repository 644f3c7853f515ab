// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_receiver.h"

#include <algorithm>

namespace cvp {

UcieReceiver::UcieReceiver(const UcieAdapterParams& params)
    : params_(params), layout_(&params.layout()) {}

void UcieReceiver::unpack(const UcieFlit& flit, const UcieFlitHeader& header) {
  const unsigned number = stack_of(header);
  stacks_[number].messages.take(ucie_flit_layout(params_.format, header.protocol), flit,
                                header.protocol);
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
  for (; !buffer.empty(); buffer.pop_front()) unpack(buffer.front(), header_of(buffer.front()));
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
  const UcieFlitHeader header = header_of(flit);
  if (!layout_->has_header()) return accept(flit, header);
  const bool next = (header.sequence - accepted_) % kUcieSequences == 0;
  if (!next || header.protocol == UcieProtocol::kNone) return receive_other(flit, header);
  if (stacks_[stack_of(header)].buffer.size() >= params_.receive_flits) {
    ++counters_.gaps;
    return UcieArrival::kGap;
  }
  missing_ = nak_ = false;
  return accept(flit, header);
}

// A NOP flit, or one that is not the next.
UcieArrival UcieReceiver::receive_other(const UcieFlit& flit, const UcieFlitHeader& header) {
  const bool nop = header.protocol == UcieProtocol::kNone;
  const std::uint64_t ahead = (header.sequence - accepted_) % kUcieSequences;
  if (ahead >= kUcieSequences / 2) {  // Behind.
    ++(nop ? counters_.nops : counters_.duplicates);
    return nop ? UcieArrival::kNop : UcieArrival::kDuplicate;
  }
  if (ahead == 0) {
    missing_ = nak_ = false;
    ++counters_.nops;
    return UcieArrival::kNop;
  }
  // Numbers rise until the other end has gone back. If they fall and what was missing is still
  // missing, it was lost again. A probe wants to know in any case.
  const bool lost_again = nop ? ucie_nop_report(*layout_, flit).probe : ahead <= latest_;
  if (!missing_ || lost_again) ask_again();
  // A NOP flit has the number of the flit to come, which is still to be seen.
  latest_ = nop ? std::max(latest_, ahead - 1) : ahead;
  ++(nop ? counters_.nops : counters_.gaps);
  return nop ? UcieArrival::kNop : UcieArrival::kGap;
}

UcieArrival UcieReceiver::accept(const UcieFlit& flit, const UcieFlitHeader& header) {
  ++accepted_;
  ++counters_.accepted;
  if (Stack& stack = stacks_[stack_of(header)]; stack.held) {
    stack.buffer.push_back(flit);
  } else {
    unpack(flit, header);
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
