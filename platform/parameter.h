// SPDX-License-Identifier: Apache-2.0
//
// Parameters of models as tables. One row says key, unit, range, default, meaning and the member
// of the model's parameter struct that takes the value; parsing, checking, `describe` and the
// builder all read the same row. No SystemC.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "models/core/units.h"
#include "platform/diagnostics.h"
#include "platform/quantity.h"

namespace cvp {

/// Writes a checked value into a member of the struct behind the pointer.
using Store = std::function<void(void* params, const Value& value)>;

struct Parameter {
  std::string key;  ///< As in the package file, for example `mac_array.fidelity`.
  Unit unit;
  std::string fallback;  ///< The default, as a user would write it.
  std::string from, to;  ///< Inclusive range in the same unit; empty: no limit.
  std::string doc;
  Store store = {};                       ///< Empty: the platform itself uses the value.
  std::vector<std::string> choices = {};  ///< For kChoice, in the order of the enumeration.
  /// `other=word word`: without effect unless the other parameter has one of these values.
  std::string only_with = {};
  /// For kChoice: a text that ends so names a file instead, relative to the file that says it.
  std::string or_file = {};
  /// Without a default: nothing is stored unless somebody sets it. `fallback` says what holds then.
  bool optional = false;
};

using ParameterTable = std::vector<Parameter>;

const Parameter* find_parameter(const ParameterTable& table, std::string_view key);
/// `1 .. 64`, `a | b`, or empty.
std::string format_range(const Parameter& parameter);
/// Parses and checks one value; on failure `what` says what was expected.
std::optional<Value> check_value(const Parameter& parameter, std::string_view text,
                                 std::string& what);

/// Where a value came from, for messages about it.
struct Origin {
  std::string file;  ///< Empty: the command line or the default.
  int line = 0;
  bool operator==(const Origin&) const = default;
};

/// The values of one instance. Holds every key of its table, defaults included.
class ParameterSet {
 public:
  ParameterSet() = default;
  explicit ParameterSet(const ParameterTable& table);

  void set(const std::string& key, Value value, Origin origin);
  const Value& operator[](std::string_view key) const;
  bool is_default(std::string_view key) const;
  Origin origin(std::string_view key) const;
  const ParameterTable& table() const { return *table_; }
  /// A value was refused, so that checks of the others together would only add noise.
  void mark_faulty() { faulty_ = true; }
  bool faulty() const { return faulty_; }

  /// A parameter struct with every bound member stored, but optional ones that nobody has set.
  template <class Params>
  Params make() const {
    Params params{};
    store_into(&params);
    return params;
  }
  void store_into(void* params) const;
  /// Keys set to something that nothing will read, with the reason.
  std::vector<std::pair<std::string, std::string>> without_effect() const;

 private:
  struct Entry {
    Value value;
    Origin origin;
    bool set = false;
  };
  const ParameterTable* table_ = nullptr;
  std::map<std::string, Entry, std::less<>> entries_;
  bool faulty_ = false;
};

inline void assign(std::string& member, const Value& value) { member = value.text; }
inline void assign(bool& member, const Value& value) { member = value.integer != 0; }
inline void assign(double& member, const Value& value) { member = value.real; }
inline void assign(Femtoseconds& member, const Value& value) { member = {value.integer}; }
inline void assign(Frequency& member, const Value& value) { member = {value.integer}; }
inline void assign(DataRate& member, const Value& value) { member = {value.integer}; }
inline void assign(Bandwidth& member, const Value& value) { member = {value.real}; }
inline void assign(std::vector<unsigned>& member, const Value& value) {
  member.assign(value.list.begin(), value.list.end());
}
template <class T>
requires(std::is_integral_v<T> || std::is_enum_v<T>) void assign(T& member, const Value& value) {
  member = static_cast<T>(value.integer);
}

/// `to(&UcieParams::lanes)`: the Store of a member; further pointers reach into nested structs.
template <class Params, class Member>
Store to(Member Params::*member) {
  return [member](void* params, const Value& value) {
    assign(static_cast<Params*>(params)->*member, value);
  };
}
template <class Params, class Inner, class Member>
Store to(Inner Params::*inner, Member Inner::*member) {
  return [inner, member](void* params, const Value& value) {
    assign(static_cast<Params*>(params)->*inner.*member, value);
  };
}

}  // namespace cvp
