// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/block_cache.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace cvp {

BlockCache::BlockCache() : buckets_(kBuckets), jumps_(kJumps) {}

Block* BlockCache::find(Addr physical, Addr pc) const {
  for (Block* block = buckets_[bucket(physical, pc)]; block != nullptr; block = block->chain) {
    if (block->physical == physical && block->pc == pc) return block;
  }
  return nullptr;
}

Block* BlockCache::insert(const Block& draft, std::size_t op_count) {
  auto* block = new (allocate(sizeof(Block))) Block(draft);
  block->ops = static_cast<Op*>(allocate(op_count * sizeof(Op)));
  std::copy_n(draft.ops, op_count, block->ops);
  auto* code = static_cast<std::uint8_t*>(allocate(draft.bytes));
  std::memcpy(code, draft.code, draft.bytes);
  block->code = code;

  Block** head = &buckets_[bucket(draft.physical, draft.pc)];
  for (Block** at = head; *at != nullptr; at = &(*at)->chain) {
    if ((*at)->physical == draft.physical && (*at)->pc == draft.pc) {
      *at = (*at)->chain;  // Its memory is reclaimed with the next clear().
      break;
    }
  }
  block->chain = *head;
  *head = block;
  return block;
}

void BlockCache::clear() {
  std::fill(buckets_.begin(), buckets_.end(), nullptr);
  std::fill(jumps_.begin(), jumps_.end(), Jump{});
  chunks_.clear();
  chunk_used_ = 0;
  used_ = 0;
  ++clears_;
}

void* BlockCache::allocate(std::size_t bytes) {
  bytes = (bytes + 15) & ~std::size_t{15};
  if (chunks_.empty() || chunk_used_ + bytes > kChunk) {
    chunks_.push_back(std::make_unique<std::byte[]>(kChunk));
    chunk_used_ = 0;
  }
  void* out = chunks_.back().get() + chunk_used_;
  chunk_used_ += bytes;
  used_ += bytes;
  return out;
}

}  // namespace cvp
