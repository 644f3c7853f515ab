// SPDX-License-Identifier: Apache-2.0
//
// What the platform knows of a type of model: its parameters, the sockets that a die file maps and
// the wires that it names. All of them are in the one table of model_registry.cpp. No SystemC.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/parameter.h"

namespace cvp {

/// A target socket that a die file gives an address to.
struct TargetPort {
  std::string key;  ///< Key in the die file: `map` for the only one, else the socket's role.
  /// The window's size when the parameters fix it, so that it is written once; else `size` in the
  /// file. `size_from` says what it follows from.
  std::function<std::uint64_t(const ParameterSet&)> size;
  std::string size_from;
  /// Smallest legal alignment of the base.
  std::uint64_t alignment = 4096;
};

/// Wires are named at their source, as `key = "instance"` or `key = "instance.input[n]"`.
struct WirePort {
  std::string key;
  std::string to_type;  ///< Type of the instance at the other end.
  std::string input;    ///< Name of the indexed input; empty: the whole instance, as in `harts`.
  unsigned width = 1;   ///< Consecutive inputs taken from the named one on.
};

enum class Place : std::uint8_t {
  kDie,     ///< An instance of a die file.
  kLink,    ///< An entry of `links`.
  kDevice,  ///< An entry of `devices`.
};

struct ModelType {
  std::string type;
  Place place;
  std::string doc;
  ParameterTable parameters = {};
  std::vector<TargetPort> targets = {};
  std::vector<std::string> initiators = {};  ///< Keys that name the bus an initiator socket joins.
  std::vector<WirePort> wires = {};
  /// What is impossible about values that are in range each, as `parameter: what was expected`.
  std::function<std::vector<std::string>(const ParameterSet&)> check = {};
  /// Kind of port that this type offers at its die's edge: type of the link or device it takes.
  std::string edge = {};
};

/// Every type there is, in a fixed order.
const std::vector<ModelType>& model_types();
const ModelType* find_model_type(std::string_view type);

}  // namespace cvp
