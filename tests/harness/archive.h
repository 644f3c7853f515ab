// SPDX-License-Identifier: Apache-2.0
//
// Saves an object to bytes and loads it again, through its serialize function.
#pragma once

#include <cereal/archives/binary.hpp>
#include <cereal/types/array.hpp>
#include <cereal/types/deque.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/vector.hpp>
#include <sstream>
#include <string>

namespace cvp {

template <class Object>
std::string save(Object& object) {
  std::ostringstream bytes;
  cereal::BinaryOutputArchive archive(bytes);
  archive(object);
  return bytes.str();
}

template <class Object>
void load(Object& object, const std::string& bytes) {
  std::istringstream stream(bytes);
  cereal::BinaryInputArchive archive(stream);
  archive(object);
}

}  // namespace cvp
