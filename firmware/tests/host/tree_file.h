// SPDX-License-Identifier: Apache-2.0
//
// A blob that dtc made, 8-byte aligned as the firmware wants it.
#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "lib/fdt.h"

struct TreeFile {
  explicit TreeFile(const std::string& name, std::size_t slack = 0) {
    std::ifstream file(std::string(CVP_TREES "/") + name + ".dtb", std::ios::binary);
    const std::vector<char> raw{std::istreambuf_iterator<char>(file), {}};
    bytes = static_cast<std::uint32_t>(raw.size());
    words.resize((raw.size() + slack + 7) / 8);
    std::memcpy(words.data(), raw.data(), raw.size());
  }
  std::uint8_t* data() { return reinterpret_cast<std::uint8_t*>(words.data()); }
  std::uint32_t capacity() const { return static_cast<std::uint32_t>(words.size() * 8); }

  std::vector<std::uint64_t> words;
  std::uint32_t bytes = 0;
};
