// SPDX-License-Identifier: Apache-2.0
//
// Transmit side of an adapter: packs messages into numbered flits, keeps them until the other end
// has accepted them, and goes back to the first that is missing when it says so. No SystemC.
//
//   base     the oldest flit that the other end has not acknowledged
//   next     the flit to go on the wire next; below `end`: a replay
//   end      the number that a new flit gets
//   credit   flits of a stack that the other end has consumed; `receive_flits` more may follow
//
// All of them are counts from the start of the link; headers carry them modulo kUcieSequences.
#pragma once

#include <optional>

#include "models/core/report.h"
#include "models/ucie/adapter/ucie_packing.h"

namespace cvp {

inline constexpr std::uint32_t kUcieNakMarginSlots = 4;
/// A NOP flit reports so soon if the other end may else come to wait for room.
inline constexpr std::uint32_t kUciePressingSlots = 16;

struct UcieAdapterParams {
  UcieFlitFormat format = UcieFlitFormat::k256;
  std::uint32_t retry_flits = 255;      ///< Retry buffer: flits in flight, 1 to 255.
  std::uint32_t receive_flits = 255;    ///< Receive buffer of either end for each stack, 1 to 255.
  unsigned stacks = 1;                  ///< 1 or 2; raw: 1.
  UciePacketSizes packets = {};         ///< Of PCIe and CXL.io.
  std::uint32_t report_slots = 512;     ///< Else it does after these, if headers have not.
  std::uint32_t round_trip_slots = 64;  ///< From a nak's start until a replay may have come.

  /// From a nak's start until the replay must have come: its sender may first have had to finish a
  /// flit, to send a nak of its own, and parity.
  std::uint32_t nak_timeout_slots() const { return round_trip_slots + kUcieNakMarginSlots; }
  /// Without progress after so many, fewer if something waits for room: asks the other end.
  std::uint32_t stalled_timeout_slots() const { return 4 * round_trip_slots + 64; }
  std::uint32_t ack_timeout_slots() const { return stalled_timeout_slots() + report_slots; }
  /// Of headers and CRCs, which are the same for every protocol.
  const UcieFlitLayout& layout() const { return ucie_flit_layout(format); }
};

/// What one end says of what it has received; counts from the start of the link.
struct UcieReport {
  std::uint64_t accepted = 0;  ///< Flits; the next that it waits for.
  /// Of them, those that have left its buffer, by stack.
  std::array<std::uint64_t, kUcieStacks> consumed{};
  bool nak = false;    ///< Something is missing: go back to `accepted`.
  bool probe = false;  ///< Report at once.
};

struct UcieTransmitCounters {
  std::uint64_t flits = 0, replayed = 0, nops = 0;  ///< New ones; sent again; without payload.
  std::uint64_t payload_bytes = 0;                  ///< Of messages, in new flits.
  std::uint64_t retries = 0;                        ///< Times it went back.
  std::uint64_t probes = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(flits, replayed, nops, payload_bytes, retries, probes);
  }
};

class UcieTransmitter {
 public:
  explicit UcieTransmitter(const UcieAdapterParams& params);

  void push(const UcieMessageView& message, unsigned stack) {
    CVP_CHECK(stack < params_.stacks, "no stack ", stack, " here");
    CVP_CHECK(layout_->has_header() || message.protocol == UcieProtocol::kStreaming,
              "raw flits tell no protocol");
    packers_[stack].push(message);
  }
  /// Bytes of messages that are in no flit yet.
  std::size_t waiting_bytes() const;
  std::size_t waiting_bytes(unsigned stack) const { return packers_[stack].waiting_bytes(); }
  /// Of them that are in flits, since the start.
  std::uint64_t placed_bytes(unsigned stack) const { return packers_[stack].placed(); }
  std::uint64_t unacknowledged() const { return end_ - base_; }

  /// The flit with payload that goes next, with `report` in its header; false: there is none.
  bool send(const UcieReport& report, UcieFlit& flit);
  void send_nop(const UcieReport& report, UcieFlit& flit);
  /// send() would give one.
  bool has_flit() const;
  /// A stack waits only for the other end to consume what it has; another may go on.
  bool lacks_credit() const;
  /// Something waits only for the other end to accept what it has.
  bool retry_buffer_full() const {
    return end_ - base_ >= params_.retry_flits && waiting_bytes() > 0;
  }
  bool is_stalled() const { return lacks_credit() || retry_buffer_full(); }
  /// All that has been sent has been acknowledged.
  bool all_acknowledged() const { return base_ == end_; }
  /// Without a report of the other end nothing would go on.
  bool is_waiting() const { return end_ > base_ || lacks_credit(); }
  /// Counts of its progress: it has changed when the other end has reported news.
  std::uint64_t progress() const { return base_ + credit_[0] + credit_[1]; }

  /// An intact flit has come from the other end.
  void hear(const UcieFlit& flit);
  /// All that was on the wire is lost.
  void go_back();
  /// As new, but for the counters.
  void restart();
  const UcieTransmitCounters& counters() const { return counters_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(packers_, turn_, retry_, base_, next_, end_, sent_, credit_, counters_);
  }

 private:
  bool pack(UcieFlit& flit, UcieFlitHeader& header);
  UcieFlitHeader header(const UcieReport& report) const;
  void acknowledge(std::uint32_t accepted, bool nak);
  void give_credit(unsigned stack, std::uint32_t consumed);
  bool has_credit(unsigned stack) const {
    return sent_[stack] - credit_[stack] < params_.receive_flits;
  }
  bool can_pack() const;

  UcieAdapterParams params_;
  const UcieFlitLayout* layout_;
  std::array<UciePacker, kUcieStacks> packers_;
  unsigned turn_ = 0;            // Stack that is asked first.
  std::vector<UcieFlit> retry_;  // A ring of a power of two, by numbers of flits.
  std::uint64_t base_ = 0, next_ = 0, end_ = 0;
  std::array<std::uint64_t, kUcieStacks> sent_{}, credit_{};  // New flits of a stack.
  UcieTransmitCounters counters_;
};

/// Whose consumed flits a header with this odd sequence number counts; `stacks`: 1 or 2.
constexpr unsigned ucie_reported_stack(std::uint32_t sequence, unsigned stacks) {
  return sequence / 2 & (stacks - 1);
}

/// What a NOP flit says in its payload.
UcieReport ucie_nop_report(const UcieFlitLayout& layout, const UcieFlit& flit);

}  // namespace cvp
