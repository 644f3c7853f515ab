// SPDX-License-Identifier: Apache-2.0
#include "models/npu/npu_dma.h"

#include <algorithm>

#include "models/core/report.h"

namespace cvp {

namespace {

/// Writes the low bytes of `fill`, element after element.
void write_fill(std::span<std::uint8_t> scratchpad, const NpuPiece& piece, std::uint32_t fill,
                std::uint32_t element) {
  for (std::uint32_t i = 0; i < piece.bytes; ++i) {
    scratchpad[piece.scratchpad + i] = static_cast<std::uint8_t>(fill >> (8 * (i % element)));
  }
}

}  // namespace

bool NpuDmaQueue::accepts(const Transfer& next, bool store) const {
  if (full()) return false;
  return std::none_of(active_.begin(), active_.end(), [&](const Active& active) {
    const Transfer& other = active.transfer;
    if (!store) return next.scratchpad.overlaps(other.scratchpad);
    const NpuExtent mine{next.base + next.memory.begin, next.base + next.memory.end};
    return mine.overlaps({other.base + other.memory.begin, other.base + other.memory.end});
  });
}

void NpuDmaQueue::start(const Transfer& transfer) { active_.push_back({transfer, {}, 0}); }

bool NpuDmaQueue::fetch_piece(Active& active, std::span<std::uint8_t> scratchpad) {
  NpuTensorWalk& walk = active.transfer.walk;
  while (active.rest.bytes == 0 && !walk.done()) {
    const NpuPiece piece = walk.next();
    if (!piece.fill) {
      active.rest = piece;
    } else if (!scratchpad.empty()) {
      write_fill(scratchpad, piece, walk.fill(), walk.element());
    }
  }
  return active.rest.bytes > 0;
}

bool NpuDmaQueue::form_burst(Active& active, NpuBurst& burst, std::span<std::uint8_t> scratchpad) {
  if (!fetch_piece(active, scratchpad)) return false;
  burst.region = active.transfer.region;
  burst.offset = active.rest.offset;
  burst.address = active.transfer.base + burst.offset;
  burst.bytes = 0;
  burst.slices.clear();
  const auto room = static_cast<std::uint32_t>(burst_max_ - burst.address % burst_max_);
  // Pieces that follow one another in memory share a burst.
  while (burst.bytes < room && fetch_piece(active, scratchpad) &&
         active.rest.offset == burst.offset + burst.bytes) {
    NpuPiece& piece = active.rest;
    const std::uint32_t bytes = std::min(piece.bytes, room - burst.bytes);
    if (!burst.slices.empty() &&
        burst.slices.back().scratchpad + burst.slices.back().bytes == piece.scratchpad) {
      burst.slices.back().bytes += bytes;
    } else {
      burst.slices.push_back({piece.scratchpad, bytes});
    }
    burst.bytes += bytes;
    piece.offset += bytes;
    piece.scratchpad += bytes;
    piece.bytes -= bytes;
  }
  return true;
}

bool NpuDmaQueue::next_burst(NpuBurst& burst, std::span<std::uint8_t> scratchpad) {
  for (std::size_t i = 0; i < active_.size(); ++i) {
    if (active_[i].issued() || !form_burst(active_[i], burst, scratchpad)) continue;
    burst.command = first_serial_ + i;
    ++active_[i].in_flight;
    return true;
  }
  return false;
}

void NpuDmaQueue::burst_done(const NpuBurst& burst) {
  Active& active = active_.at(burst.command - first_serial_);
  CVP_CHECK(active.in_flight > 0, "a burst that is not in flight");
  --active.in_flight;
}

bool NpuDmaQueue::retire(Transfer& finished) {
  if (active_.empty() || !active_.front().issued() || active_.front().in_flight > 0) return false;
  finished = active_.front().transfer;
  active_.pop_front();
  ++first_serial_;
  return true;
}

std::uint32_t NpuDmaQueue::command_index(const NpuBurst& burst) const {
  return active_.at(burst.command - first_serial_).transfer.task.index;
}

}  // namespace cvp
