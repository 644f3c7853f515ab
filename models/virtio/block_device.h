// SPDX-License-Identifier: Apache-2.0
//
// A disk: reads, writes, flushes, its name. No SystemC. [VIRTIO: Block Device]
#pragma once

#include "models/virtio/disk_image.h"
#include "models/virtio/virtio_device.h"

namespace cvp {

class BlockDevice : public VirtioDevice {
 public:
  BlockDevice(DiskImage image, const VirtioTiming& timing)
      : image_(std::move(image)), timing_(timing) {}

  std::uint32_t id() const override { return 2; }
  std::uint64_t features() const override;
  unsigned queues() const override { return 1; }
  std::vector<std::uint8_t> config() const override;
  VirtioAnswer serve(unsigned queue, std::span<const std::uint8_t> request,
                     std::uint64_t writable) override;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(image_);
  }

 private:
  bool inside(std::uint64_t sector, std::uint64_t bytes) const;
  VirtioAnswer read(std::uint64_t sector, std::uint64_t bytes) const;
  VirtioAnswer write(std::uint64_t sector, std::span<const std::uint8_t> data);

  DiskImage image_;
  VirtioTiming timing_;
};

}  // namespace cvp
