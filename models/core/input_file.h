// SPDX-License-Identifier: Apache-2.0
//
// Files that users name as input, read whole before anything starts. The one place that knows which
// files can be read so: regular ones of a bounded size. A device or a pipe may have no end, a
// directory has no content. No SystemC.
#pragma once

#include <cstdint>
#include <string>

namespace cvp {

/// Protobuf messages, and so ONNX files, are smaller than 2 GiB; other input has no need for more.
inline constexpr std::uint64_t kMaxInputBytes = (std::uint64_t{1} << 31) - 1;

/// Empty when `file` can be read whole; else `complaint`, for example "cannot be read; expected an
/// ONNX model", and behind it the reason unless the file is just not there.
std::string input_problem(const std::string& file, const std::string& complaint,
                          std::uint64_t max_bytes = kMaxInputBytes);
/// The same for a file that turns out to hold more than `max_bytes`.
std::string too_large(const std::string& complaint, std::uint64_t max_bytes);

struct InputFile {
  std::string bytes;
  std::string problem;  ///< As of input_problem; empty: `bytes` is all of the file.
};
InputFile read_input_file(const std::string& file, const std::string& complaint,
                          std::uint64_t max_bytes = kMaxInputBytes);

}  // namespace cvp
