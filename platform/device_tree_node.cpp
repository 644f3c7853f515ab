// SPDX-License-Identifier: Apache-2.0
//
// A device tree in memory, its text and its blob.
#include <libfdt.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "platform/device_tree.h"

namespace cvp {
namespace {

void print(const DtNode& node, int depth, std::string& out) {
  const std::string indent(static_cast<std::size_t>(depth) * 4, ' ');
  out += fmt::format("{}{} {{\n", indent, node.name.empty() ? "/" : node.name);
  for (const DtProperty& property : node.properties) {
    out += fmt::format("{}    {}", indent, property.name);
    if (property.kind == DtProperty::Kind::kStrings) {
      out += fmt::format(" = \"{}\"", fmt::join(property.strings, "\", \""));
    } else if (property.kind == DtProperty::Kind::kCells) {
      out += " = <";
      for (std::size_t i = 0; i < property.cells.size(); ++i) {
        out += fmt::format("{}{:#x}", i ? " " : "", property.cells[i]);
      }
      out += ">";
    }
    out += ";\n";
  }
  for (const DtNode& child : node.children) {
    out += "\n";
    print(child, depth + 1, out);
  }
  out += indent + "};\n";
}

void check(int result) { CVP_CHECK(result == 0, "libfdt: ", fdt_strerror(result)); }

void write(const DtNode& node, void* blob) {
  check(fdt_begin_node(blob, node.name.c_str()));
  for (const DtProperty& property : node.properties) {
    std::vector<std::uint8_t> bytes;
    for (const std::string& text : property.strings) {
      bytes.insert(bytes.end(), text.begin(), text.end());
      bytes.push_back(0);
    }
    for (const std::uint32_t cell : property.cells) {
      for (int shift = 24; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<std::uint8_t>(cell >> shift));
      }
    }
    check(fdt_property(blob, property.name.c_str(), bytes.data(), static_cast<int>(bytes.size())));
  }
  for (const DtNode& child : node.children) write(child, blob);
  check(fdt_end_node(blob));
}

}  // namespace

DtNode& DtNode::flag(std::string key) {
  properties.push_back({.name = std::move(key)});
  return *this;
}

DtNode& DtNode::text(std::string key, std::vector<std::string> values) {
  properties.push_back(
      {.name = std::move(key), .kind = DtProperty::Kind::kStrings, .strings = std::move(values)});
  return *this;
}

DtNode& DtNode::cells(std::string key, std::vector<std::uint32_t> values) {
  properties.push_back(
      {.name = std::move(key), .kind = DtProperty::Kind::kCells, .cells = std::move(values)});
  return *this;
}

DtNode& DtNode::cells64(std::string key, const std::vector<std::uint64_t>& values) {
  std::vector<std::uint32_t> halves;
  for (const std::uint64_t value : values) {
    halves.push_back(static_cast<std::uint32_t>(value >> 32));
    halves.push_back(static_cast<std::uint32_t>(value));
  }
  return cells(std::move(key), std::move(halves));
}

DtNode& DtNode::add(DtNode child) {
  children.push_back(std::move(child));
  return children.back();
}

std::string to_dts(const DtNode& root) {
  std::string out = "/dts-v1/;\n\n";
  print(root, 0, out);
  return out;
}

std::vector<std::uint8_t> to_dtb(const DtNode& root) {
  std::vector<std::uint8_t> blob(1 << 20);
  check(fdt_create(blob.data(), static_cast<int>(blob.size())));
  check(fdt_finish_reservemap(blob.data()));
  write(root, blob.data());
  check(fdt_finish(blob.data()));
  blob.resize(fdt_totalsize(blob.data()));
  return blob;
}

}  // namespace cvp
