// SPDX-License-Identifier: Apache-2.0
//
// A file that appears whole or not at all: opened (as a temporary beside it) before the simulation
// starts, so that an unwritable place is an error then, and renamed when it is complete.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/diagnostics.h"

namespace cvp {

class OutputFile {
 public:
  /// Empty after an error. `option` is named in the message.
  static std::optional<OutputFile> open(const std::string& path, const std::string& option,
                                        Diagnostics& diagnostics);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  /// Without commit, the temporary goes and nothing has happened.
  ~OutputFile();

  const std::string& path() const { return path_; }
  /// Writes all of `content` and puts the file in its place. Throws std::system_error.
  void commit(std::string_view content);
  /// Puts the file in its place, empty, and leaves its descriptor to the caller. Throws
  /// std::system_error.
  int release();

 private:
  OutputFile(std::string path, std::string temporary, int fd)
      : path_(std::move(path)), temporary_(std::move(temporary)), fd_(fd) {}
  std::string path_;
  std::string temporary_;  // Empty: written in place, because it is no regular file.
  int fd_ = -1;
};

/// A file, and the option that names it.
struct NamedFile {
  std::string option, path;
};

/// A directory, made with its parents if needed. What was made goes again, unless it is kept or
/// something is in it.
class OutputDirectory {
 public:
  OutputDirectory(const std::string& path, const std::string& option, Diagnostics& diagnostics);
  OutputDirectory(const OutputDirectory&) = delete;
  OutputDirectory& operator=(const OutputDirectory&) = delete;
  ~OutputDirectory();

  bool ok() const { return ok_; }
  void keep() { made_.clear(); }

 private:
  std::vector<std::string> made_;  // Innermost first.
  bool ok_ = false;
};

/// Makes the directory (and its parents) if needed; false after an error.
bool make_directory(const std::string& path, const std::string& option, Diagnostics& diagnostics);

}  // namespace cvp
