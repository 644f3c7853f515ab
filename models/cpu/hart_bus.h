// SPDX-License-Identifier: Apache-2.0
//
// What a hart sees of the world outside: a bus, pages of host memory it may touch directly, and
// the time. No SystemC.
//
// A bus need not answer at once. Then Hart::run() stops, the surroundings carry the request out in
// simulated time, and the hart replays the instruction with the answers it already has.
#pragma once

#include <cstdint>
#include <optional>

#include "models/core/units.h"

namespace cvp {

enum class BusOp : std::uint8_t { kFetch, kLoad, kStore, kAtomic };

/// Read-modify-write functions; the first nine are RISC-V's AMOs. kCompareSwap ends an LR/SC pair
/// or sets A and D of a page table entry.
enum class RmwOp : std::uint8_t {
  kSwap,
  kAdd,
  kXor,
  kAnd,
  kOr,
  kMin,
  kMax,
  kMinU,
  kMaxU,
  kCompareSwap,
};

/// New memory content of an atomic operation on `size` (4 or 8) bytes.
std::uint64_t apply_rmw(RmwOp op, std::uint64_t memory, std::uint64_t operand,
                        std::uint64_t compare, unsigned size);

/// One naturally aligned access of 1, 2, 4 or 8 bytes to a physical address.
struct BusRequest {
  BusOp op = BusOp::kLoad;
  RmwOp rmw = RmwOp::kSwap;
  std::uint8_t size = 0;
  Addr address = 0;
  std::uint64_t data = 0;     ///< Store data or atomic operand.
  std::uint64_t compare = 0;  ///< kCompareSwap only.
  bool conditional = false;   ///< An sc: worthless once the reservation is broken.

  bool operator==(const BusRequest&) const = default;
  template <class Archive>
  void serialize(Archive& a) {
    a(op, rmw, size, address, data, compare, conditional);
  }
};

struct BusReply {
  bool ok = true;          ///< False: the hart takes an access fault.
  std::uint64_t data = 0;  ///< Loaded value, or memory before an atomic operation.

  template <class Archive>
  void serialize(Archive& a) {
    a(ok, data);
  }
};

/// A range of physical memory that the hart may touch through a host pointer.
struct HostPage {
  Addr base = 0;
  std::uint64_t size = 0;
  std::uint8_t* host = nullptr;
  bool readable = false;  ///< Loads and instruction fetch.
  bool writable = false;
  std::uint32_t read_cycles = 0;   ///< Added to every load.
  std::uint32_t write_cycles = 0;  ///< Added to every store.
  std::uint64_t* bytes = nullptr;  ///< Counts bytes of accesses that cost cycles; may be null.
};

class HartBus {
 public:
  virtual ~HartBus() = default;
  /// No value: the answer comes later, run() stops with kBusPending.
  virtual std::optional<BusReply> access(const BusRequest& request) = 0;
  /// The grant around `address`, or null. Valid until Hart::flush_translations().
  virtual const HostPage* grant(Addr address) = 0;
  /// mtime at the given cycle of the hart's clock.
  virtual std::uint64_t time(std::uint64_t cycle) = 0;
  /// The first cycle at which mtime has reached `mtime`; ~0 if it never does.
  virtual std::uint64_t cycle_at(std::uint64_t mtime) = 0;
};

}  // namespace cvp
