// SPDX-License-Identifier: Apache-2.0
#include "platform/outside/pcap_file.h"

#include <initializer_list>

namespace cvp {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

// Little-endian, as the magic number shows.
std::vector<std::uint8_t> words(std::initializer_list<std::uint64_t> values) {
  std::vector<std::uint8_t> bytes;
  for (const std::uint64_t value : values) {
    for (int shift = 0; shift < 32; shift += 8) {
      bytes.push_back(static_cast<std::uint8_t>(value >> shift));
    }
  }
  return bytes;
}

}  // namespace

std::unique_ptr<PcapFile> PcapFile::open(const std::string& path, const std::string& option,
                                         Diagnostics& diagnostics) {
  auto file = GrowingFile::open(path, option, diagnostics);
  if (!file) return {};
  return std::unique_ptr<PcapFile>(new PcapFile(std::move(*file)));
}

void PcapFile::start() {
  constexpr std::uint64_t kNanoseconds = 0xa1b2'3c4d, kVersion = 4 << 16 | 2, kLongest = 1 << 18,
                          kEthernet = 1;
  file_.start();
  file_.write(words({kNanoseconds, kVersion, 0, 0, kLongest, kEthernet}));
}

void PcapFile::record(std::span<const std::uint8_t> frame, std::uint64_t nanoseconds) {
  file_.write(words({nanoseconds / kSecond, nanoseconds % kSecond, frame.size(), frame.size()}));
  file_.write(frame);
}

}  // namespace cvp
