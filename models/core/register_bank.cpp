// SPDX-License-Identifier: Apache-2.0
#include "models/core/register_bank.h"

#include <algorithm>
#include <bit>

namespace cvp {

RegisterBase::RegisterBase(RegisterBank& bank, const RegisterInfo& info)
    : bank_(bank), info_(info), limit_(info.count), group_limit_(info.group_count) {
  std::uint64_t reset = 0, writable = 0;
  for (const FieldInfo& field : info.fields) {
    reset |= field.reset << field.lsb;
    if (field.sw_read) readable_ |= field.mask();
    if (field.sw_write) writable |= field.mask();
    if (field.single_pulse) pulses_ |= field.mask();
  }
  const std::size_t elements = info.count * info.group_count;
  reset_.assign(elements, reset);
  bits_ = reset_;
  writable_.assign(elements, writable);
  bank.registers_.push_back(this);
}

Addr RegisterBase::offset(std::size_t index) const {
  return info_.offset + index / info_.count * info_.group_stride +
         index % info_.count * info_.stride;
}

bool RegisterBase::implemented(std::size_t index) const {
  return index % info_.count < limit_ && index / info_.count < group_limit_;
}

void RegisterBase::set_bits(std::size_t index, std::uint64_t bits) {
  if (bits_[index] == bits) return;
  bits_[index] = bits;
  bank_.notify();
}

void RegisterBase::limit(std::size_t count) {
  limit_ = count;
  bank_.map_built_ = false;
}

void RegisterBase::limit_groups(std::size_t groups) {
  group_limit_ = groups;
  bank_.map_built_ = false;
}

std::uint64_t RegisterBase::read(std::size_t index, std::uint64_t lanes) {
  const std::uint64_t value = (read_hook_ ? read_hook_(index) : bits_[index]) & readable_;
  std::uint64_t next = bits_[index];
  for (const FieldInfo& field : info_.fields) {
    if (field.on_read == OnRead::kClear) next &= ~(field.mask() & lanes);
    if (field.on_read == OnRead::kSet) next |= field.mask() & lanes;
  }
  set_bits(index, next);
  return value;
}

void RegisterBase::write(std::size_t index, std::uint64_t data, std::uint64_t lanes) {
  const std::uint64_t before = bits_[index];
  const bool refresh = read_hook_ && lanes != info_.lanes();
  std::uint64_t next = refresh ? read_hook_(index) : before;
  for (const FieldInfo& field : info_.fields) {
    const std::uint64_t mask = field.mask() & lanes & writable_[index];
    // clang-format off
    switch (field.on_write) {
      case OnWrite::kStores: next = (next & ~mask) | (data & mask); break;
      case OnWrite::kOneSets: next |= data & mask; break;
      case OnWrite::kOneClears: next &= ~(data & mask); break;
      case OnWrite::kOneToggles: next ^= data & mask; break;
      case OnWrite::kZeroSets: next |= ~data & mask; break;
      case OnWrite::kZeroClears: next &= ~(~data & mask); break;
      case OnWrite::kZeroToggles: next ^= ~data & mask; break;
      case OnWrite::kClears: next &= ~mask; break;
      case OnWrite::kSets: next |= mask; break;
    }
    // clang-format on
  }
  bits_[index] = next;
  if (write_hook_) write_hook_(index, next, data & lanes);
  bits_[index] &= ~pulses_;
  if (bits_[index] != before) bank_.notify();
}

RegisterBank::RegisterBank(std::string name, std::uint64_t size, Holes holes, bool wide_access)
    : name_(std::move(name)), size_(size), holes_(holes), wide_access_(wide_access) {}

void RegisterBank::build_map() {
  readable_.clear();
  writable_.clear();
  overlays_.clear();
  for (RegisterBase* reg : registers_) {
    if (reg->info().overlay) {
      for (std::size_t index = 0; reg->overlaid_ && index < reg->count(); ++index) {
        overlays_.push_back({reg->offset(index), reg, index});
      }
      continue;
    }
    const auto& fields = reg->info().fields;
    const bool writes = std::ranges::any_of(fields, &FieldInfo::sw_write);
    const bool reads = std::ranges::any_of(fields, &FieldInfo::sw_read) || !writes;
    for (std::size_t index = 0; index < reg->count(); ++index) {
      if (!reg->implemented(index)) continue;
      const Entry entry{reg->offset(index), reg, index};
      if (reads) readable_.push_back(entry);
      if (writes) writable_.push_back(entry);
    }
  }
  std::ranges::sort(readable_, {}, &Entry::offset);
  std::ranges::sort(writable_, {}, &Entry::offset);
  map_built_ = true;
}

const RegisterBank::Entry* RegisterBank::find_entry(const std::vector<Entry>& entries,
                                                    Addr offset) {
  const auto next = std::ranges::upper_bound(entries, offset, {}, &Entry::offset);
  if (next == entries.begin()) return nullptr;
  const Entry& entry = *std::prev(next);
  return offset - entry.offset < entry.reg->info().bytes ? &entry : nullptr;
}

const RegisterBank::Entry* RegisterBank::find_overlay(Addr offset) const {
  for (const Entry& entry : overlays_) {
    if (offset - entry.offset < entry.reg->info().bytes && entry.reg->overlaid_()) return &entry;
  }
  return nullptr;
}

RegisterBank::Place RegisterBank::find(std::vector<Entry>& first, std::vector<Entry>& second,
                                       Addr offset, unsigned bytes) {
  if (!map_built_) build_map();
  const Entry* entry = find_overlay(offset);
  if (entry == nullptr) entry = find_entry(first, offset);
  // A read of a write-only register, or a write to a read-only one: legal, without effect.
  const bool inert = entry == nullptr;
  if (inert) entry = find_entry(second, offset);
  const bool size_ok = std::has_single_bit(bytes) && bytes <= 8;
  if (entry == nullptr) {
    if (offset >= size_ || holes_ == Holes::kError) return {RegisterStatus::kAddressError};
    if (!size_ok || bytes > size_ - offset) return {RegisterStatus::kSizeError};
    return {.hole = true};
  }
  const RegisterInfo& info = entry->reg->info();
  const std::uint64_t within = offset - entry->offset;
  if (wide_access_ && bytes == 8 && info.bytes == 4 && offset % 8 == 0) return {.split = true};
  if (!size_ok || bytes > info.bytes || bytes < info.access_bytes || within % bytes != 0) {
    return {RegisterStatus::kSizeError};
  }
  const auto shift = static_cast<unsigned>(8 * within);
  const std::uint64_t lanes = (~std::uint64_t{0} >> (64 - 8 * bytes)) << shift;
  return {RegisterStatus::kOk, *entry, lanes, shift, inert};
}

RegisterResult RegisterBank::read(Addr offset, unsigned bytes) {
  const Place place = find(readable_, writable_, offset, bytes);
  if (place.split) {
    const RegisterResult low = read(offset, 4), high = read(offset + 4, 4);
    if (low.status != RegisterStatus::kOk) return low;
    if (high.status != RegisterStatus::kOk) return {RegisterStatus::kSizeError};
    return {RegisterStatus::kOk, low.value | high.value << 32};
  }
  if (place.status != RegisterStatus::kOk || place.hole) return {place.status, 0};
  refused_ = false;
  const std::uint64_t value = place.entry.reg->read(place.entry.index, place.lanes);
  if (refused_) return {RegisterStatus::kRefused};
  return {RegisterStatus::kOk, (value & place.lanes) >> place.shift};
}

RegisterStatus RegisterBank::write(Addr offset, unsigned bytes, std::uint64_t value) {
  const Place place = find(writable_, readable_, offset, bytes);
  if (place.split) {
    if (find(writable_, readable_, offset + 4, 4).status != RegisterStatus::kOk) {
      return RegisterStatus::kSizeError;
    }
    write(offset, 4, value & 0xffff'ffff);
    return write(offset + 4, 4, value >> 32);
  }
  if (place.status != RegisterStatus::kOk || place.hole) return place.status;
  refused_ = false;
  place.entry.reg->write(place.entry.index, value << place.shift, place.lanes);
  return refused_ ? RegisterStatus::kRefused : RegisterStatus::kOk;
}

RegisterResult RegisterBank::peek(Addr offset, unsigned bytes) {
  const Place place = find(readable_, writable_, offset, bytes);
  if (place.split) {
    const RegisterResult low = peek(offset, 4), high = peek(offset + 4, 4);
    if (high.status != RegisterStatus::kOk) return {RegisterStatus::kSizeError};
    return {low.status, low.value | high.value << 32};
  }
  if (place.status != RegisterStatus::kOk || place.hole) return {place.status, 0};
  const std::uint64_t value = place.entry.reg->bits(place.entry.index);
  return {RegisterStatus::kOk, (value & place.lanes) >> place.shift};
}

RegisterStatus RegisterBank::poke(Addr offset, unsigned bytes, std::uint64_t value) {
  const Place place = find(readable_, writable_, offset, bytes);
  if (place.split) {
    const RegisterStatus status = poke(offset + 4, 4, value >> 32);
    return status == RegisterStatus::kOk ? poke(offset, 4, value & 0xffff'ffff) : status;
  }
  if (place.status != RegisterStatus::kOk || place.hole) return place.status;
  const auto& [entry_offset, reg, index] = place.entry;
  const std::uint64_t data = (value << place.shift) & place.lanes & reg->info().lanes();
  reg->set_bits(index, (reg->bits(index) & ~place.lanes) | data);
  return RegisterStatus::kOk;
}

void RegisterBank::reset() {
  for (RegisterBase* reg : registers_) reg->reset();
  notify();
}

}  // namespace cvp
