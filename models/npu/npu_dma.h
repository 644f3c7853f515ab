// SPDX-License-Identifier: Apache-2.0
//
// Tensor DMA of one queue (LD or ST): up to a few commands in flight, their boxes cut into bursts,
// finished in order. Decides what to move; the core around it moves it. No SystemC.
#pragma once

#include <deque>
#include <span>

#include "models/core/units.h"
#include "models/npu/npu_sequencer.h"
#include "models/npu/npu_tensor_walk.h"

namespace cvp {

/// Part of a burst that is contiguous in the scratchpad.
struct NpuSlice {
  std::uint64_t scratchpad = 0;
  std::uint32_t bytes = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(scratchpad, bytes);
  }
};

struct NpuBurst {
  std::uint64_t command = 0;  ///< Serial number of the command it belongs to.
  std::uint8_t region = 0;
  std::uint64_t offset = 0;  ///< In the region.
  Addr address = 0;
  std::uint32_t bytes = 0;
  std::vector<NpuSlice> slices;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(command, region, offset, address, bytes, slices);
  }
};

class NpuDmaQueue {
 public:
  /// `commands` may be in flight at a time; a burst ends at multiples of `burst_max`.
  NpuDmaQueue(std::uint32_t commands, std::uint32_t burst_max)
      : max_commands_(commands), burst_max_(burst_max) {}

  /// A box in a region based at `base`, which lies within `memory` of the region and `scratchpad`.
  struct Transfer {
    NpuTask task;
    NpuTensorWalk walk;
    std::uint8_t region = 0;
    Addr base = 0;
    NpuExtent memory, scratchpad;
    Femtoseconds start;

    template <class Archive>
    void serialize(Archive& archive) {
      archive(task, walk, region, base, memory, scratchpad, start);
    }
  };

  /// Whether the command may start beside those in flight: room, and no overlap with what they
  /// write (LD: scratchpad; ST: memory), so that the queue's order holds.
  bool accepts(const Transfer& next, bool store) const;
  void start(const Transfer& transfer);
  bool empty() const { return active_.empty(); }
  std::uint32_t in_flight() const {
    std::uint32_t sum = 0;
    for (const Active& active : active_) sum += active.in_flight;
    return sum;
  }
  bool full() const { return active_.size() >= max_commands_; }
  void clear() {
    first_serial_ += active_.size();
    active_.clear();
  }

  /// The next burst to issue, if any. Fill met on the way goes to `scratchpad` (empty: a store,
  /// fill is not written).
  bool next_burst(NpuBurst& burst, std::span<std::uint8_t> scratchpad);
  void burst_done(const NpuBurst& burst);
  /// Takes the oldest command if all its bursts are done.
  bool retire(Transfer& finished);
  /// Index of the command a burst belongs to.
  std::uint32_t command_index(const NpuBurst& burst) const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(active_, first_serial_);
  }

 private:
  struct Active {
    Transfer transfer;
    NpuPiece rest;  // Of a piece that did not fit into the last burst; no bytes: none.
    std::uint32_t in_flight = 0;

    bool issued() const { return rest.bytes == 0 && transfer.walk.done(); }
    template <class Archive>
    void serialize(Archive& archive) {
      archive(transfer, rest, in_flight);
    }
  };
  bool fetch_piece(Active& active, std::span<std::uint8_t> scratchpad);
  bool form_burst(Active& active, NpuBurst& burst, std::span<std::uint8_t> scratchpad);

  std::uint32_t max_commands_, burst_max_;
  std::deque<Active> active_;
  std::uint64_t first_serial_ = 0;  // Of active_.front().
};

}  // namespace cvp
