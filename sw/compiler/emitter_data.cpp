// SPDX-License-Identifier: Apache-2.0
//
// Tensor descriptors and the constants image.
#include <cstring>

#include "models/npu/job_abi.h"
#include "sw/compiler/emitter.h"

namespace cvp {
namespace {

NpuTensor empty_tensor() {
  NpuTensor tensor{};
  tensor.type = kNpuTypeInt8;
  for (int d = 0; d < NPU_RANK; ++d) tensor.dims[d] = tensor.box[d] = tensor.step[d] = 1;
  return tensor;
}

void set_dimension(NpuTensor& tensor, std::uint64_t dim, std::uint64_t box, std::uint64_t stride) {
  const int d = tensor.rank++;
  tensor.dims[d] = static_cast<std::uint32_t>(dim);
  tensor.box[d] = static_cast<std::uint32_t>(box);
  tensor.stride[d] = static_cast<std::int64_t>(stride);
}

}  // namespace

std::vector<std::uint8_t> Emitter::pack_weights(const Layer& l, std::uint32_t first,
                                                std::uint32_t count) const {
  const std::size_t outputs = l.bias.size(), k = l.weights.size() / outputs;
  const Shape& in = shape(l.inputs[0]);
  const std::size_t pixels = static_cast<std::size_t>(in.height) * in.width;
  const std::size_t taps = static_cast<std::size_t>(l.window.kernel_height) * l.window.kernel_width;
  const bool stored_channels_first = network_.channels_first(l.inputs[0]);
  std::vector<std::uint8_t> block(weight_block_bytes(l, count), 0);
  for (std::size_t i = 0; i < k; ++i) {
    for (std::uint32_t o = 0; o < count; ++o) {
      std::int8_t weight;
      if (l.kind == LayerKind::kConvolution) {  // i counts [ky, kx][channel].
        weight = l.weights[((first + o) * static_cast<std::size_t>(in.channels) + i % in.channels) *
                               taps +
                           i / in.channels];
      } else {  // i counts the input as it is stored.
        const std::size_t natural =
            stored_channels_first ? i : i % in.channels * pixels + i / in.channels;
        weight = l.weights[natural * outputs + first + o];
      }
      block[i * count + o] = static_cast<std::uint8_t>(weight);
    }
  }
  std::uint8_t* bias = block.data() + (k * count + 3) / 4 * 4;
  std::memcpy(bias, l.bias.data() + first, count * 4);
  std::memcpy(bias + count * 4, l.scale.data() + first, count * 4);
  return block;
}

std::uint16_t Emitter::image_tensor(const Place& place, const Shape& s, std::uint32_t rows,
                                    std::uint32_t width, std::uint32_t channels, int fill) {
  NpuTensor tensor = empty_tensor();
  tensor.region = place.region;
  tensor.address_register = place.address_register;
  tensor.offset = place.offset;
  tensor.fill = static_cast<std::uint8_t>(fill);
  const std::uint64_t c = s.channels, w = s.width, h = s.height;
  set_dimension(tensor, options_.batch, 1, place.image_stride);
  if (place.contiguous && channels == c) {
    set_dimension(tensor, h, rows, w * c);
    set_dimension(tensor, w * c, std::uint64_t{width} * channels, 1);
  } else {
    set_dimension(tensor, h, rows, place.contiguous ? w * c : w);
    set_dimension(tensor, w, width, place.contiguous ? c : 1);
    set_dimension(tensor, c, channels, place.contiguous ? 1 : h * w);
  }
  return intern(tensor);
}

std::uint16_t Emitter::flat_tensor(const Place& place, std::uint64_t elements, std::uint32_t images,
                                   std::uint32_t count) {
  NpuTensor tensor = empty_tensor();
  tensor.region = place.region;
  tensor.address_register = place.address_register;
  tensor.offset = place.offset;
  set_dimension(tensor, options_.batch, images, place.image_stride);
  set_dimension(tensor, elements, count, 1);
  return intern(tensor);
}

std::uint16_t Emitter::constant_tensor(std::uint64_t offset, std::uint64_t bytes) {
  NpuTensor tensor = empty_tensor();
  tensor.region = NPU_JOB_REGION_CONSTANTS;
  tensor.offset = offset;
  constexpr std::uint64_t kOneRow = 65536;
  if (bytes > kOneRow) {
    set_dimension(tensor, bytes / kLoadRowBytes, bytes / kLoadRowBytes, kLoadRowBytes);
    bytes = kLoadRowBytes;
  }
  set_dimension(tensor, bytes, bytes, 1);
  return intern(tensor);
}

std::uint16_t Emitter::intern(const NpuTensor& tensor) {
  const std::string key(reinterpret_cast<const char*>(&tensor), sizeof tensor);
  const auto [found, added] =
      interned_.emplace(key, static_cast<std::uint16_t>(tensors_.size() & 0xffff));
  if (added) tensors_.push_back(tensor);
  return found->second;
}

}  // namespace cvp
