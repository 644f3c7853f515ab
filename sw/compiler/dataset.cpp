// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/dataset.h"

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <memory>

namespace cvp {
namespace {

std::string read_all(const std::string& file) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> stream(gzopen(file.c_str(), "rb"), gzclose);
  if (!stream) throw CompileError(file, "", "cannot be read; expected images as CSV");
  std::string text;
  char buffer[1 << 16];
  int count;
  while ((count = gzread(stream.get(), buffer, sizeof buffer)) > 0) text.append(buffer, count);
  int error = Z_OK;
  gzerror(stream.get(), &error);
  if (count < 0 || error == Z_BUF_ERROR) {
    throw CompileError(file, "", "is truncated or broken gzip data");
  }
  return text;
}

}  // namespace

Dataset Dataset::last(std::size_t count) const {
  const std::size_t first = images.size() - std::min(count, images.size());
  Dataset rest;
  rest.images.assign(images.begin() + static_cast<std::ptrdiff_t>(first), images.end());
  if (!labels.empty()) {
    rest.labels.assign(labels.begin() + static_cast<std::ptrdiff_t>(first), labels.end());
  }
  return rest;
}

Dataset read_csv(const std::string& file, std::size_t values) {
  const std::string text = read_all(file);
  Dataset data;
  std::size_t line = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    ++line;
    const auto fail = [&](const std::string& what) {
      throw CompileError(file + ":" + std::to_string(line), "", what);
    };
    std::vector<float> numbers;
    const char* at = text.data() + begin;
    const char* stop = text.data() + end;
    if (stop > at && stop[-1] == '\r') --stop;
    begin = end + 1;
    if (at == stop) continue;
    for (;; ++at) {
      float number = 0;
      const auto [next, error] = std::from_chars(at, stop, number);
      if (error != std::errc() || (next != stop && *next != ',')) fail("expected a number");
      numbers.push_back(number);
      at = next;
      if (at == stop) break;
    }
    if (numbers.size() != values && numbers.size() != values + 1) {
      fail("has " + std::to_string(numbers.size()) + " numbers; expected " +
           std::to_string(values) + ", or one more for the label");
    }
    if (numbers.size() == values + 1) {
      const float label = numbers.back();
      if (!(label >= 0 && label <= 255) || label != static_cast<std::uint8_t>(label)) {
        fail("its label is no integer of 0..255");
      }
      data.labels.push_back(static_cast<std::uint8_t>(label));
      numbers.pop_back();
    }
    data.images.push_back(std::move(numbers));
    if (!data.labels.empty() && data.labels.size() != data.images.size()) {
      fail("some lines have a label and some have none");
    }
  }
  if (data.images.empty()) throw CompileError(file, "", "holds no images");
  return data;
}

}  // namespace cvp
