// SPDX-License-Identifier: Apache-2.0
#include "models/virtio/block_device.h"

#include <string_view>

#include "models/virtio/descriptor_chain.h"
#include "models/virtio/little_endian.h"
#include "models/virtio/virtqueue.h"

namespace cvp {
namespace {

// [VIRTIO: Block Device, Feature bits; Device Operation]
enum Feature : std::uint64_t {
  kSegmentsMax = 1 << 2,
  kReadOnly = 1 << 5,
  kBlockSize = 1 << 6,
  kFlush = 1 << 9
};
enum Type : std::uint32_t { kIn = 0, kOut = 1, kFlushCache = 4, kGetId = 8 };
enum Status : std::uint8_t { kOk = 0, kError = 1, kUnsupported = 2 };

constexpr std::size_t kHeaderBytes = 16, kIdBytes = 20;
constexpr std::string_view kName = "chiplet-vp";

}  // namespace

std::uint64_t BlockDevice::features() const {
  std::uint64_t features = kSegmentsMax | kBlockSize | kFlush;
  if (image_.mode() == DiskMode::kReadOnly) features |= kReadOnly;
  return features;
}

// [VIRTIO: Block Device, Device configuration layout]
std::vector<std::uint8_t> BlockDevice::config() const {
  std::vector<std::uint8_t> config;
  append_little_endian(config, image_.sectors());
  append_little_endian(config, std::uint32_t{0});                         // size_max: not offered.
  append_little_endian(config, std::uint32_t{Virtqueue::kMaxSize - 2u});  // seg_max
  append_little_endian(config, std::uint32_t{0});                         // geometry: not offered.
  append_little_endian(config, std::uint32_t{DiskImage::kSectorBytes});
  return config;
}

bool BlockDevice::inside(std::uint64_t sector, std::uint64_t bytes) const {
  const std::uint64_t count = bytes / DiskImage::kSectorBytes;
  return bytes % DiskImage::kSectorBytes == 0 && bytes <= DescriptorChain::kMaxReadable &&
         sector <= image_.sectors() && count <= image_.sectors() - sector;
}

VirtioAnswer BlockDevice::read(std::uint64_t sector, std::uint64_t bytes) const {
  VirtioAnswer answer{.last = kError, .takes = timing_.of(0)};
  if (!inside(sector, bytes)) return answer;
  std::vector<std::uint8_t> data(bytes);
  if (!image_.read(sector, data)) return answer;
  return {.data = std::move(data), .last = kOk, .takes = timing_.of(bytes)};
}

VirtioAnswer BlockDevice::write(std::uint64_t sector, std::span<const std::uint8_t> data) {
  if (!inside(sector, data.size()) || !image_.write(sector, data)) {
    return {.last = kError, .takes = timing_.of(0)};
  }
  return {.last = kOk, .takes = timing_.of(data.size())};
}

VirtioAnswer BlockDevice::serve(unsigned, std::span<const std::uint8_t> request,
                                std::uint64_t writable) {
  if (request.size() < kHeaderBytes) return {.broken = "block request without a whole header"};
  if (writable == 0) return {.broken = "block request without room for its status"};
  const auto sector = little_endian<std::uint64_t>(request, 8);
  switch (little_endian<std::uint32_t>(request, 0)) {
    case kIn:
      return read(sector, writable - 1);
    case kOut:
      return write(sector, request.subspan(kHeaderBytes));
    case kFlushCache:
      return {.last = image_.flush() ? kOk : kError, .takes = timing_.of(0)};
    case kGetId: {
      std::vector<std::uint8_t> name(kName.begin(), kName.end());
      name.resize(std::min<std::uint64_t>(kIdBytes, writable - 1));
      return {.data = std::move(name), .last = kOk, .takes = timing_.of(0)};
    }
    default:
      return {.last = kUnsupported, .takes = timing_.of(0)};
  }
}

}  // namespace cvp
