// SPDX-License-Identifier: Apache-2.0
//
// Receive side of an adapter: accepts the flit that comes next, drops all others, and says what it
// has. No SystemC.
#pragma once

#include <deque>

#include "models/ucie/adapter/ucie_transmitter.h"

namespace cvp {

/// What became of a flit that has come.
enum class UcieArrival : std::uint8_t {
  kAccepted,
  kNop,
  kDamaged,    ///< A CRC does not fit.
  kGap,        ///< Intact, but an earlier one is missing, or there is no room.
  kDuplicate,  ///< Intact, and accepted before.
};

struct UcieReceiveCounters {
  std::uint64_t accepted = 0, nops = 0, crc_errors = 0, gaps = 0, duplicates = 0;
  std::uint64_t naks = 0;  ///< Times it asked the other end to go back.

  template <class Archive>
  void serialize(Archive& archive) {
    archive(accepted, nops, crc_errors, gaps, duplicates, naks);
  }
};

class UcieReceiver {
 public:
  explicit UcieReceiver(const UcieAdapterParams& params);

  UcieArrival receive(const UcieFlit& flit);
  /// Accepted flits of a stack wait in its buffer while it is held; then they are unpacked.
  void hold(bool held, unsigned stack = 0);
  /// What has arrived on a stack, in order; the caller takes it away.
  UcieUnpacker& messages(unsigned stack = 0) { return stacks_[stack].messages; }

  UcieReport report() const { return {.accepted = accepted_, .consumed = consumed_, .nak = nak_}; }
  bool owes_nak() const { return nak_; }
  /// Something has been lost, and its replay has not come.
  bool missing() const { return missing_; }
  /// A nak has left, and what it asked for has not come.
  bool waits_for_replay() const { return missing_ && !nak_; }
  void repeat_nak() { ask_again(); }
  /// The nak is on its way.
  void nak_sent() { nak_ = false; }
  /// The other end starts from the first flit that it has not been told of.
  void resume() { missing_ = nak_ = false; }
  /// As new, but for the counters.
  void restart();
  const UcieReceiveCounters& counters() const { return counters_; }
  std::uint64_t malformed() const;
  bool inside_message() const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(stacks_, accepted_, consumed_, missing_, nak_, latest_, counters_);
  }

 private:
  struct Stack {
    UcieUnpacker messages;
    std::deque<UcieFlit> buffer;
    bool held = false;
    template <class Archive>
    void serialize(Archive& archive) {
      archive(messages, buffer, held);
    }
  };

  // A stack that the link has not got is damage that no CRC has found.
  unsigned stack_of(const UcieFlitHeader& header) const {
    return header.stack & (params_.stacks - 1);
  }
  // Raw flits have none: they carry our own messages.
  UcieFlitHeader header_of(const UcieFlit& flit) const {
    if (!layout_->has_header()) return {.protocol = UcieProtocol::kStreaming};
    return flit.header();
  }
  UcieArrival receive_other(const UcieFlit& flit, const UcieFlitHeader& header);
  UcieArrival accept(const UcieFlit& flit, const UcieFlitHeader& header);
  void ask_again();
  void unpack(const UcieFlit& flit, const UcieFlitHeader& header);

  UcieAdapterParams params_;
  const UcieFlitLayout* layout_;
  std::array<Stack, kUcieStacks> stacks_;
  std::uint64_t accepted_ = 0;
  std::array<std::uint64_t, kUcieStacks> consumed_{};
  bool missing_ = false;      // Something was lost, and a nak says so.
  bool nak_ = false;          // It has still to be sent.
  std::uint64_t latest_ = 0;  // How far beyond accepted_ the last intact flit was, while missing_.
  UcieReceiveCounters counters_;
};

}  // namespace cvp
