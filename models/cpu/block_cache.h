// SPDX-License-Identifier: Apache-2.0
//
// Cache of decoded basic blocks. No SystemC.
//
// A block is known by (physical address, virtual address) of its first instruction, so that what is
// relative to pc is constant in it, and keeps a copy of the bytes it was decoded from. fence.i only
// starts a new epoch: a block of an older one is compared with memory before it runs again, which
// is far cheaper than decoding. Links between blocks and the jump table carry the translation
// context in which they were found and go stale with it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "models/core/units.h"
#include "models/cpu/op.h"

namespace cvp {

struct Block;

struct BlockLink {
  Block* block = nullptr;
  std::uint64_t context = ~std::uint64_t{0};
};

struct Block {
  Addr pc = 0;  ///< Virtual.
  Addr physical = 0;
  std::uint32_t count = 0;  ///< Instructions; ops has one more if it does not end in a jump.
  std::uint32_t bytes = 0;
  bool spins = false;  ///< A loop onto itself that can only end by what it loads.
  BlockLink taken, next;
  Op* ops = nullptr;
  const std::uint8_t* code = nullptr;  ///< The bytes it was decoded from.
  std::uint64_t epoch = 0;             ///< In which the bytes were last compared.
  Block* chain = nullptr;              ///< In the hash bucket.
};

class BlockCache {
 public:
  static constexpr unsigned kMaxOps = 64;

  struct Jump {
    Addr pc = 0;
    BlockLink link;
  };

  BlockCache();
  Block* find(Addr physical, Addr pc) const;
  /// Copies header, ops and code of `draft` into the cache, replacing a block of the same key.
  Block* insert(const Block& draft, std::size_t op_count);
  void clear();
  /// How often everything was thrown away.
  std::uint64_t clears() const { return clears_; }
  /// Whether the next insert would throw everything away.
  bool full() const { return used_ > kCapacity; }

  Jump& jump(Addr pc) { return jumps_[pc >> 1 & (kJumps - 1)]; }

 private:
  static constexpr std::size_t kBuckets = 1 << 14, kJumps = 1 << 12, kChunk = 1 << 20,
                               kCapacity = 96 << 20;
  static std::size_t bucket(Addr physical, Addr pc) {
    return ((physical >> 1) ^ (physical >> 15) ^ (pc >> 20)) & (kBuckets - 1);
  }
  void* allocate(std::size_t bytes);

  std::vector<Block*> buckets_;
  std::vector<Jump> jumps_;
  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  std::size_t chunk_used_ = 0, used_ = 0;
  std::uint64_t clears_ = 0;
};

}  // namespace cvp
