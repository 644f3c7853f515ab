// SPDX-License-Identifier: Apache-2.0
//
// Writes the commands. Private to the compiler.
//
// A tile goes LD -> MM -> VEC -> ST (pooling and adding: LD -> VEC -> ST) through pairs of buffers:
//
//   LD   waits input_free[p]                fills INPUT[p]          posts mm_full[p] or vec_full[p]
//   MM   waits mm_full[p], acc_free         fills ACCUMULATORS[q]   posts input_free[p], acc_full
//   VEC  waits acc_full, out_free           fills OUTPUT[p]         posts acc_free, out_full
//   ST   waits out_full                     empties OUTPUT[p]       posts out_free, done
//
// p and q alternate, so that the LD of the next tile, and the VEC and ST of the last one, run while
// the MM works. A layer's tiles wait for `done` of the layer before, image by image where both work
// on single images. All semaphores start at zero: the first two LOADs hand out the credits.
//
// A pass covers a group of output channels. Its block of weights, biases and scales is loaded once
// and stays for all images; WEIGHTS is a pair, too. The block of the next but one pass waits for
// `weights_free`, which the stores of every pass but a layer's last one post. After a last pass no
// credit is needed: the LDs of the following layer have waited for all of it already.
//
// Images are walked by a LOOP that steps the regions' address registers.
#pragma once

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "models/npu/npu_abi.h"
#include "sw/compiler/compiler.h"

namespace cvp {

class Emitter {
 public:
  Emitter(const Network& network, const CompileOptions& options);
  CompiledProgram run();

 private:
  /// Where an activation lies.
  struct Place {
    std::uint8_t region = 0, address_register = 0;
    std::uint64_t offset = 0, image_stride = 0;
    bool contiguous = true;  // Channels-last, or the same thing.
  };
  /// A tile, as the emitter walks them.
  struct Tile {
    std::size_t layer;
    std::uint32_t pass, group;      // `group` counts images, or chunks of images.
    std::uint32_t first_row, rows;  // Of the output; images when fully connected.
    std::uint32_t first_channel, channels;
    bool wait_image = false;  // Of the layer before.
    unsigned parity = 0;
  };
  struct Semaphore {
    std::uint8_t number;
    std::uint32_t count;
  };
  using Semaphores = std::vector<Semaphore>;

  void place_activations();
  void emit_layer(std::size_t layer);
  void emit_weights(std::size_t layer, std::uint32_t pass);
  void emit_groups(std::size_t layer, std::uint32_t pass);
  void emit_group(std::size_t layer, std::uint32_t pass, std::uint32_t group);
  void begin_loop(std::size_t layer, std::uint32_t count, std::uint64_t groups);
  void end_loop();
  void emit_tile(const Tile& tile);
  void emit_loads(const Tile& tile);
  void emit_matmuls(const Tile& tile, unsigned accumulators);
  void emit_requantise(const Tile& tile, unsigned accumulators);
  void emit_pool(const Tile& tile);
  void emit_add(const Tile& tile);
  void emit_stores(const Tile& tile);
  void fence(const Semaphores& waits, const Semaphores& posts);

  std::vector<std::uint8_t> pack_weights(const Layer& layer, std::uint32_t first,
                                         std::uint32_t count) const;
  std::uint16_t image_tensor(const Place& place, const Shape& shape, std::uint32_t rows,
                             std::uint32_t width, std::uint32_t channels, int fill);
  std::uint16_t flat_tensor(const Place& place, std::uint64_t elements, std::uint32_t images,
                            std::uint32_t count);
  std::uint16_t constant_tensor(std::uint64_t offset, std::uint64_t bytes);
  std::uint16_t intern(const NpuTensor& tensor);
  void push(NpuCommand command, NpuOpcode opcode, NpuQueue queue, const Semaphores& waits = {},
            const Semaphores& posts = {});

  // Facts about layers.
  const Layer& layer(std::size_t i) const { return network_.layers[i]; }
  const Tiling& tiling(std::size_t i) const { return scratchpad_.layers[i]; }
  const Shape& shape(int activation) const { return network_.activations[activation].shape; }
  const Shape& out(std::size_t i) const { return shape(layer(i).output); }
  bool by_chunks(std::size_t i) const { return layer(i).kind == LayerKind::kFullyConnected; }
  bool has_weights(std::size_t i) const { return !layer(i).bias.empty(); }
  std::uint32_t passes(std::size_t i) const;
  std::uint32_t groups(std::size_t i) const;
  std::uint32_t tiles(std::size_t i) const;  // In a group.
  std::uint32_t buffer(Buffer which, unsigned parity) const {
    return scratchpad_.buffers[which][parity];
  }
  /// Pixels of a tile from first to last, unstored ones between rows included.
  std::uint32_t pixels(const Tile& tile) const;

  const Network& network_;
  const CompileOptions options_;
  ScratchpadPlan scratchpad_;
  CompiledProgram result_;
  std::vector<Place> places_;
  std::vector<NpuCommand> commands_;
  std::vector<NpuTensor> tensors_;
  std::map<std::string, std::uint16_t> interned_;
  unsigned io_parity_ = 0, accumulator_parity_ = 0;
  std::vector<std::uint32_t> weight_credits_;  // A pass: stores that post weights_free; 0: none.
  unsigned weight_buffer_ = 0;                 // Of the current pass.
};

}  // namespace cvp
