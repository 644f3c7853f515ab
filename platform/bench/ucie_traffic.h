// SPDX-License-Identifier: Apache-2.0
//
// What the benchmark of a link sends, and what its two engines measure.
#pragma once

#include "models/ucie/adapter/ucie_flit_link.h"
#include "models/ucie/adapter/ucie_stream.h"
#include "models/ucie/protocol/ucie_cxl_mem.h"
#include "models/ucie/protocol/ucie_latency.h"
#include "models/ucie/protocol/ucie_mapping.h"

namespace cvp {

struct UcieTraffic {
  UcieLinkShape shape;
  UcieMapping mapping = UcieMapping::kStreaming;
  unsigned stacks = 1;  ///< Transactions take them in turn.
  double read_fraction = 0;
  std::uint32_t size = 64;
  std::uint64_t outstanding = 1;
  std::array<UcieBitFaults, 2> bits;   ///< Towards the target, and back.
  double answer_slots = 0;             ///< Of them, those that the ends need to answer.
  std::uint32_t round_trip_slots = 2;  ///< From the start of a damaged flit to that of its replay.
  std::uint64_t flits = 2;             ///< To deliver towards the target; 2 or more.
  std::uint64_t seed = 1;

  Femtoseconds answer_time() const {
    return {static_cast<std::uint64_t>(answer_slots * slot_fs())};
  }
  /// A slot is the time of a flit on the wire.
  double slot_fs() const {
    return 8e15 * shape.wire_bytes() / static_cast<double>(shape.flit_format().bits_per_second);
  }
  /// By which the second half of a flit comes later, if the first is forwarded.
  double half_slots() const {
    return 1 -
           static_cast<double>(ucie_flit_layout(shape.format).forward_bytes) / shape.wire_bytes();
  }
  /// From the start of a flit until it, or its first half, has arrived. Exact where slots are not
  /// whole femtoseconds: what arrives as a flit starts is in time for it.
  double flight_slots() const {
    return static_cast<double>(shape.fixed_latency().value) / slot_fs() + 1 - half_slots();
  }
  /// Is transaction n a read?
  bool is_read(std::uint64_t n) const {
    const double fraction = static_cast<double>(splitmix64(seed ^ splitmix64(n)) >> 11) * 0x1p-53;
    return fraction < read_fraction;
  }
  UcieProtocol protocol() const {
    return ucie_protocol(mapping, ucie_fits_cxl_mem(address(0), size));
  }
  /// Bytes that messages may fill in a flit.
  std::uint32_t payload_bytes() const {
    return ucie_flit_layout(shape.format, protocol()).payload_bytes();
  }
  /// Of transaction n: one after the other, each from a new line on, above 4 GiB.
  std::uint64_t address(std::uint64_t n) const {
    return (std::uint64_t{1} << 40) + n * ((size + 63) / 64 * 64);
  }
  static UcieMessageKind kind(bool read, bool answer) {
    using Kind = UcieMessageKind;
    if (answer) return read ? Kind::kReadData : Kind::kCompletion;
    return read ? Kind::kRead : Kind::kWrite;
  }
  /// Request n, or the answer to it; without data.
  UcieMessageHeader message(std::uint64_t n, bool read, bool answer) const {
    UcieMessageHeader made;
    made.protocol = protocol();
    made.kind = kind(read, answer);
    made.tag = static_cast<std::uint16_t>(n);
    made.length = answer && !read ? 0 : size;
    made.address = address(n);
    return made;
  }
  /// Of a request, or an answer.
  std::uint32_t wire_bytes(bool read, bool answer) const {
    return static_cast<std::uint32_t>(ucie_wire_bytes(message(0, read, answer)));
  }
  UcieStreamErrors stream_errors(unsigned direction) const {
    return {.flit_error = ucie_flit_error(bits[direction], shape.wire_bytes()),
            .nak_error = ucie_flit_error(bits[1 - direction], shape.wire_bytes()),
            .round_trip_slots = round_trip_slots};
  }
};

/// A slot need not be whole femtoseconds, and a flight neither. What should be ready when a flit
/// starts is not late for it by so little: then the flit's start, else `ready`.
inline constexpr Femtoseconds kUcieRounding{16};
inline Femtoseconds ucie_in_time(const UcieStream& stream, Femtoseconds ready) {
  const Femtoseconds start = stream.free_at();
  return ready > start && ready <= start + kUcieRounding ? start : ready;
}

/// Of one direction.
struct UcieFlow {
  double seconds = 0;        ///< From the first arrival to the last.
  double payload_bytes = 0;  ///< Of what arrived in them, the first flit not counted.
  double data_share = 0;     ///< Of the payload.
  double wire_utilisation = 0;
  double latency_ns = 0;  ///< Of a message's last byte, from the acceptance of its flit until it
                          ///< has left the other end; on average.
  std::uint64_t flits = 0, replayed = 0, nops = 0, retries = 0, crc_errors = 0;
};

struct UcieTrafficResult {
  std::array<UcieFlow, 2> flows;  ///< Towards the target, and back.
  std::uint64_t transactions = 0;
  std::uint64_t undetected_flits = 0, wrong_transactions = 0;
};

/// By arithmetic; `timed` false: without a limit of bandwidth.
UcieTrafficResult run_by_arithmetic(const UcieTraffic& traffic, bool timed);
/// So too, for two stacks.
UcieTrafficResult run_stacks_by_arithmetic(const UcieTraffic& traffic);
/// Every flit with its bytes. Throws ModelError if a transaction is lost, damaged, doubled or
/// reordered though every damaged flit was found.
UcieTrafficResult run_by_flits(const UcieTraffic& traffic);

}  // namespace cvp
