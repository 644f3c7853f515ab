// SPDX-License-Identifier: Apache-2.0
//
// Software TLB: from virtual pages to host memory. Direct-mapped; one array for each kind of
// access, one more for pages whose grant costs time. No SystemC.
//
// A tag is the page address with a key in its low 12 bits: the address space and the context
// (privilege, SUM, MXR) for which the rights were checked. Each value of satp in use has a key of
// its own, so that switching address spaces throws nothing away, and fencing one off only takes a
// new key. Once in 511 new keys the arrays are cleared. A fence for one address clears its slots.
// Address spaces use much the same addresses: a few sets of arrays keep them out of each other's
// way.
//
// Links between blocks of code depend on translations too; each address space has its own
// generation of them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>

#include "models/core/units.h"

namespace cvp {

struct TlbEntry {
  std::uint64_t tag = 0;     ///< Key 0 is never current.
  std::uint64_t addend = 0;  ///< Host address = virtual address + addend.
};

struct TimedTlbEntry {
  std::uint64_t tag = 0;
  std::uint64_t addend = 0;
  std::uint32_t cycles = 0;
  std::uint64_t* bytes = nullptr;
};

struct FetchTlbEntry {
  std::uint64_t tag = 0;
  std::uint64_t addend = 0;
  Addr physical = 0;  ///< Of the page.
};

/// The host memory at the sum of a virtual address and an entry's addend.
inline std::uint8_t* host_pointer(std::uint64_t address) {
  return reinterpret_cast<std::uint8_t*>(address);  // NOLINT(performance-no-int-to-ptr)
}

/// A set of numbers that may say yes too often, never no.
class Filter {
 public:
  void add(std::uint64_t number) { words_[word(number)] |= bit(number); }
  bool may_have(std::uint64_t number) const { return (words_[word(number)] & bit(number)) != 0; }
  void clear() { words_ = {}; }

 private:
  static std::uint64_t hash(std::uint64_t number) {
    return number * 0x9e37'79b9'7f4a'7c15u >> 52;  // Of 4096 bits.
  }
  static std::size_t word(std::uint64_t number) { return hash(number) >> 6; }
  static std::uint64_t bit(std::uint64_t number) { return std::uint64_t{1} << (hash(number) & 63); }
  std::array<std::uint64_t, 64> words_{};
};

/// From a page of host memory back to the virtual pages through which it is stored to, so that one
/// page can be withdrawn without a search. It holds every such entry of the TLB: what it has no
/// room for is dropped there too.
class StoreIndex {
 public:
  struct Item {
    std::uint64_t host = 0;  ///< Where the page begins; 0: none.
    Addr va = 0;             ///< Of the page.
  };

  /// Returns the item that had to make room, if any.
  Item add(const Item& item);
  /// Calls `drop(va)` for each item of the page, and forgets them.
  template <class Drop>
  void remove(std::uint64_t host, Drop drop) {
    for (Item& item : set_of(host)) {
      if (item.host == host) drop(std::exchange(item, {}).va);
    }
  }

 private:
  static constexpr unsigned kSetBits = 10, kWays = 4;
  using Set = std::array<Item, kWays>;

  Set& set_of(std::uint64_t host) {
    return sets_[host * 0x9e37'79b9'7f4a'7c15u >> (64 - kSetBits)];
  }

  std::array<Set, std::size_t{1} << kSetBits> sets_{};
  unsigned victim_ = 0;
};

class Tlb {
 public:
  static constexpr unsigned kEntries = 4096, kFetchEntries = 1024, kPageBits = 12;
  static constexpr std::uint64_t kPageMask = (std::uint64_t{1} << kPageBits) - 1;

  TlbEntry& load(Addr va) { return arrays_->load[slot(va)]; }
  const TlbEntry& store(Addr va) const { return arrays_->store[slot(va)]; }
  const TimedTlbEntry& timed(Addr va, bool is_store) const {
    return arrays_->timed[is_store][slot(va)];
  }
  FetchTlbEntry& fetch(Addr va) { return arrays_->fetch[va >> kPageBits & (kFetchEntries - 1)]; }

  /// Key of `context` (0 to 7) in the current address space.
  std::uint64_t key(unsigned context) const { return current_->key << 3 | context; }
  /// Generation of the links between blocks in the current address space.
  std::uint64_t links() const { return current_->links; }

  /// Makes the address space of this value of satp the current one.
  void activate(std::uint64_t satp);
  /// `va` has been translated by an entry that covers 2^bits bytes, more than a page.
  void note_large(Addr va, unsigned bits) { large_.add(large_number(va, bits)); }
  /// Links to code at `va` have been made.
  void note_code(Addr va) { code_.add(va >> kPageBits); }

  /// Where accesses to the page of `va` go from now on; `host` is where it begins. Those that cost
  /// nothing have an entry without cycles.
  void fill(Addr va, std::uint64_t host, bool is_store, const TimedTlbEntry& entry);
  /// Nobody stores to the page that begins at `host` any more, in any address space.
  void withdraw_stores(std::uint64_t host);

  void flush();
  void flush_asid(std::uint64_t asid);
  /// In all address spaces.
  void flush_page(Addr va);
  /// Code may have changed.
  void renew_links();

 private:
  struct Arrays {
    std::array<TlbEntry, kEntries> load, store;
    std::array<std::array<TimedTlbEntry, kEntries>, 2> timed;
    std::array<FetchTlbEntry, kFetchEntries> fetch;
  };
  struct Space {
    std::uint64_t satp = 0;
    std::uint64_t key = 0;    ///< 0: none.
    std::uint64_t links = 0;  ///< 0: to be renewed.
  };
  static constexpr std::uint64_t kKeys = 512;
  static constexpr unsigned kSpaces = 32, kSets = 4;
  static constexpr std::array<unsigned, 5> kLargeBits = {16, 21, 30, 39, 48};

  static std::size_t slot(Addr va) { return va >> kPageBits & (kEntries - 1); }
  static std::uint64_t large_number(Addr va, unsigned bits) { return va >> bits << 6 | bits; }
  void renew(Space& space, std::uint64_t satp);
  void select(Space& space);
  void forget_all();
  void drop_store(Addr va);
  static void clear_slots(Arrays& arrays, Addr va, std::uint64_t pages);

  std::array<std::unique_ptr<Arrays>, kSets> sets_{std::make_unique<Arrays>()};
  Arrays* arrays_ = sets_[0].get();  ///< Those of the current address space.
  std::array<Space, kSpaces> spaces_{{{0, 1, 1}}};
  Space* current_ = spaces_.data();
  unsigned victim_ = 0;
  std::uint64_t next_key_ = 2, next_links_ = 2;
  Filter large_, code_;
  StoreIndex stores_;
};

}  // namespace cvp
