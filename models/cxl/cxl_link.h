// SPDX-License-Identifier: Apache-2.0
//
// Arithmetic of a CXL link with 68-byte flits: four slots of 16 bytes, two bytes of header and two
// of CRC. Needs no kernel.
//
// A 64-byte line costs, in the direction named, with the packing of a busy link:
//   read   M2S  1 slot (request)             S2M  4.5 slots (half a header slot, 4 of data)
//   write  M2S  5 slots (header, 4 of data)  S2M  0.5 slot (completion)
// so that reads reach 8/9 * 64/68 = 83.66 % of the raw rate and writes 4/5 * 64/68 = 75.29 %.
// Configuration and memory-mapped accesses (CXL.io) share the link as TLPs.
#pragma once

#include <string>

#include "models/core/flit_stream.h"
#include "models/core/message.h"
#include "models/core/statistics.h"

namespace cvp {

/// What a message on the link is; its last byte.
enum class CxlChannel : std::uint8_t { kMem, kConfig, kMmio, kCredit, kErrorMessage };

Message cxl_frame(CxlChannel channel, const Packet& packet);
/// Takes the channel off the message.
CxlChannel cxl_unframe(Message& message);

struct CxlLinkShape {
  std::uint32_t lanes = 8;
  DataRate rate = 32_GTps;
  Femtoseconds latency = 40_ns;  ///< One way: both PHYs, link layers and ports, beside the flit.

  FlitFormat flit_format() const { return {68, 64, lanes * rate.transfers_per_second, latency}; }
  Bandwidth raw_bandwidth() const {
    return {static_cast<double>(lanes) * static_cast<double>(rate.transfers_per_second) / 8};
  }
};

/// Empty when the link exists; else what is wrong and what was expected.
std::string cxl_shape_error(const CxlLinkShape& shape);

/// Lines of 64 bytes that an access touches.
std::uint64_t cxl_lines(Addr address, std::uint64_t length);
/// Bytes of flit payload that a request or response takes.
std::uint64_t cxl_message_bytes(CxlChannel channel, const Packet& packet);

/// Of one direction of the link.
struct CxlLinkStatistics {
  TrafficBytes data;                ///< Data of transactions.
  std::uint64_t payload_bytes = 0;  ///< Slots used.
  std::uint64_t wire_bytes = 0;     ///< Flits.
  std::uint64_t messages = 0, flits = 0, retries = 0;
  Femtoseconds busy;
  double utilisation = 0;
  double energy_j = 0;
};

/// The sending half of one end.
class CxlTransmitter {
 public:
  /// `track`: name in the trace.
  CxlTransmitter(const CxlLinkShape& shape, bool limited, std::string track = {});

  FlitStream::Times send(Femtoseconds ready, CxlChannel channel, const Packet& packet);
  CxlLinkStatistics statistics(Femtoseconds now, double picojoules_per_bit) const;
  /// Latency of a message on an idle link until its last byte has arrived.
  Femtoseconds idle_latency(std::uint64_t bytes) const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(stream_, counters_.data, counters_.payload_bytes, counters_.messages);
  }

 private:
  bool limited_;  // By bandwidth.
  FlitStream stream_;
  CxlLinkStatistics counters_;
  std::string track_;
  Femtoseconds traced_until_;
};

}  // namespace cvp
