// SPDX-License-Identifier: Apache-2.0
//
// A raw image file as an array of sectors. No SystemC.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace cvp {

enum class DiskMode : std::uint8_t {
  kWrite,     ///< Writes go to the file.
  kReadOnly,  ///< Writes are refused.
  kSnapshot,  ///< Writes stay in memory; the file is never changed.
};

class DiskImage {
 public:
  static constexpr std::uint32_t kSectorBytes = 512;

  /// The file must have passed `error_of`.
  DiskImage(const std::string& file, DiskMode mode);
  DiskImage(DiskImage&& other) noexcept;
  DiskImage& operator=(DiskImage&&) = delete;
  ~DiskImage();

  /// Why `file` cannot be such a disk; empty: it can.
  static std::string error_of(const std::string& file, DiskMode mode);

  DiskMode mode() const { return mode_; }
  /// Sectors; the last one is filled up with zeros.
  std::uint64_t sectors() const { return sectors_; }
  // Whole sectors inside the disk. False: the host could not.
  bool read(std::uint64_t sector, std::span<std::uint8_t> out) const;
  bool write(std::uint64_t sector, std::span<const std::uint8_t> in);
  bool flush();

  /// Of a snapshot, what was written; the file is not part of the state.
  template <class Archive>
  void serialize(Archive& archive) {
    archive(written_);
  }

 private:
  using Sector = std::array<std::uint8_t, kSectorBytes>;

  DiskMode mode_;
  int descriptor_ = -1;
  std::uint64_t sectors_ = 0;
  std::map<std::uint64_t, Sector> written_;
};

}  // namespace cvp
