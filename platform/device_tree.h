// SPDX-License-Identifier: Apache-2.0
//
// The device tree of a package: what firmware learns about it. One tree in memory, from which both
// the source text and the blob are written. No SystemC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/package.h"

namespace cvp {

struct DtProperty {
  enum class Kind : std::uint8_t { kEmpty, kStrings, kCells };
  std::string name;
  Kind kind = Kind::kEmpty;
  std::vector<std::string> strings = {};
  std::vector<std::uint32_t> cells = {};
};

struct DtNode {
  std::string name;
  std::vector<DtProperty> properties = {};
  std::vector<DtNode> children = {};

  DtNode& flag(std::string key);
  DtNode& text(std::string key, std::vector<std::string> values);
  DtNode& cells(std::string key, std::vector<std::uint32_t> values);
  /// 64-bit values as pairs of cells.
  DtNode& cells64(std::string key, const std::vector<std::uint64_t>& values);
  DtNode& add(DtNode child);
};

/// What the first stage enters, and what a kernel finds under /chosen.
struct OsHandOver {
  Addr bios = 0;
  Addr kernel = 0;   ///< 0: none.
  AddrRange initrd;  ///< Size 0: none.
};

struct DeviceTreeOptions {
  std::string bootargs;
  AddrRange job;  ///< A job blob in host DRAM; size 0: none.
  std::optional<OsHandOver> os = {};
};

/// Bytes of a flattened tree that fit behind the boot code in the boot ROM.
inline constexpr std::uint64_t kDeviceTreeRomOffset = 0x400;

DtNode make_device_tree(const Package& package, const DeviceTreeOptions& options = {});
std::string to_dts(const DtNode& root);
std::vector<std::uint8_t> to_dtb(const DtNode& root);

}  // namespace cvp
