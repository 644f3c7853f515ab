// SPDX-License-Identifier: Apache-2.0
//
// Order of commands: layers, passes, groups, tiles. What a tile does is in emitter_tile.cpp.
#include "sw/compiler/emitter.h"

#include <algorithm>

#include "models/npu/job_abi.h"
#include "sw/compiler/emitter_semaphores.h"

namespace cvp {
namespace {

constexpr std::uint64_t kAlignment = 64;
constexpr std::uint32_t kMaxCredits = 65535;

std::uint64_t align(std::uint64_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

template <class T>
void append(std::vector<std::uint8_t>& bytes, const std::vector<T>& items) {
  const auto* begin = reinterpret_cast<const std::uint8_t*>(items.data());
  bytes.insert(bytes.end(), begin, begin + items.size() * sizeof(T));
}

}  // namespace

Emitter::Emitter(const Network& network, const CompileOptions& options)
    : network_(network),
      options_(options),
      scratchpad_(plan_scratchpad(network, options.geometry, options.batch)) {}

std::uint32_t Emitter::passes(std::size_t i) const {
  return (out(i).channels + tiling(i).channels - 1) / tiling(i).channels;
}

std::uint32_t Emitter::groups(std::size_t i) const {
  return by_chunks(i) ? (options_.batch + tiling(i).rows - 1) / tiling(i).rows : options_.batch;
}

std::uint32_t Emitter::tiles(std::size_t i) const {
  return by_chunks(i) ? 1 : (out(i).height + tiling(i).rows - 1) / tiling(i).rows;
}

CompiledProgram Emitter::run() {
  result_.name = network_.name;
  result_.geometry = options_.geometry;
  result_.batch = options_.batch;
  result_.keep_layers = options_.keep_layers;
  result_.input_shape = shape(network_.input);
  result_.output_shape = shape(network_.output);
  result_.input_quantisation = network_.input_quantisation;
  result_.output_quantisation = network_.output_quantisation;
  result_.input_dims = network_.input_dims;
  result_.output_dims = network_.output_dims;
  result_.input_bytes = result_.input_shape.elements();
  result_.output_bytes = result_.output_shape.elements();
  if (result_.output_shape.height * result_.output_shape.width == 1) {
    result_.classes = result_.output_shape.channels;
  }
  place_activations();

  result_.constants.assign(kZeroPageBytes, 0);
  fence({}, {{kInputFree, 1}, {kInputFree + 1, 1}});
  fence({}, {{kAccumulatorsFree, 2}, {kOutputFree, 2}});
  for (std::size_t i = 0; i < network_.layers.size(); ++i) emit_layer(i);
  push({}, kNpuOpEnd, kNpuQueueLd);

  NpuProgramHeader header{};
  header.magic = NPU_PROGRAM_MAGIC;
  header.abi_major = NPU_ABI_MAJOR;
  header.abi_minor = NPU_ABI_MINOR;
  header.features = NPU_FEATURE_INT8;
  for (const Layer& layer : network_.layers) {
    if (layer.kind == LayerKind::kAdd) header.features |= NPU_FEATURE_ADD;
    if (layer.kind == LayerKind::kMaxPool || layer.kind == LayerKind::kAveragePool) {
      header.features |= NPU_FEATURE_POOL;
    }
  }
  header.rows = static_cast<std::uint16_t>(options_.geometry.rows);
  header.columns = static_cast<std::uint16_t>(options_.geometry.columns);
  header.scratchpad_bytes = scratchpad_.used_bytes;
  header.semaphores = kSemaphoreCount;
  header.command_count = static_cast<std::uint32_t>(commands_.size());
  header.tensor_count = static_cast<std::uint32_t>(tensors_.size());
  header.tensors_offset = sizeof(NpuProgramHeader);
  header.commands_offset =
      static_cast<std::uint32_t>(header.tensors_offset + tensors_.size() * sizeof(NpuTensor));
  header.total_bytes =
      static_cast<std::uint32_t>(header.commands_offset + commands_.size() * sizeof(NpuCommand));
  append(result_.program, std::vector{header});
  append(result_.program, tensors_);
  append(result_.program, commands_);
  return std::move(result_);
}

void Emitter::place_activations() {
  std::uint64_t block = 0;
  places_.resize(network_.activations.size());
  for (std::size_t i = 0; i < places_.size(); ++i) {
    Place& place = places_[i];
    const Shape& s = shape(static_cast<int>(i));
    place.contiguous =
        !network_.channels_first(static_cast<int>(i)) || s.channels == 1 || s.height * s.width == 1;
    if (static_cast<int>(i) == network_.input) {
      place.region = NPU_JOB_REGION_INPUT;
      place.address_register = 1;
      place.image_stride = s.elements();
    } else if (static_cast<int>(i) == network_.output) {
      place.region = NPU_JOB_REGION_OUTPUT;
      place.address_register = 2;
      place.image_stride = s.elements();
    } else {
      place.region = NPU_JOB_REGION_LAYERS;
      place.address_register = options_.keep_layers ? 3 : 5;
      place.offset = block;
      block += align(s.elements());
    }
  }
  for (Place& place : places_) {
    if (place.region == NPU_JOB_REGION_LAYERS) place.image_stride = block;
  }
  (options_.keep_layers ? result_.layer_bytes : result_.scratch_bytes) =
      options_.keep_layers ? block : block * options_.batch;
  for (std::size_t i = 0; i < network_.layers.size(); ++i) {
    const Activation& activation = network_.activations[layer(i).output];
    const Place& place = places_[layer(i).output];
    result_.layers.push_back({activation.name, layer(i).node, to_string(layer(i).kind),
                              activation.shape, place.region, place.offset, place.image_stride,
                              network_.channels_first(layer(i).output), network_.macs(layer(i)),
                              tiling(i).rows, tiling(i).channels});
  }
}

void Emitter::emit_layer(std::size_t i) {
  if (2ull * groups(i) * tiles(i) > kMaxCredits) {
    throw CompileError(network_.file, layer(i).node,
                       "has too many tiles for a semaphore: use a smaller batch");
  }
  for (std::uint32_t pass = 0; pass < passes(i); ++pass) {
    if (has_weights(i)) emit_weights(i, pass);
    if (pass == 0 && i > 0 && (by_chunks(i) || by_chunks(i - 1))) {
      fence({{done_of(i - 1), groups(i - 1) * tiles(i - 1)}}, {});
    }
    emit_groups(i, pass);
  }
}

void Emitter::emit_weights(std::size_t i, std::uint32_t pass) {
  const std::uint32_t first = pass * tiling(i).channels;
  const std::uint32_t count = std::min<std::uint32_t>(tiling(i).channels, out(i).channels - first);
  const std::uint64_t offset = result_.constants.size();
  const std::vector<std::uint8_t> block = pack_weights(layer(i), first, count);
  result_.constants.insert(result_.constants.end(), block.begin(), block.end());

  const std::size_t number = weight_credits_.size();
  const bool last = pass + 1 == passes(i);
  weight_credits_.push_back(last ? 0 : groups(i) * tiles(i));
  weight_buffer_ = number % 2;
  Semaphores waits;
  if (number >= 2 && weight_credits_[number - 2] != 0) {
    waits.push_back({kWeightsFree, weight_credits_[number - 2]});
  }
  NpuCommand load{};
  load.dma.scratchpad = buffer(kWeights, weight_buffer_);
  load.dma.tensor = constant_tensor(offset, block.size());
  load.dma.row_pitch = tensors_[load.dma.tensor].box[tensors_[load.dma.tensor].rank - 1];
  push(load, kNpuOpLoad, kNpuQueueLd, waits);
}

void Emitter::emit_groups(std::size_t i, std::uint32_t pass) {
  // Of groups that are alike: the last chunk of images may be smaller.
  const std::uint32_t alike = by_chunks(i) ? options_.batch / tiling(i).rows : groups(i);
  // A round has an even number of tiles, so that the buffers alternate from round to round, too.
  const std::uint32_t per_round = tiles(i) % 2 == 0 ? 1 : 2;
  const std::uint32_t rounds = alike / per_round;
  std::uint32_t group = 0;
  if (rounds >= 2) {
    begin_loop(i, rounds, per_round);
    for (; group < per_round; ++group) emit_group(i, pass, group);
    end_loop();
    group = rounds * per_round;
  }
  for (; group < groups(i); ++group) emit_group(i, pass, group);
}

void Emitter::emit_group(std::size_t i, std::uint32_t pass, std::uint32_t group) {
  Tile tile{};
  tile.layer = i;
  tile.pass = pass;
  tile.group = group;
  tile.first_channel = pass * tiling(i).channels;
  tile.channels = std::min<std::uint32_t>(tiling(i).channels, out(i).channels - tile.first_channel);
  const std::uint32_t rows = by_chunks(i) ? options_.batch : out(i).height;
  for (std::uint32_t t = 0; t < tiles(i); ++t) {
    tile.first_row = (by_chunks(i) ? group : t) * tiling(i).rows;
    tile.rows = std::min(tiling(i).rows, rows - tile.first_row);
    tile.wait_image = pass == 0 && t == 0 && i > 0 && !by_chunks(i) && !by_chunks(i - 1);
    emit_tile(tile);
  }
}

void Emitter::begin_loop(std::size_t i, std::uint32_t count, std::uint64_t groups_a_round) {
  NpuCommand loop{};
  loop.loop.count = count;
  const std::uint64_t images = groups_a_round * (by_chunks(i) ? tiling(i).rows : 1);
  std::vector<int> stepped = layer(i).inputs;
  stepped.push_back(layer(i).output);
  std::size_t slot = 0;
  for (const int activation : stepped) {
    const Place& place = places_[activation];
    const std::uint8_t* begin = loop.loop.step_register;
    if (std::count(begin, begin + slot, place.address_register) != 0) continue;
    loop.loop.step_register[slot] = place.address_register;
    loop.loop.step[slot] = static_cast<std::int64_t>(images * place.image_stride);
    ++slot;
  }
  push(loop, kNpuOpLoop, kNpuQueueLd);
}

void Emitter::end_loop() { push({}, kNpuOpEndLoop, kNpuQueueLd); }

void Emitter::fence(const Semaphores& waits, const Semaphores& posts) {
  NpuCommand load{};
  load.dma.tensor = constant_tensor(0, kZeroPageBytes);
  load.dma.row_pitch = kZeroPageBytes;
  push(load, kNpuOpLoad, kNpuQueueLd, waits, posts);
}

void Emitter::push(NpuCommand command, NpuOpcode opcode, NpuQueue queue, const Semaphores& waits,
                   const Semaphores& posts) {
  NpuCommandHead& head = command.head;
  head.opcode = static_cast<std::uint8_t>(opcode);
  head.queue = static_cast<std::uint8_t>(queue);
  for (std::size_t i = 0; i < waits.size(); ++i) {
    head.wait_semaphore[i] = waits[i].number;
    head.wait_count[i] = static_cast<std::uint16_t>(waits[i].count);
  }
  for (std::size_t i = 0; i < posts.size(); ++i) {
    head.post_semaphore[i] = posts[i].number;
    head.post_count[i] = static_cast<std::uint16_t>(posts[i].count);
  }
  commands_.push_back(command);
  if (commands_.size() > NPU_MAX_COMMANDS || tensors_.size() > NPU_MAX_TENSORS) {
    throw CompileError(network_.file, "",
                       "needs more than the " + std::to_string(NPU_MAX_COMMANDS) + " commands or " +
                           std::to_string(NPU_MAX_TENSORS) +
                           " tensors of a program: use a larger scratchpad or a smaller batch");
  }
}

}  // namespace cvp
