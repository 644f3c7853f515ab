// SPDX-License-Identifier: Apache-2.0
//
// For tests: guest memory whose answers come in the order of the questions, and a driver that
// writes rings as the specification lays them out. Shares no code with the device's side.
#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <deque>
#include <string>

#include "models/virtio/virtio_core.h"

namespace cvp {

/// Memory of 1 MiB at address 0; beyond it every access is refused.
class TestWorld : public VirtioPort {
 public:
  std::vector<std::uint8_t> memory = std::vector<std::uint8_t>(1 << 20);
  std::vector<std::string> errors;
  Femtoseconds slept;
  std::uint64_t accesses = 0;

  /// Answers everything, and what follows from it; false if there is no end to it.
  bool run(VirtioCore& core, unsigned limit = 100'000) {
    while (!pending_.empty() && limit-- > 0) {
      const Pending next = std::move(pending_.front());
      pending_.pop_front();
      if (next.sleeps) {
        core.wake(next.tag);
      } else {
        core.answered(next.tag, next.data, next.ok);
      }
    }
    return pending_.empty();
  }

  void read(Addr address, std::uint32_t bytes, std::uint64_t tag) override {
    Pending& next = add(address, bytes, tag);
    if (!next.ok) return;
    const auto first = memory.begin() + static_cast<std::ptrdiff_t>(address);
    next.data.assign(first, first + bytes);
  }
  void write(Addr address, std::span<const std::uint8_t> data, std::uint64_t tag) override {
    if (!add(address, data.size(), tag).ok) return;
    std::copy(data.begin(), data.end(), memory.begin() + static_cast<std::ptrdiff_t>(address));
  }
  void wake_after(Femtoseconds time, std::uint64_t tag) override {
    slept += time;
    pending_.push_back({.tag = tag, .sleeps = true});
  }
  void guest_error(std::string_view what) override { errors.emplace_back(what); }

 private:
  struct Pending {
    std::uint64_t tag = 0;
    std::vector<std::uint8_t> data;
    bool ok = true, sleeps = false;
  };
  Pending& add(Addr address, std::uint64_t bytes, std::uint64_t tag) {
    ++accesses;
    REQUIRE(bytes > 0);
    REQUIRE(address / 4096 == (address + bytes - 1) / 4096);  // No burst lies in two memories.
    const bool ok = address <= memory.size() && bytes <= memory.size() - address;
    pending_.push_back({.tag = tag, .ok = ok});
    return pending_.back();
  }
  std::deque<Pending> pending_;
};

/// One queue of a device, with its rings at fixed places of 4 KiB each.
class TestDriver {
 public:
  struct Buffer {
    std::uint64_t address;
    std::uint32_t bytes;
    bool written;  ///< By the device.
  };
  static constexpr std::uint64_t kVersion1 = std::uint64_t{1} << 32;
  static constexpr std::uint64_t kIndirect = 1 << 28, kEventIndex = 1 << 29;
  static constexpr std::uint16_t kSize = 8;

  TestDriver(VirtioCore& core, TestWorld& world, unsigned queue = 0)
      : core_(core),
        world_(world),
        queue_(queue),
        table_(0x10000 + queue * 0x4000),
        driver_(table_ + 0x1000),
        device_(table_ + 0x2000) {
    core_.notified = [this](unsigned number) { kicked_.push_back(number); };
  }

  std::uint32_t reg(unsigned offset) {
    return static_cast<std::uint32_t>(core_.regs.read(offset, 4).value);
  }
  void reg(unsigned offset, std::uint64_t value) {
    core_.regs.write(offset, 4, value & 0xffff'ffff);
    for (const unsigned number : std::exchange(kicked_, {})) core_.kick(number);
  }
  /// [VIRTIO: Device Initialization], with the one queue; the status that it ends with.
  std::uint32_t start(std::uint64_t features = kVersion1) {
    negotiate(features);
    set_up_queue();
    reg(0x070, 15);
    return reg(0x070);
  }
  void negotiate(std::uint64_t features) {
    reg(0x070, 0);
    reg(0x070, 3);
    for (unsigned half = 0; half < 2; ++half) {
      reg(0x024, half);
      reg(0x020, features >> 32 * half);
    }
    reg(0x070, 11);
  }
  void set_up_queue(std::uint32_t size = kSize) {
    reg(0x030, queue_);
    reg(0x038, size);
    reg(0x080, table_), reg(0x084, 0);
    reg(0x090, driver_), reg(0x094, 0);
    reg(0x0a0, device_), reg(0x0a4, 0);
    reg(0x044, 1);
  }

  void descriptor(std::uint64_t table, unsigned index, std::uint64_t address, std::uint32_t bytes,
                  std::uint16_t flags, std::uint16_t next) {
    const std::uint64_t at = table + 16 * index;
    put<std::uint64_t>(at, address);
    put<std::uint32_t>(at + 8, bytes);
    put<std::uint16_t>(at + 12, flags);
    put<std::uint16_t>(at + 14, next);
  }
  void descriptor(unsigned index, std::uint64_t address, std::uint32_t bytes, std::uint16_t flags,
                  std::uint16_t next) {
    descriptor(table_, index, address, bytes, flags, next);
  }
  /// Descriptors from `first` on, one a buffer.
  void chain(std::uint64_t table, unsigned first, const std::vector<Buffer>& buffers) {
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      const bool last = i + 1 == buffers.size();
      const unsigned flags = (last ? 0u : 1u) | (buffers[i].written ? 2u : 0u);
      descriptor(table, first + static_cast<unsigned>(i), buffers[i].address, buffers[i].bytes,
                 static_cast<std::uint16_t>(flags), static_cast<std::uint16_t>(first + i + 1));
    }
  }
  void make_available(std::uint16_t head) {
    put<std::uint16_t>(driver_ + 4 + 2 * (available_++ % kSize), head);
    put<std::uint16_t>(driver_ + 2, available_);
  }
  void notify() { reg(0x050, queue_); }
  /// Sends one chain with head 0 and runs to the end.
  void send(const std::vector<Buffer>& buffers) {
    chain(table_, 0, buffers);
    make_available(0);
    notify();
    REQUIRE(world_.run(core_));
  }

  std::uint16_t used() { return get<std::uint16_t>(device_ + 2); }
  std::uint32_t used_length(unsigned entry) {
    return get<std::uint32_t>(device_ + 4 + 8 * (entry % kSize) + 4);
  }
  std::uint32_t used_head(unsigned entry) {
    return get<std::uint32_t>(device_ + 4 + 8 * (entry % kSize));
  }
  /// Whether the device has interrupted since the last time.
  bool interrupted() {
    const bool raised = core_.interrupting();
    reg(0x064, 3);
    return raised;
  }
  bool needs_reset() { return (reg(0x070) & 0x40) != 0; }
  void set_no_interrupt(bool on) { put<std::uint16_t>(driver_, on ? 1 : 0); }
  void set_used_event(std::uint16_t event) { put<std::uint16_t>(driver_ + 4 + 2 * kSize, event); }
  std::uint16_t available_event() { return get<std::uint16_t>(device_ + 4 + 8 * kSize); }
  void set_available_index(std::uint16_t index) { put<std::uint16_t>(driver_ + 2, index); }

  template <class Number>
  void put(std::uint64_t address, Number value) {
    std::memcpy(world_.memory.data() + address, &value, sizeof value);
  }
  template <class Number>
  Number get(std::uint64_t address) {
    Number value;
    std::memcpy(&value, world_.memory.data() + address, sizeof value);
    return value;
  }

 private:
  VirtioCore& core_;
  TestWorld& world_;
  const unsigned queue_;
  const std::uint64_t table_, driver_, device_;
  std::uint16_t available_ = 0;
  std::vector<unsigned> kicked_;
};

}  // namespace cvp
