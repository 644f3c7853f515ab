// SPDX-License-Identifier: Apache-2.0
//
// The registers of a block as software sees them: an access by offset and size finds its register
// and follows the access modes of its fields. scripts/regtool.py derives a typed bank from it for
// each register file. No SystemC; RegisterSocket puts a bank on a bus.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/core/register.h"

namespace cvp {

enum class RegisterStatus : std::uint8_t { kOk, kAddressError, kSizeError, kRefused };

struct RegisterResult {
  RegisterStatus status = RegisterStatus::kOk;
  std::uint64_t value = 0;
};

class RegisterBank {
 public:
  RegisterBank(std::string name, std::uint64_t size, Holes holes, bool wide_access);
  RegisterBank(const RegisterBank&) = delete;
  RegisterBank& operator=(const RegisterBank&) = delete;

  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }
  Holes holes() const { return holes_; }
  /// Whether 8 bytes may be moved to or from two adjacent 32-bit registers.
  bool wide_access() const { return wide_access_; }
  const std::vector<RegisterBase*>& registers() const { return registers_; }

  // Accesses of software: little-endian, hooks run.
  RegisterResult read(Addr offset, unsigned bytes);
  RegisterStatus write(Addr offset, unsigned bytes, std::uint64_t value);
  // Accesses of a debugger: no hooks, no side effects; poke also writes read-only bits.
  RegisterResult peek(Addr offset, unsigned bytes);
  RegisterStatus poke(Addr offset, unsigned bytes, std::uint64_t value);

  /// All registers to their reset values; no hook runs.
  void reset();
  /// Inside a hook: the access is answered with an error (a value that the block does not take).
  void refuse() { refused_ = true; }
  /// Called whenever the value of a register has changed, whoever changed it.
  void on_change(std::function<void()> handler) { changed_ = std::move(handler); }

  template <class Archive>
  void serialize(Archive& archive) {
    for (RegisterBase* reg : registers_) reg->serialize(archive);
    if (changed_) changed_();
  }

 private:
  friend class RegisterBase;

  struct Entry {
    Addr offset;
    RegisterBase* reg;
    std::size_t index;
  };
  /// An access placed inside a register: its element, its lanes and how far they are shifted.
  struct Place {
    RegisterStatus status = RegisterStatus::kOk;
    Entry entry{};
    std::uint64_t lanes = 0;
    unsigned shift = 0;
    bool hole = false;
    bool split = false;  ///< Two adjacent 32-bit registers.
  };

  Place find(std::vector<Entry>& first, std::vector<Entry>& second, Addr offset, unsigned bytes);
  static const Entry* find_entry(const std::vector<Entry>& entries, Addr offset);
  const Entry* find_overlay(Addr offset) const;
  void build_map();
  void notify() const {
    if (changed_) changed_();
  }

  const std::string name_;
  const std::uint64_t size_;
  const Holes holes_;
  const bool wide_access_;
  std::vector<RegisterBase*> registers_;
  // Built at the first access. Two maps, because a read-only and a write-only register may share
  // an address.
  bool map_built_ = false;
  std::vector<Entry> readable_, writable_, overlays_;
  bool refused_ = false;
  std::function<void()> changed_;
};

}  // namespace cvp
