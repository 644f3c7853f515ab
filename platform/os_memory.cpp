// SPDX-License-Identifier: Apache-2.0
#include "platform/os_memory.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/cpu/isa.h"
#include "platform/image.h"
#include "platform/path.h"

namespace cvp {
namespace {

constexpr unsigned kMaxNodes = 4;
constexpr unsigned kLocalDistance = 10, kLargestDistance = 254;  // 255: no way there.
constexpr std::uint64_t kMegapage = 2 << 20;

class MapBuilder {
 public:
  explicit MapBuilder(const Package& package) : package_(package) {}

  OsMemoryMap build() {
    add_dram();
    add_cxl();
    add_hbm();
    add_distances();
    return std::move(map_);
  }

 private:
  OsMemory& add(const Die& die, const std::string& name, AddrRange range, std::string path) {
    map_.memories.push_back({name, die.name, nodes_, range, {}, {}});
    paths_.push_back(std::move(path));
    return map_.memories.back();
  }

  void add_dram() {
    for (const Instance* ram : package_.host().of_type("ram")) {
      const AddrRange range = ram->window("map")->range;
      if (range.base < kDramBase) continue;  // Boot SRAM is no main memory.
      add(package_.host(), "host." + ram->name, range, "host DRAM");
      if (dram_base_ == 0 || range.base < dram_base_) dram_base_ = range.base;
    }
    ++nodes_;
  }

  void add_cxl() {
    for (const Device& device : package_.devices) {
      limit(add(*package_.find_die(device.port.die), device.name, package_.direct_range(device),
                device.port.port));
    }
    if (!package_.devices.empty()) ++nodes_;
  }

  void add_hbm() {
    std::vector<const Die*> dies;
    for (const Die& die : package_.dies) {
      if (die.first("hbm_stack")) dies.push_back(&die);
    }
    const unsigned first = nodes_;
    const auto nodes = std::min<std::size_t>(dies.size(), kMaxNodes - first);
    for (std::size_t n = 0; n < dies.size(); ++n) {
      nodes_ = first + static_cast<unsigned>(n * nodes / dies.size());  // Neighbours share one.
      for (const Instance* stack : dies[n]->of_type("hbm_stack")) add_stack(*dies[n], *stack);
    }
    nodes_ = first + static_cast<unsigned>(nodes);
  }

  void add_stack(const Die& die, const Instance& stack) {
    const AddrRange window = stack.window("mem")->range;
    const AddrRange all{die.base() + window.base, window.size};
    OsMemory& memory = add(die, die.name + "." + stack.name, all, die.name + " HBM");
    const std::uint64_t percent = 100 - stack.params["os_share"].integer;
    const std::uint64_t kept = (all.size / 100 * percent + kMegapage - 1) & ~(kMegapage - 1);
    memory.kept = {all.base, percent == 100 ? all.size : kept};
    memory.offered = {memory.kept.end(), all.size - memory.kept.size};
    limit(memory);
  }

  void limit(OsMemory& memory) const {
    const auto isa = Isa::checked(package_.host().first("cpu_cluster")->params["isa"].text);
    if (isa.levels() > 3) return;
    const Addr end = dram_base_ + (std::uint64_t{128} << 30);
    if (memory.offered.end() <= end) return;
    const Addr cut = std::max(memory.offered.base, end);
    memory.unreached = {cut, memory.offered.end() - cut};
    memory.offered.size = cut - memory.offered.base;
  }

  // Of the node from the harts: that of its farthest memory.
  unsigned distance_to(unsigned node, const std::vector<Path>& paths) const {
    unsigned distance = kLocalDistance;
    for (std::size_t n = 0; n < paths_.size(); ++n) {
      if (map_.memories[n].node != node || node == 0) continue;
      const auto path = std::find_if(paths.begin(), paths.end(), [&](const Path& each) {
        return each.from == "hart0" && each.to == paths_[n];
      });
      const double ns = path == paths.end() ? 1e9 : path->latency().nanoseconds();
      const double more = std::clamp(ns / 10, 1.0, double{kLargestDistance - kLocalDistance});
      distance = std::max(distance, kLocalDistance + static_cast<unsigned>(more));
    }
    return distance;
  }

  // All accesses come from node 0, so that the way from one other node to another leads over it.
  void add_distances() {
    const auto paths = reach_paths(package_);
    std::vector<unsigned> from_harts;
    for (unsigned node = 0; node < nodes_; ++node) from_harts.push_back(distance_to(node, paths));
    for (unsigned a = 0; a < nodes_; ++a) {
      auto& row = map_.distances.emplace_back();
      for (unsigned b = 0; b < nodes_; ++b) {
        const unsigned sum = from_harts[a] + from_harts[b] - kLocalDistance;
        row.push_back(a == b ? kLocalDistance : std::min(sum, kLargestDistance));
      }
    }
  }

  const Package& package_;
  OsMemoryMap map_;
  std::vector<std::string> paths_;  // Of each memory: its name in the paths.
  unsigned nodes_ = 0;
  Addr dram_base_ = 0;
};

}  // namespace

bool OsMemoryMap::has_memory(unsigned node) const {
  return std::any_of(memories.begin(), memories.end(), [node](const OsMemory& memory) {
    return memory.node == node && memory.offered.size > 0;
  });
}

OsMemoryMap os_memory(const Package& package) { return MapBuilder(package).build(); }

std::string describe_numa(const Package& package) {
  const OsMemoryMap map = os_memory(package);
  std::string out = "NUMA nodes of an operating system (all harts are in node 0)\n";
  for (unsigned node = 0; node < map.distances.size(); ++node) {
    out += fmt::format("\n  node {}, distances {}\n", node, fmt::join(map.distances[node], " "));
    std::set<std::string> dies;
    for (const OsMemory& memory : map.memories) {
      if (memory.node != node) continue;
      dies.insert(memory.die);
      const auto line = [&](AddrRange range, std::string_view what) {
        if (range.size == 0) return;
        out += fmt::format("    {:<16} {:#015x} .. {:#015x}  {:>10}{}\n", memory.name, range.base,
                           range.end(), format_quantity(Unit::kBytes, range.size), what);
      };
      line(memory.kept, "  kept for the NPU");
      line(memory.offered, "");
      line(memory.unreached, "  left out: above what Sv39 reaches");
    }
    if (dies.size() == 1) continue;
    out += fmt::format("    shared by {}: stock kernels have {} nodes at most\n",
                       fmt::join(dies, ", "), kMaxNodes);
  }
  return out;
}

}  // namespace cvp
