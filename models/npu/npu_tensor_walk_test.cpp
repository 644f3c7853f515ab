// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <random>

#include "models/npu/npu_tensor_walk.h"
#include "tests/harness/archive.h"

namespace cvp {
namespace {

constexpr std::size_t kRegion = 600, kScratchpad = 8192;

struct Box {
  NpuTensor tensor{};
  NpuDma dma{};
};

Box random_box(std::mt19937& random) {
  Box box;
  NpuTensor& tensor = box.tensor;
  tensor.type = random() % 2 ? kNpuTypeInt8 : kNpuTypeInt32;
  tensor.rank = static_cast<std::uint8_t>(1 + random() % NPU_RANK);
  tensor.fill = static_cast<std::uint32_t>(random());
  tensor.offset = random() % 1024;
  const auto bytes = static_cast<std::int64_t>(element_bytes(tensor.type));
  std::int64_t dense = bytes;
  for (std::size_t d = NPU_RANK; d-- > 0;) {
    const bool used = d < tensor.rank;
    tensor.dims[d] = used ? 1 + random() % 5 : 1;
    tensor.box[d] = used ? 1 + random() % 4 : 1;
    tensor.step[d] = static_cast<std::uint16_t>(1 + random() % 2);
    if (used) {
      tensor.stride[d] = random() % 3 ? dense : static_cast<std::int64_t>(random() % 200) - 60;
      dense *= tensor.dims[d];
      box.dma.start[d] = static_cast<std::int32_t>(random() % 6) - 3;
    }
  }
  box.dma.scratchpad = random() % 256;
  box.dma.row_pitch =
      tensor.box[tensor.rank - 1] * static_cast<std::uint32_t>(bytes) + random() % 8;
  return box;
}

// The definition in npu_abi.h, element by element; false if an element lies outside the region.
bool load_by_definition(const Box& box, const std::vector<std::uint8_t>& region,
                        std::vector<std::uint8_t>& scratchpad) {
  const NpuTensor& t = box.tensor;
  const std::uint32_t bytes = element_bytes(t.type);
  const std::uint32_t inner = t.box[t.rank - 1];
  std::size_t elements = 1;
  for (const auto side : t.box) elements *= side;
  for (std::size_t n = 0; n < elements; ++n) {
    std::int64_t offset = static_cast<std::int64_t>(t.offset);
    bool inside = true;
    std::size_t rest = n;
    for (std::size_t d = NPU_RANK; d-- > 0;) {
      const std::int64_t at =
          box.dma.start[d] + static_cast<std::int64_t>(rest % t.box[d]) * t.step[d];
      rest /= t.box[d];
      inside = inside && at >= 0 && at < static_cast<std::int64_t>(t.dims[d]);
      offset += at * t.stride[d];
    }
    if (inside && (offset < 0 || offset + bytes > static_cast<std::int64_t>(region.size()))) {
      return false;
    }
    const std::size_t to = box.dma.scratchpad + n / inner * box.dma.row_pitch + n % inner * bytes;
    for (std::uint32_t i = 0; i < bytes; ++i) {
      scratchpad[to + i] = inside ? region[static_cast<std::size_t>(offset) + i]
                                  : static_cast<std::uint8_t>(t.fill >> (8 * i));
    }
  }
  return true;
}

TEST_CASE("NpuTensorWalk moves what the definition says for random boxes", "[unit][npu]") {
  std::mt19937 random(1);
  std::vector<std::uint8_t> region(kRegion);
  for (auto& byte : region) byte = static_cast<std::uint8_t>(random());
  unsigned inside = 0, outside = 0;
  for (int round = 0; round < 5000; ++round) {
    CAPTURE(round);
    const Box box = random_box(random);
    std::vector<std::uint8_t> expected(kScratchpad, 0), got(kScratchpad, 0);
    NpuTensorWalk walk(box.tensor, box.dma, 0, 0);
    NpuExtent extent;
    const bool fits = load_by_definition(box, region, expected);
    REQUIRE(fits == !walk.region_extent(kRegion, extent));
    (fits ? inside : outside)++;
    if (!fits) continue;
    const auto used = walk.scratchpad_extent(kScratchpad);
    REQUIRE(used);
    for (int piece_number = 0; !walk.done(); ++piece_number) {
      if (piece_number == 2) {  // Saved and loaded in the middle.
        NpuTensorWalk copy;
        load(copy, save(walk));
        walk = copy;
      }
      const NpuPiece piece = walk.next();
      REQUIRE(piece.scratchpad >= used->begin);
      REQUIRE(piece.scratchpad + piece.bytes <= used->end);
      if (!piece.fill) {
        REQUIRE(piece.offset >= extent.begin);
        REQUIRE(piece.offset + piece.bytes <= extent.end);
      }
      for (std::uint32_t i = 0; i < piece.bytes; ++i) {
        got[piece.scratchpad + i] =
            piece.fill ? static_cast<std::uint8_t>(walk.fill() >> (8 * (i % walk.element())))
                       : region[piece.offset + i];
      }
    }
    const bool same = got == expected;
    REQUIRE(same);
  }
  CHECK(inside > 1000);
  CHECK(outside > 100);
}

TEST_CASE("NpuTensorWalk keeps its arithmetic in range at the ends of 64 bits", "[unit][npu]") {
  Box box;
  box.tensor.type = kNpuTypeInt32;
  box.tensor.rank = NPU_RANK;
  for (std::size_t d = 0; d < NPU_RANK; ++d) {
    box.tensor.dims[d] = 0xffff'ffff;
    box.tensor.box[d] = 65536;
    box.tensor.step[d] = 0xffff;
    box.tensor.stride[d] = d % 2 ? INT64_MIN : INT64_MAX;
    box.dma.start[d] = d % 2 ? INT32_MIN : INT32_MAX;
  }
  box.dma.row_pitch = 0xffff'ffff;
  NpuTensorWalk walk(box.tensor, box.dma, ~std::uint64_t{0}, ~std::uint64_t{0});
  NpuExtent extent;
  CHECK(walk.region_extent(~std::uint64_t{0}, extent).status == kNpuStatusRegion);
  CHECK_FALSE(walk.scratchpad_extent(1 << 20));
}

}  // namespace
}  // namespace cvp
