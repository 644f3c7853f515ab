// SPDX-License-Identifier: Apache-2.0
#include "platform/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace cvp {

std::optional<OutputFile> OutputFile::open(const std::string& path, const std::string& option,
                                           Diagnostics& diagnostics) {
  const auto fail = [&](const std::string& reason) -> std::optional<OutputFile> {
    diagnostics.error(path, 0, option,
                      fmt::format("cannot be written ({}); expected a file in a directory that you "
                                  "may write to",
                                  reason));
    return {};
  };
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) return fail("is a directory");
  if (exists && !S_ISREG(info.st_mode)) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return fail(std::strerror(errno));
    return OutputFile(path, "", fd);
  }
  if (exists && ::access(path.c_str(), W_OK) != 0) return fail(std::strerror(errno));
  std::string temporary = path + ".XXXXXX";
  const int fd = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return fail(std::strerror(errno));
  const mode_t mask = ::umask(0);
  ::umask(mask);
  ::fchmod(fd, 0666 & ~mask);
  return OutputFile(path, temporary, fd);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::exchange(other.fd_, -1)) {}

OutputFile::~OutputFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void OutputFile::commit(std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd_, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw std::system_error(errno, std::generic_category(), path_);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::close(std::exchange(fd_, -1)) != 0 ||
      (!temporary_.empty() && ::rename(temporary_.c_str(), path_.c_str()) != 0)) {
    const int code = errno;
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    throw std::system_error(code, std::generic_category(), path_);
  }
}

int OutputFile::release() {
  if (!temporary_.empty() && ::rename(temporary_.c_str(), path_.c_str()) != 0) {
    throw std::system_error(errno, std::generic_category(), path_);
  }
  return std::exchange(fd_, -1);
}

OutputDirectory::OutputDirectory(const std::string& path, const std::string& option,
                                 Diagnostics& diagnostics) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  for (fs::path each = fs::path(path); !each.empty() && !fs::exists(each, ignored);
       each = each.parent_path()) {
    made_.push_back(each.string());
  }
  ok_ = make_directory(path, option, diagnostics);
}

OutputDirectory::~OutputDirectory() {
  for (const std::string& each : made_) ::rmdir(each.c_str());
}

bool make_directory(const std::string& path, const std::string& option, Diagnostics& diagnostics) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error && std::filesystem::is_directory(path) && ::access(path.c_str(), W_OK) == 0)
    return true;
  diagnostics.error(path, 0, option,
                    fmt::format("cannot be made or written to{}; expected a directory",
                                error ? " (" + error.message() + ")" : ""));
  return false;
}

}  // namespace cvp
