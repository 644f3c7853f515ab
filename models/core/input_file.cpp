// SPDX-License-Identifier: Apache-2.0
#include "models/core/input_file.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace cvp {

namespace fs = std::filesystem;

std::string input_problem(const std::string& file, const std::string& complaint,
                          std::uint64_t max_bytes) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status)) return complaint;
  if (fs::is_directory(status)) return complaint + " (it is a directory)";
  if (!fs::is_regular_file(status)) {
    return complaint + " (it is a device or a pipe; copy it to a regular file)";
  }
  const std::uintmax_t size = fs::file_size(file, error);
  return !error && size > max_bytes ? too_large(complaint, max_bytes) : "";
}

std::string too_large(const std::string& complaint, std::uint64_t max_bytes) {
  return complaint + " (it holds more than " + std::to_string(max_bytes) + " bytes)";
}

InputFile read_input_file(const std::string& file, const std::string& complaint,
                          std::uint64_t max_bytes) {
  InputFile input{{}, input_problem(file, complaint, max_bytes)};
  if (!input.problem.empty()) return input;
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  // To the end and not to the size: files below /proc have a size of 0.
  constexpr std::size_t kBlock = 1 << 16;
  while (stream && input.bytes.size() <= max_bytes) {
    const std::size_t before = input.bytes.size();
    input.bytes.resize(before + kBlock);
    stream.read(input.bytes.data() + before, kBlock);
    input.bytes.resize(before + static_cast<std::size_t>(stream.gcount()));
  }
  if (input.bytes.size() > max_bytes) return {{}, too_large(complaint, max_bytes)};
  if (!stream.eof()) {
    return {{}, complaint + " (" + std::generic_category().message(errno) + ")"};
  }
  return input;
}

}  // namespace cvp
