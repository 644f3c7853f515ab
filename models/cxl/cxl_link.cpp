// SPDX-License-Identifier: Apache-2.0
#include "models/cxl/cxl_link.h"

#include <algorithm>
#include <utility>

#include "models/core/report.h"
#include "models/core/trace.h"

namespace cvp {
namespace {

constexpr std::uint64_t kLine = 64;
constexpr std::uint64_t kHalfSlot = 8;
// M2S and S2M, in half slots a line.
constexpr std::uint64_t kReadRequest = 2, kReadResponse = 9, kWriteRequest = 10, kWriteResponse = 1;
// A TLP: header, sequence number, CRC and framing.
constexpr std::uint64_t kTlpBytes = 24;

bool carries_data(const Packet& packet) {
  const bool write = packet.command == tlm::TLM_WRITE_COMMAND;
  if (packet.kind == PacketKind::kRequest) {
    return write || packet.attributes.atomic != AtomicOp::kNone;
  }
  return !write && packet.status == tlm::TLM_OK_RESPONSE;
}

}  // namespace

Message cxl_frame(CxlChannel channel, const Packet& packet) {
  Message message = encode(packet);
  message.push_back(static_cast<std::uint8_t>(channel));
  return message;
}

CxlChannel cxl_unframe(Message& message) {
  CVP_CHECK(!message.empty(), "an empty message");
  const auto channel = static_cast<CxlChannel>(message.back());
  message.pop_back();
  return channel;
}

std::string cxl_shape_error(const CxlLinkShape& shape) {
  if (shape.lanes != 4 && shape.lanes != 8 && shape.lanes != 16) {
    return "a CXL link has 4, 8 or 16 lanes";
  }
  if (shape.rate != 8_GTps && shape.rate != 16_GTps && shape.rate != 32_GTps) {
    return "the rate of a CXL link with 68 B flits is 8, 16 or 32 GT/s";
  }
  return {};
}

std::uint64_t cxl_lines(Addr address, std::uint64_t length) {
  return (address % kLine + length + kLine - 1) / kLine;
}

std::uint64_t cxl_message_bytes(CxlChannel channel, const Packet& packet) {
  const bool data = carries_data(packet);
  if (channel != CxlChannel::kMem) return kTlpBytes + (data ? packet.length : 0);
  const bool request = packet.kind == PacketKind::kRequest;
  const std::uint64_t half_slots =
      request ? (data ? kWriteRequest : kReadRequest) : (data ? kReadResponse : kWriteResponse);
  return cxl_lines(packet.address, packet.length) * half_slots * kHalfSlot;
}

CxlTransmitter::CxlTransmitter(const CxlLinkShape& shape, bool limited, std::string track)
    : limited_(limited), track_(std::move(track)) {
  stream_.configure(shape.flit_format(), {});
}

FlitStream::Times CxlTransmitter::send(Femtoseconds ready, CxlChannel channel,
                                       const Packet& packet) {
  const std::uint64_t bytes = cxl_message_bytes(channel, packet);
  ++counters_.messages;
  counters_.payload_bytes += bytes;
  if (carries_data(packet)) counters_.data.add(packet.attributes.traffic_class, packet.length);
  const auto times = limited_ ? stream_.send(ready, bytes) : stream_.send_untimed(ready, bytes);
  if (TraceSink* sink = trace_sink()) {
    const Femtoseconds start = std::max(ready, traced_until_);
    if (start < times.sent) {
      sink->span(track_, to_string(packet.attributes.traffic_class), start, times.sent, bytes);
      traced_until_ = times.sent;
    }
  }
  return times;
}

Femtoseconds CxlTransmitter::idle_latency(std::uint64_t bytes) const {
  FlitStream idle;
  idle.configure(stream_.format(), {});
  return limited_ ? idle.send({}, bytes).arrived : idle.send_untimed({}, bytes).arrived;
}

CxlLinkStatistics CxlTransmitter::statistics(Femtoseconds now, double picojoules_per_bit) const {
  CxlLinkStatistics all = counters_;
  all.flits = stream_.flits();
  all.wire_bytes = stream_.wire_bytes();
  all.busy = stream_.busy();
  if (now.value > 0) all.utilisation = std::min(1.0, all.busy.seconds() / now.seconds());
  all.energy_j = static_cast<double>(all.wire_bytes) * 8 * picojoules_per_bit * 1e-12;
  return all;
}

}  // namespace cvp
