// SPDX-License-Identifier: Apache-2.0
#include "models/virtio/disk_image.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "models/core/report.h"

namespace cvp {
namespace {

int open_image(const std::string& file, DiskMode mode) {
  return ::open(file.c_str(), (mode == DiskMode::kWrite ? O_RDWR : O_RDONLY) | O_CLOEXEC);
}

}  // namespace

std::string DiskImage::error_of(const std::string& file, DiskMode mode) {
  const int descriptor = open_image(file, mode);
  if (descriptor < 0) {
    return concat("cannot open \"", file, "\": ", std::strerror(errno),
                  "; expected a raw image file",
                  mode == DiskMode::kWrite ? " that can be written" : "");
  }
  struct stat status {};
  const bool regular = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  ::close(descriptor);
  if (!regular) return concat("\"", file, "\" is no regular file; expected a raw image file");
  if (status.st_size == 0) return concat("\"", file, "\" is empty; expected a raw image file");
  return {};
}

DiskImage::DiskImage(const std::string& file, DiskMode mode)
    : mode_(mode), descriptor_(open_image(file, mode)) {
  struct stat status {};
  CVP_CHECK(descriptor_ >= 0 && ::fstat(descriptor_, &status) == 0, "image ", file, ": ",
            std::strerror(errno));
  sectors_ = (static_cast<std::uint64_t>(status.st_size) + kSectorBytes - 1) / kSectorBytes;
}

DiskImage::DiskImage(DiskImage&& other) noexcept
    : mode_(other.mode_),
      descriptor_(std::exchange(other.descriptor_, -1)),
      sectors_(other.sectors_),
      written_(std::move(other.written_)) {}

DiskImage::~DiskImage() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool DiskImage::read(std::uint64_t sector, std::span<std::uint8_t> out) const {
  std::fill(out.begin(), out.end(), 0);
  for (std::size_t done = 0; done < out.size();) {
    const auto got = ::pread(descriptor_, out.data() + done, out.size() - done,
                             static_cast<off_t>(sector * kSectorBytes + done));
    if (got < 0) return false;
    if (got == 0) break;  // The rest of the last sector.
    done += static_cast<std::size_t>(got);
  }
  const std::uint64_t end = sector + out.size() / kSectorBytes;
  for (auto at = written_.lower_bound(sector); at != written_.end() && at->first < end; ++at) {
    const auto offset = static_cast<std::ptrdiff_t>((at->first - sector) * kSectorBytes);
    std::copy(at->second.begin(), at->second.end(), out.begin() + offset);
  }
  return true;
}

bool DiskImage::write(std::uint64_t sector, std::span<const std::uint8_t> in) {
  if (mode_ == DiskMode::kSnapshot) {
    for (std::size_t at = 0; at < in.size(); at += kSectorBytes) {
      std::copy_n(in.begin() + static_cast<std::ptrdiff_t>(at), kSectorBytes,
                  written_[sector + at / kSectorBytes].begin());
    }
    return true;
  }
  if (mode_ == DiskMode::kReadOnly) return false;
  for (std::size_t done = 0; done < in.size();) {
    const auto put = ::pwrite(descriptor_, in.data() + done, in.size() - done,
                              static_cast<off_t>(sector * kSectorBytes + done));
    if (put <= 0) return false;
    done += static_cast<std::size_t>(put);
  }
  return true;
}

bool DiskImage::flush() { return mode_ != DiskMode::kWrite || ::fdatasync(descriptor_) == 0; }

}  // namespace cvp
