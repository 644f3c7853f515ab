// SPDX-License-Identifier: Apache-2.0
//
// One register, or an array of them, of a register bank. Software reaches it through the bank, with
// the access modes of its fields and its hooks; the model reaches it through get and set, without.
// No SystemC.
#pragma once

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

#include "models/core/register_info.h"

namespace cvp {

class RegisterBank;

template <class Value>
constexpr std::uint64_t register_bits(const Value& value) {
  if constexpr (std::is_integral_v<Value>) {
    return value;
  } else {
    return value.to_bits();
  }
}

template <class Value>
constexpr Value register_value(std::uint64_t bits) {
  if constexpr (std::is_integral_v<Value>) {
    return static_cast<Value>(bits);
  } else {
    return Value::from_bits(bits);
  }
}

/// The part that does not depend on the type. Elements of groups are numbered group by group.
class RegisterBase {
 public:
  RegisterBase(RegisterBank& bank, const RegisterInfo& info);
  RegisterBase(const RegisterBase&) = delete;
  RegisterBase& operator=(const RegisterBase&) = delete;

  const RegisterInfo& info() const { return info_; }
  std::size_t count() const { return bits_.size(); }
  Addr offset(std::size_t index = 0) const;
  /// Whether element `index` exists in this instance; see limit.
  bool implemented(std::size_t index) const;
  std::uint64_t bits(std::size_t index = 0) const { return bits_[index]; }
  void set_bits(std::size_t index, std::uint64_t bits);
  std::uint64_t reset_bits(std::size_t index = 0) const { return reset_[index]; }
  std::uint64_t writable(std::size_t index = 0) const { return writable_[index]; }
  std::uint64_t readable() const { return readable_; }

  // What an instance of a block may change while it is built; none of it is state.
  /// Leaves only the first `count` elements (of each group); accesses to the others are errors.
  void limit(std::size_t count);
  void limit_groups(std::size_t groups);
  /// Bits of an element that this instance implements; others ignore writes.
  void restrict_writable(std::size_t index, std::uint64_t mask) { writable_[index] &= mask; }
  void set_reset_bits(std::size_t index, std::uint64_t bits) {
    reset_[index] = bits_[index] = bits;
  }

  /// Takes the place of the register at its address while `condition` holds (overlay registers).
  void overlay_when(std::function<bool()> condition) { overlaid_ = std::move(condition); }

  template <class Archive>
  void serialize(Archive& archive) {
    for (std::uint64_t& bits : bits_) archive(bits);
  }

 protected:
  std::function<void(std::size_t, std::uint64_t bits, std::uint64_t written)> write_hook_;
  std::function<std::uint64_t(std::size_t)> read_hook_;

 private:
  friend class RegisterBank;

  // Accesses of software; `lanes` has ones where bytes take part. A write to some of the bytes of a
  // register with a read hook keeps the others as the hook says they are.
  std::uint64_t read(std::size_t index, std::uint64_t lanes);
  void write(std::size_t index, std::uint64_t data, std::uint64_t lanes);
  void reset() { bits_ = reset_; }

  RegisterBank& bank_;
  const RegisterInfo& info_;
  std::vector<std::uint64_t> bits_, reset_, writable_;
  std::uint64_t readable_ = 0, pulses_ = 0;
  std::size_t limit_, group_limit_;
  std::function<bool()> overlaid_;
};

template <class Value_>
class Register : public RegisterBase {
 public:
  using Value = Value_;
  using RegisterBase::RegisterBase;

  Value get() const { return register_value<Value>(bits()); }
  /// Sets the whole register: fields that a designated initialiser leaves out become 0.
  void set(const Value& value) { set_bits(0, register_bits(value)); }
  template <std::invocable<Value&> Change>
  void update(Change change) {
    Value value = get();
    change(value);
    set(value);
  }
  /// Value after reset for this instance, from now on.
  void set_reset(const Value& value) { set_reset_bits(0, register_bits(value)); }

  /// Called after a write of software took effect, with the value now held (pulses still up), and,
  /// if the hook takes it, the bits as written. Pulses go down afterwards.
  template <class Hook>
  void on_write(Hook hook) {
    write_hook_ = [hook](std::size_t, std::uint64_t bits, std::uint64_t written) {
      if constexpr (std::is_invocable_v<Hook, Value, std::uint64_t>) {
        hook(register_value<Value>(bits), written);
      } else if constexpr (std::is_invocable_v<Hook, Value>) {
        hook(register_value<Value>(bits));
      } else {
        hook();
      }
    };
  }
  /// Called when software reads. What it returns, if anything, is read in the stored value's place.
  template <std::invocable<> Hook>
  void on_read(Hook hook) {
    if constexpr (std::is_void_v<std::invoke_result_t<Hook>>) {
      read_hook_ = [this, hook](std::size_t) {
        hook();
        return bits();
      };
    } else {
      read_hook_ = [hook](std::size_t) { return register_bits(static_cast<Value>(hook())); };
    }
  }
};

template <class Value_>
class RegisterArray : public RegisterBase {
 public:
  using Value = Value_;
  using RegisterBase::RegisterBase;

  struct Element {
    RegisterArray& array;
    std::size_t index;
    Value get() const { return array.get(index); }
    void set(const Value& value) const { array.set(index, value); }
  };

  /// Number of element `inner` of group `outer`.
  std::size_t index(std::size_t outer, std::size_t inner) const {
    return outer * info().count + inner;
  }
  Element operator[](std::size_t index) { return {*this, index}; }
  Value get(std::size_t index) const { return register_value<Value>(bits(index)); }
  void set(std::size_t index, const Value& value) { set_bits(index, register_bits(value)); }
  template <std::invocable<Value&> Change>
  void update(std::size_t index, Change change) {
    Value value = get(index);
    change(value);
    set(index, value);
  }
  void set_reset(std::size_t index, const Value& value) {
    set_reset_bits(index, register_bits(value));
  }

  /// As Register::on_write, with the element's number first.
  template <std::invocable<std::size_t, Value> Hook>
  void on_write(Hook hook) {
    write_hook_ = [hook](std::size_t index, std::uint64_t bits, std::uint64_t) {
      hook(index, register_value<Value>(bits));
    };
  }
  template <std::invocable<std::size_t> Hook>
  void on_read(Hook hook) {
    if constexpr (std::is_void_v<std::invoke_result_t<Hook, std::size_t>>) {
      read_hook_ = [this, hook](std::size_t index) {
        hook(index);
        return bits(index);
      };
    } else {
      read_hook_ = [hook](std::size_t index) {
        return register_bits(static_cast<Value>(hook(index)));
      };
    }
  }
};

}  // namespace cvp
