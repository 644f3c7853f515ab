// SPDX-License-Identifier: Apache-2.0
//
// Accesses to physical memory: through a grant, or over the bus with their replay.
#include <algorithm>
#include <cstring>

#include "models/core/report.h"
#include "models/cpu/hart.h"
#include "models/cpu/host_fpu.h"
#include "models/cpu/memory_access.h"

namespace cvp {
namespace {

/// The largest naturally aligned piece at the start of [address, address + size).
unsigned aligned_piece(Addr address, unsigned size) {
  unsigned piece = 8;
  while (piece > size || (address & (piece - 1)) != 0) piece /= 2;
  return piece;
}

}  // namespace

Hart::Outcome Hart::bus_access(const BusRequest& request, BusReply& reply) {
  const std::uint64_t instruction = live_instret();
  if (log_instret_ != instruction) log_.clear();  // Left over from an instruction that is done.
  log_instret_ = instruction;
  for (LogEntry& entry : log_) {
    if (entry.used || entry.request != request) continue;
    entry.used = true;
    reply = entry.reply;
    leave_block_ = true;  // The world has gone on meanwhile: look at the interrupts.
    return Outcome::kDone;
  }
  std::optional<BusReply> answer;
  {
    const host_fpu::Guard guard;
    answer = bus_.access(request);
  }
  ++statistics_.bus_accesses;
  if (!answer) {
    pending_ = request;
    bus_pending_ = true;
    return Outcome::kPending;
  }
  reply = *answer;
  log_.push_back({request, reply, true});
  return Outcome::kDone;
}

/// The grant for an access, of which `request` is the first or only piece. None once the bus has
/// carried that out, even if there is a grant by now: it must not happen twice.
const HostPage* Hart::granted(const BusRequest& request, unsigned size, bool is_store) {
  const bool answered =
      replaying() && std::any_of(log_.begin(), log_.end(), [&](const LogEntry& entry) {
        return !entry.used && entry.request == request;
      });
  return answered ? nullptr : usable(bus_.grant(request.address), request.address, size, is_store);
}

void Hart::complete_bus(const BusReply& reply) {
  CVP_CHECK(bus_pending_, "no bus access is pending");
  log_.push_back({pending_, reply, false});
  bus_pending_ = false;
}

void Hart::charge(std::uint32_t cycles) {
  extra_cycles_ += cycles;
  charge_carry_ += cycles;
  charged_ += static_cast<std::int64_t>(charge_carry_ / params_.cpi);
  charge_carry_ %= params_.cpi;
}

Hart::Outcome Hart::physical_load(Addr physical, unsigned size, BusOp op, std::uint64_t& value,
                                  bool& ok) {
  ok = true;
  const auto request = [&](unsigned done) {
    const unsigned piece = aligned_piece(physical + done, size - done);
    return BusRequest{
        .op = op, .size = static_cast<std::uint8_t>(piece), .address = physical + done};
  };
  if (const HostPage* page = granted(request(0), size, false)) {
    value = read_host(page->host + (physical - page->base), size);
    if (page->read_cycles != 0 && op != BusOp::kFetch) {
      charge(page->read_cycles);
      if (page->bytes != nullptr) *page->bytes += size;
    }
    return Outcome::kDone;
  }
  value = 0;
  for (unsigned done = 0; done < size;) {
    const BusRequest piece = request(done);
    BusReply reply;
    if (bus_access(piece, reply) == Outcome::kPending) return Outcome::kPending;
    if (!reply.ok) {
      ok = false;
      return Outcome::kDone;
    }
    value |= mask_to(reply.data, piece.size) << (8 * done);
    done += piece.size;
  }
  return Outcome::kDone;
}

Hart::Outcome Hart::physical_store(Addr physical, unsigned size, std::uint64_t value, bool& ok) {
  ok = true;
  const auto request = [&](unsigned done) {
    const unsigned piece = aligned_piece(physical + done, size - done);
    return BusRequest{.op = BusOp::kStore,
                      .size = static_cast<std::uint8_t>(piece),
                      .address = physical + done,
                      .data = mask_to(value >> (8 * done), piece)};
  };
  if (const HostPage* page = granted(request(0), size, true)) {
    std::memcpy(page->host + (physical - page->base), &value, size);
    if (page->write_cycles != 0) {
      charge(page->write_cycles);
      if (page->bytes != nullptr) *page->bytes += size;
    }
    return Outcome::kDone;
  }
  for (unsigned done = 0; done < size;) {
    const BusRequest piece = request(done);
    BusReply reply;
    if (bus_access(piece, reply) == Outcome::kPending) return Outcome::kPending;
    if (!reply.ok) {
      ok = false;
      return Outcome::kDone;
    }
    done += piece.size;
  }
  return Outcome::kDone;
}

Hart::Outcome Hart::physical_rmw(RmwOp op, Addr physical, unsigned size, std::uint64_t operand,
                                 std::uint64_t compare, std::uint64_t& old, bool& ok,
                                 bool conditional) {
  ok = true;
  const BusRequest request{.op = BusOp::kAtomic,
                           .rmw = op,
                           .size = static_cast<std::uint8_t>(size),
                           .address = physical,
                           .data = mask_to(operand, size),
                           .compare = mask_to(compare, size),
                           .conditional = conditional};
  const HostPage* page = granted(request, size, true);
  if (page != nullptr && page->readable) {
    std::uint8_t* host = page->host + (physical - page->base);
    old = read_host(host, size);
    const std::uint64_t result = apply_rmw(op, old, operand, compare, size);
    std::memcpy(host, &result, size);
    if (page->read_cycles + page->write_cycles != 0) {
      charge(page->read_cycles + page->write_cycles);
      if (page->bytes != nullptr) *page->bytes += 2 * size;
    }
    return Outcome::kDone;
  }
  BusReply reply;
  if (bus_access(request, reply) == Outcome::kPending) return Outcome::kPending;
  old = reply.data;
  ok = reply.ok;
  return Outcome::kDone;
}

}  // namespace cvp
