// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/adapter/ucie_transmitter.h"

#include <algorithm>
#include <bit>

#include "models/core/report.h"

namespace cvp {
namespace {

// A NOP flit's payload begins with three numbers of 16 bits: accepted (8:0), probe (14), nak (15);
// consumed of stack 0 (8:0), and of stack 1.
constexpr std::uint32_t kNak = 0x8000, kProbe = 0x4000;

void put16(std::uint8_t* bytes, std::uint64_t number) {
  bytes[0] = static_cast<std::uint8_t>(number & 0xFF);
  bytes[1] = static_cast<std::uint8_t>(number >> 8 & 0xFF);
}
std::uint32_t get16(const std::uint8_t* bytes) { return bytes[0] | bytes[1] << 8; }

// How far the count `to`, known modulo kUcieSequences, is ahead of `from`.
std::uint64_t ahead(std::uint32_t to, std::uint64_t from) { return (to - from) % kUcieSequences; }

bool is_payload(const UcieFlitHeader& header) { return header.protocol != UcieProtocol::kNone; }

}  // namespace

UcieReport ucie_nop_report(const UcieFlitLayout& layout, const UcieFlit& flit) {
  const std::uint8_t* bytes = flit.bytes.data() + layout.payload[0].first;
  const std::uint32_t first = get16(bytes);
  return {.accepted = first % kUcieSequences,
          .consumed = {get16(bytes + 2) % kUcieSequences, get16(bytes + 4) % kUcieSequences},
          .nak = (first & kNak) != 0,
          .probe = (first & kProbe) != 0};
}

UcieTransmitter::UcieTransmitter(const UcieAdapterParams& params)
    : params_(params),
      layout_(&params.layout()),
      packers_{UciePacker(params.packets), UciePacker(params.packets)},
      retry_(std::bit_ceil(params.retry_flits)) {
  constexpr std::uint32_t kMost = kUcieSequences / 2 - 1;
  CVP_CHECK(params.retry_flits >= 1 && params.retry_flits <= kMost, "retry buffer of ",
            params.retry_flits, " flits; expected 1 to ", kMost);
  CVP_CHECK(params.stacks >= 1 && params.stacks <= (layout_->has_header() ? kUcieStacks : 1),
            "no link of ", params.stacks, " stacks");
  CVP_CHECK(params.receive_flits >= 1 && params.receive_flits <= kMost, "receive buffer of ",
            params.receive_flits, " flits; expected 1 to ", kMost);
}

std::size_t UcieTransmitter::waiting_bytes() const {
  std::size_t bytes = 0;
  for (const UciePacker& packer : packers_) bytes += packer.waiting_bytes();
  return bytes;
}

UcieFlitHeader UcieTransmitter::header(const UcieReport& report) const {
  const std::uint64_t count =
      next_ % 2 == 0
          ? report.accepted
          : report.consumed[ucie_reported_stack(static_cast<std::uint32_t>(next_), params_.stacks)];
  return {.sequence = static_cast<std::uint16_t>(next_ % kUcieSequences),
          .report = static_cast<std::uint16_t>(count % kUcieSequences / kUcieReportStep)};
}

bool UcieTransmitter::lacks_credit() const {
  for (unsigned stack = 0; stack < params_.stacks; ++stack) {
    if (!packers_[stack].empty() && !has_credit(stack)) return true;
  }
  return false;
}

bool UcieTransmitter::can_pack() const {
  for (unsigned stack = 0; stack < params_.stacks; ++stack) {
    if (!packers_[stack].empty() && has_credit(stack)) return true;
  }
  return false;
}

// Fills a new flit. Stacks that both have something, and credit, take turns.
bool UcieTransmitter::pack(UcieFlit& flit, UcieFlitHeader& header) {
  for (unsigned i = 0; i < params_.stacks; ++i) {
    const unsigned stack = (turn_ + i) & (params_.stacks - 1);
    if (packers_[stack].empty() || (layout_->has_header() && !has_credit(stack))) continue;
    header.stack = static_cast<std::uint8_t>(stack);
    header.protocol = packers_[stack].protocol();
    const UcieFlitLayout& layout = ucie_flit_layout(params_.format, header.protocol);
    counters_.payload_bytes += packers_[stack].fill(layout, flit);
    ++counters_.flits;
    ++sent_[stack];
    turn_ = stack + 1;
    return true;
  }
  return false;
}

bool UcieTransmitter::has_flit() const {
  if (!layout_->has_header()) return waiting_bytes() > 0;
  if (next_ < end_) return true;
  return !retry_buffer_full() && can_pack();
}

bool UcieTransmitter::send(const UcieReport& report, UcieFlit& flit) {
  UcieFlitHeader sealed = header(report);
  if (!layout_->has_header()) return pack(flit, sealed);  // Raw: nothing is ever sent again.
  UcieFlit& kept = retry_[next_ & (retry_.size() - 1)];
  if (next_ < end_) {
    sealed.stack = kept.header().stack;
    sealed.protocol = kept.header().protocol;
    ++counters_.replayed;
  } else {
    if (retry_buffer_full() || !pack(kept, sealed)) return false;
    ++end_;
  }
  ucie_seal(*layout_, sealed, kept);  // Each time: the report is fresh.
  ++next_;
  flit = kept;
  return true;
}

void UcieTransmitter::send_nop(const UcieReport& report, UcieFlit& flit) {
  flit = {};
  std::uint8_t* bytes = flit.bytes.data() + layout_->payload[0].first;
  put16(bytes,
        report.accepted % kUcieSequences | (report.nak ? kNak : 0) | (report.probe ? kProbe : 0));
  put16(bytes + 2, report.consumed[0] % kUcieSequences);
  put16(bytes + 4, report.consumed[1] % kUcieSequences);
  ucie_seal(*layout_, header(report), flit);
  ++counters_.nops;
  counters_.probes += report.probe ? 1 : 0;
}

void UcieTransmitter::hear(const UcieFlit& flit) {
  const UcieFlitHeader header = flit.header();
  const std::uint32_t steps = header.report * kUcieReportStep;
  if (!is_payload(header)) {
    const UcieReport report = ucie_nop_report(*layout_, flit);
    acknowledge(static_cast<std::uint32_t>(report.accepted), report.nak);
    for (unsigned stack = 0; stack < params_.stacks; ++stack) {
      give_credit(stack, static_cast<std::uint32_t>(report.consumed[stack]));
    }
  } else if (header.sequence % 2 == 0) {
    acknowledge(steps, false);
  } else {
    give_credit(ucie_reported_stack(header.sequence, params_.stacks), steps);
  }
}

// What lies outside of what is in flight is old news.
void UcieTransmitter::acknowledge(std::uint32_t accepted, bool nak) {
  const std::uint64_t more = ahead(accepted, base_);
  if (more > end_ - base_) return;
  base_ += more;
  next_ = std::max(next_, base_);
  if (nak && next_ > base_) {
    next_ = base_;
    ++counters_.retries;
  }
}

void UcieTransmitter::give_credit(unsigned stack, std::uint32_t consumed) {
  const std::uint64_t more = ahead(consumed, credit_[stack]);
  if (more <= sent_[stack] - credit_[stack]) credit_[stack] += more;
}

void UcieTransmitter::go_back() {
  if (next_ > base_) ++counters_.retries;
  next_ = base_;
}

void UcieTransmitter::restart() {
  const UcieTransmitCounters counters = counters_;
  *this = UcieTransmitter(params_);
  counters_ = counters;
}

}  // namespace cvp
