// SPDX-License-Identifier: Apache-2.0
#include "platform/npy.h"

#include <cstring>
#include <numeric>

#include <fmt/format.h>

#include "platform/image.h"

namespace cvp {
namespace {

constexpr std::string_view kMagic{"\x93NUMPY\x01\x00", 8};

// The text between `key` and the next comma or bracket of the header's dictionary.
std::string value_of(const std::string& header, const std::string& key, const char* until) {
  const auto at = header.find("'" + key + "':");
  if (at == std::string::npos) return "";
  const auto begin = header.find_first_not_of(" '(", at + key.size() + 3);
  if (begin == std::string::npos) return "";
  return header.substr(begin, header.find_first_of(until, begin) - begin);
}

}  // namespace

std::string to_npy(const std::vector<std::size_t>& shape, std::span<const float> values) {
  std::string dims;
  for (const std::size_t dim : shape) dims += fmt::format("{}, ", dim);
  std::string header =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}), }}", dims);
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string out(kMagic);
  out += static_cast<char>(header.size() & 0xff);
  out += static_cast<char>(header.size() >> 8);
  out += header;
  return out.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

std::optional<NpyArray> read_npy(const std::string& file, const std::string& option,
                                 Diagnostics& diagnostics) {
  const auto bytes = read_file(file, option, diagnostics);
  if (!bytes) return {};
  const auto fail = [&](const char* what) -> std::optional<NpyArray> {
    diagnostics.error(file, 0, option,
                      fmt::format("{}; expected a .npy file (version 1.0) of float32", what));
    return {};
  };
  if (bytes->size() < 10 || std::memcmp(bytes->data(), kMagic.data(), kMagic.size()) != 0) {
    return fail("is no .npy file of version 1.0");
  }
  const std::size_t length = (*bytes)[8] | (*bytes)[9] << 8;
  if (bytes->size() < 10 + length) return fail("is truncated");
  const std::string header(bytes->begin() + 10, bytes->begin() + 10 + static_cast<long>(length));
  const std::string type = value_of(header, "descr", "'");
  if (type != "<f4" && type != "<f8") return fail("holds other numbers");
  if (value_of(header, "fortran_order", ",") != "False") return fail("is in Fortran order");
  NpyArray array;
  std::size_t count = 1;
  const std::string shape = value_of(header, "shape", ")");
  for (std::size_t at = 0; at < shape.size();) {
    const auto dim = parse_quantity(Unit::kCount, shape.substr(at, shape.find(',', at) - at));
    if (!dim || dim->integer > (1u << 30)) return fail("has an impossible shape");
    array.shape.push_back(dim->integer);
    count *= dim->integer;
    if (count > (std::size_t{1} << 34)) return fail("has an impossible shape");
    const auto comma = shape.find(',', at);
    at = comma == std::string::npos ? shape.size() : shape.find_first_not_of(' ', comma + 1);
    if (at == std::string::npos) break;
  }
  const std::size_t size = type == "<f4" ? 4 : 8;
  if (bytes->size() - 10 - length < count * size) return fail("is truncated");
  array.values.resize(count);
  for (std::size_t n = 0; n < count; ++n) {
    const std::uint8_t* at = bytes->data() + 10 + length + n * size;
    double wide = 0;
    if (size == 4) {
      std::memcpy(&array.values[n], at, 4);
    } else {
      std::memcpy(&wide, at, 8);
      array.values[n] = static_cast<float>(wide);
    }
  }
  return array;
}

}  // namespace cvp
