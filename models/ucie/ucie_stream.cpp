// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/ucie_stream.h"

#include <cmath>

namespace cvp {
namespace {
constexpr std::uint64_t kFlitsOfParitySlot = 1024;
}  // namespace

double ucie_flit_error(double bit_error_rate, std::uint32_t bytes) {
  return -std::expm1(8.0 * bytes * std::log1p(-bit_error_rate));
}

double ucie_flit_error(const UcieBitFaults& faults, std::uint32_t bytes) {
  double log_intact = std::log1p(-faults.burst);
  const std::size_t lanes = faults.lane_ber.size();
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    const std::size_t on_lane = bytes / lanes + (lane < bytes % lanes ? 1 : 0);
    log_intact += 8.0 * static_cast<double>(on_lane) * std::log1p(-faults.lane_ber[lane]);
  }
  return -std::expm1(log_intact);
}

void UcieStream::configure(const UcieLinkShape& shape, Femtoseconds now,
                           const UcieStreamErrors& errors) {
  const UcieFlitLayout& layout = ucie_flit_layout(shape.format);
  stream_.configure(shape.flit_format(), now);
  half_payload_ = layout.forward_bytes < layout.wire_bytes ? layout.payload[0].count : 0;
  half_time_ = shape.fixed_latency() + stream_.format().time(1) - shape.one_way_latency();
  error_ = layout.has_header() ? errors.flit_error : 0;
  round_trip_slots_ = errors.round_trip_slots;
  parity_ = errors.parity;
  sent_since_parity_ = 0;
  good_flits_ = random_.trials_before(error_);
}

// How often the link goes back until so many flits have been delivered.
std::uint64_t UcieStream::draw_retries(std::uint64_t flits) {
  std::uint64_t retries = 0;
  while (good_flits_ < flits) {
    flits -= good_flits_;
    good_flits_ = random_.trials_before(error_);
    ++retries;
  }
  if (good_flits_ != UcieRandom::kNever) good_flits_ -= flits;
  return retries;
}

// Slots of parity that are due when so many flits have been sent.
std::uint64_t UcieStream::draw_parity(std::uint64_t flits) {
  if (!parity_) return 0;
  const std::uint64_t sent = sent_since_parity_ + flits;
  sent_since_parity_ = sent % kFlitsOfParitySlot;
  return sent / kFlitsOfParitySlot;
}

void UcieStream::forward_half(Times& times) const {
  if (stream_.fill() > 0 && stream_.fill() <= half_payload_) times.arrived -= half_time_;
}

UcieStream::Times UcieStream::send(Femtoseconds ready, std::uint64_t message_bytes) {
  const std::uint64_t before = stream_.flits();
  Times times = stream_.send(ready, message_bytes);
  forward_half(times);
  const std::uint64_t flits = stream_.flits() - before;
  const std::uint64_t retries = draw_retries(flits);
  const std::uint64_t replayed = retries * round_trip_slots_;
  const std::uint64_t parity = draw_parity(flits);
  const std::uint64_t lost = replayed + parity;
  if (lost == 0) return times;
  // What was sent for nothing takes whole flits, so the place in the flit stays the same.
  stream_.send(ready, lost * stream_.format().payload_bytes);
  retries_ += retries;
  replayed_ += replayed;
  parity_slots_ += parity;
  times.sent += slot_time(lost);
  times.arrived += slot_time(lost);
  return times;
}

UcieStream::Times UcieStream::send_untimed(Femtoseconds ready, std::uint64_t message_bytes) {
  Times times = stream_.send_untimed(ready, message_bytes);
  if (message_bytes <= half_payload_) times.arrived -= half_time_;
  return times;
}

}  // namespace cvp
