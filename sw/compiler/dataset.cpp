// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/dataset.h"

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <string_view>

namespace cvp {
namespace {

constexpr std::uint32_t kLabels = 256;  // Of a job: bytes.

std::string read_all(const std::string& file, std::uint64_t max_bytes) {
  const std::string complaint = "cannot be read; expected images as CSV";
  const std::string problem = input_problem(file, complaint, max_bytes);
  if (!problem.empty()) throw CompileError(file, "", problem);
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> stream(gzopen(file.c_str(), "rb"), gzclose);
  if (!stream) throw CompileError(file, "", complaint);
  std::string text;
  char buffer[1 << 16];
  int count;
  while ((count = gzread(stream.get(), buffer, sizeof buffer)) > 0) {
    text.append(buffer, count);
    if (text.size() > max_bytes) throw CompileError(file, "", too_large(complaint, max_bytes));
  }
  int error = Z_OK;
  gzerror(stream.get(), &error);
  if (count < 0 || error == Z_BUF_ERROR) {
    throw CompileError(file, "", "is truncated or broken gzip data");
  }
  return text;
}

/// One line of a file. `fail` names its place and throws.
template <class Fail>
std::vector<float> read_numbers(std::string_view line, const Fail& fail) {
  std::vector<float> numbers;
  const char* stop = line.data() + line.size();
  for (const char* at = line.data();; ++at) {
    float number = 0;
    const auto [next, error] = std::from_chars(at, stop, number);
    if (error != std::errc() || (next != stop && *next != ',')) fail("expected a number");
    if (!std::isfinite(number)) {
      fail("number " + std::to_string(numbers.size() + 1) + " is " + std::string(at, next) +
           "; expected a finite one");
    }
    numbers.push_back(number);
    at = next;
    if (at == stop) return numbers;
  }
}

/// Why a number is no label, empty when it is one.
std::string label_problem(float label, std::uint32_t classes) {
  const std::uint32_t count = classes == 0 ? kLabels : std::min(classes, kLabels);
  if (label >= 0 && label < static_cast<float>(count) && label == std::floor(label)) return "";
  return "; expected an integer of 0.." + std::to_string(count - 1) +
         (classes == 0 ? "" : ": the network has " + std::to_string(classes) + " classes");
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

Dataset read_csv(const std::string& file, std::size_t values, std::uint32_t classes,
                 std::uint64_t max_bytes) {
  const std::string text = read_all(file, max_bytes);
  Dataset data;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line(text.data() + begin, end - begin);
    ++number;
    begin = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const auto fail = [&](const std::string& what) {
      throw CompileError(file + ":" + std::to_string(number), "", what);
    };
    std::vector<float> numbers = read_numbers(line, fail);
    if (numbers.size() != values && numbers.size() != values + 1) {
      fail("has " + std::to_string(numbers.size()) + " numbers; expected " +
           std::to_string(values) + ", or one more for the label");
    }
    if (numbers.size() == values + 1) {
      const std::string problem = label_problem(numbers.back(), classes);
      if (!problem.empty()) {
        fail("its label is " + std::string(line.substr(line.rfind(',') + 1)) + problem);
      }
      data.labels.push_back(static_cast<std::uint8_t>(numbers.back()));
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
