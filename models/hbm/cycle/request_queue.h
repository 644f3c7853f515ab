// SPDX-License-Identifier: Apache-2.0
//
// The entries of a controller queue. Besides the order of acceptance it knows, for each bank, the
// oldest request of all, the oldest that finds its row open (hit) and the oldest that finds
// another row open (miss): the only ones that can be next. No SystemC.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/hbm/cycle/dram_command.h"
#include "models/hbm/hbm_map.h"

namespace cvp::hbm_cycle {

/// A burst, as the controller holds it.
struct Request {
  Tick since = 0;           ///< Of arrival, then of acceptance into a queue.
  std::uint64_t order = 0;  ///< Of acceptance; smaller is served first.
  std::uint64_t id = 0;
  std::uint32_t row = 0;
  std::uint16_t bank = 0;  ///< Of the channel.
  std::uint8_t column = 0;
  bool write = false;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(since, order, id, row, bank, column, write);
  }
};

/// What the row buffer of a bank holds.
struct OpenRow {
  bool open = false;
  std::uint32_t row = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(open, row);
  }
};

class RequestQueue {
 public:
  static constexpr unsigned kMaxEntries = 254;

  RequestQueue(unsigned capacity, const BankLayout& layout);

  unsigned size() const { return size_; }
  bool full() const { return free_.empty(); }
  /// Banks of a pseudo channel for which anything waits, which have a hit, a miss.
  BankMask waiting(unsigned pseudo_channel) const { return waiting_[pseudo_channel]; }
  BankMask hits(unsigned pseudo_channel) const { return hits_[pseudo_channel]; }
  BankMask misses(unsigned pseudo_channel) const { return misses_[pseudo_channel]; }
  /// The orders of the oldest request, hit and miss, only if the bank's bit is set in the mask.
  std::uint64_t oldest_order(unsigned bank) const { return banks_[bank].head_order; }
  std::uint64_t hit_order(unsigned bank) const { return banks_[bank].hit_order; }
  std::uint64_t miss_order(unsigned bank) const { return banks_[bank].miss_order; }
  /// Whether a request to exactly this burst waits.
  bool holds(const Request& request) const {
    for (Index i = banks_[request.bank].head; i != kNone; i = entries_[i].next) {
      const Request& other = entries_[i].request;
      if (other.row == request.row && other.column == request.column) return true;
    }
    return false;
  }

  /// Calls `visit` for the requests of a pseudo channel in the order of acceptance, while it
  /// returns true.
  template <class Visit>
  void oldest_first(unsigned pseudo_channel, Visit visit) const {
    for (Index i = ages_[pseudo_channel].oldest; i != kNone; i = entries_[i].younger) {
      if (!visit(entries_[i].request)) return;
    }
  }

  void push(const Request& request, const OpenRow& row);
  Request take_oldest(unsigned bank) { return take(bank, banks_[bank].head); }
  Request take_hit(unsigned bank) { return take(bank, banks_[bank].hit); }
  void opened(unsigned bank, std::uint32_t row);
  void closed(unsigned bank);

  template <class Archive>
  void serialize(Archive& archive) {
    archive(entries_, banks_, ages_, free_, waiting_, hits_, misses_, size_);
  }

 private:
  using Index = std::uint8_t;
  static constexpr Index kNone = 255;

  struct Entry {
    Request request;
    Index next = kNone;                    // The next younger one of the bank.
    Index older = kNone, younger = kNone;  // Of the pseudo channel.

    template <class Archive>
    void serialize(Archive& archive) {
      archive(request, next, older, younger);
    }
  };
  struct Bank {
    std::uint64_t head_order = 0, hit_order = 0, miss_order = 0;
    Index head = kNone, tail = kNone, hit = kNone, miss = kNone;

    template <class Archive>
    void serialize(Archive& archive) {
      archive(head_order, hit_order, miss_order, head, tail, hit, miss);
    }
  };
  struct Ages {
    Index oldest = kNone, youngest = kNone;

    template <class Archive>
    void serialize(Archive& archive) {
      archive(oldest, youngest);
    }
  };
  using Masks = std::array<BankMask, kMaxPseudoChannels>;

  Request take(unsigned bank, Index index);
  void append(Index index);
  void unlink(Index index);
  void set_head(unsigned bank, Index index);
  void set_hit(unsigned bank, Index index);
  void set_miss(unsigned bank, Index index);
  void mark(Masks& masks, unsigned bank, bool on);

  const BankLayout layout_;
  std::vector<Entry> entries_;
  std::vector<Bank> banks_;
  std::array<Ages, kMaxPseudoChannels> ages_;
  std::vector<Index> free_;
  Masks waiting_{}, hits_{}, misses_{};
  std::uint32_t size_ = 0;
};

}  // namespace cvp::hbm_cycle
