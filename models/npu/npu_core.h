// SPDX-License-Identifier: Apache-2.0
//
// The NPU cluster without SystemC: one context with its rings, program fetch, sequencer, four
// queues, scratchpad. Everything pending is data in members; time comes in with each call.
//
// Life of a submission: fetch it, fetch the program's header, fetch the rest, check all of it, run,
// write the completion, send the interrupt. A fault drops what is queued, waits for what is in
// flight, and ends in one completion; the context then stays stopped until it is reset.
#pragma once

#include <deque>
#include <map>
#include <optional>

#include "models/npu/npu_dma.h"
#include "models/npu/npu_matrix.h"
#include "models/npu/npu_params.h"
#include "models/npu/npu_port.h"
#include "models/npu/npu_regs.h"

namespace cvp {

class NpuCore {
 public:
  enum Op : std::uint32_t { kKick, kReset, kSequencer, kTileStart, kTileEnd, kVectorEnd };

  NpuCore(const NpuParams& params, NpuRegs& regs, NpuPort& port);

  /// The registers have changed (kKick), the context is to be reset (kReset), or a time that was
  /// asked for has come.
  void wake(Femtoseconds now, std::uint32_t op, std::uint64_t arg);
  void burst_done(Femtoseconds now, std::uint64_t tag, std::span<const std::uint8_t> data, bool ok,
                  bool poison);
  /// The die's reset: as kReset, and the scratchpad and all registers are cleared.
  void reset_all(Femtoseconds now);

  std::span<std::uint8_t> scratchpad() { return scratchpad_; }
  NpuStatistics statistics() const;
  const NpuCounters& counters() const { return statistics_.counters; }
  /// What it waits for, in words; empty when idle.
  std::string waiting() const;

  /// `regs` is saved by its owner.
  template <class Archive>
  void serialize(Archive& archive) {
    archive(state_, generation_, now_, flights_, next_tag_, work_in_flight_, completions_,
            completion_in_flight_, fault_, tag_, interrupt_);
    serialize_plain(archive, submission_);
    archive(program_, fetched_, fetch_next_, fetch_left_);
    archive(sequencer_, semaphores_, sequencer_budget_, sequencer_waits_, posters_, post_count_);
    archive(queues_, load_, store_, sync_, matrix_, vector_, vector_start_, scratchpad_);
    archive(port_backlog_, category_, since_, begin_, tile_active_, tile_shift_, tile_stalled_,
            matrix_start_, statistics_);
  }

 private:
  enum class State : std::uint8_t {
    kIdle,
    kSubmission,
    kHeader,
    kProgram,
    kRunning,
    kFailing,
    kStopped,
    kDraining,
  };
  enum class Kind : std::uint8_t {
    kSubmission,
    kHeader,
    kProgram,
    kLoad,
    kStore,
    kSync,
    kCompletion,
    kInterrupt,
  };
  struct Flight {
    Kind kind = Kind::kSubmission;
    std::uint64_t generation = 0;
    std::uint64_t offset = 0;  // Of a program part: where it goes; else as in `burst`.
    NpuBurst burst;
    template <class Archive>
    void serialize(Archive& archive) {
      archive(kind, generation, offset, burst);
    }
  };
  struct Pending {  // A completion to be written.
    NpuCompletion completion{};
    bool interrupt = false;
    template <class Archive>
    void serialize(Archive& archive) {
      serialize_plain(archive, completion);
      archive(interrupt);
    }
  };
  struct Poster {  // Who posted a semaphore last.
    std::uint8_t queue = 0;
    std::uint64_t order = 0;
    NpuExtent scratchpad;
    template <class Archive>
    void serialize(Archive& archive) {
      archive(queue, order, scratchpad);
    }
  };
  enum class Category : std::uint8_t { kNonMatrix, kWaiting, kTile };

  // npu_rings.cpp: from a submission to its program, and completions.
  void kick();
  bool rings_are_sound();
  void submission_arrived(std::span<const std::uint8_t> data);
  void header_arrived(std::span<const std::uint8_t> data);
  void fetch_program();
  void program_arrived(const Flight& flight, std::span<const std::uint8_t> data);
  void complete(const NpuFault& fault);
  void pump_completions();
  void completion_written(bool ok);

  // npu_core.cpp: state, faults, bus accesses.
  void set_state(State state);
  void drop_work();
  void reset_context();
  void fail(const NpuFault& fault);
  void stop_without_completion(NpuStatus status, std::string_view why);
  void end_failing();
  NpuLimits limits() const;
  NpuFault translate(std::uint32_t region, std::uint64_t offset, std::uint64_t bytes,
                     std::uint32_t right, Addr& address) const;
  void issue_read(Kind kind, Addr address, std::uint32_t bytes, std::uint64_t offset,
                  const NpuBurst& burst, NpuTraffic traffic);
  void issue_write(Kind kind, Addr address, std::span<const std::uint8_t> data,
                   const NpuBurst& burst, NpuTraffic traffic);
  Flight& add_flight(Kind kind, std::uint32_t bytes, NpuTraffic traffic, std::uint64_t& tag);
  static bool is_work(Kind kind) { return kind != Kind::kCompletion && kind != Kind::kInterrupt; }

  // npu_execute.cpp: queues and units.
  void start_program();
  void advance();
  bool dispatch();
  bool start_transfer(bool store);
  bool start_sync();
  bool start_matrix();
  bool start_vector();
  void issue_bursts(bool store);
  bool retire(bool store);
  void transfer_done(const Flight& flight, std::span<const std::uint8_t> data);
  void bus_error(const Flight& flight, bool poison);
  bool finished(const NpuTask& task, const NpuExtent& scratchpad);
  void start_tile();
  void end_tile();
  void end_vector();
  bool all_idle() const;
  void check_end();
  StallPattern stalls(std::uint64_t rows);
  void fail_command(NpuFault fault, const NpuTask& task);
  std::uint64_t cycle() const { return clock_.cycles_until(now_); }
  void wake_in(std::uint64_t cycles, Op op) {
    port_.wake_at(clock_.at(cycle() + cycles), op, generation_);
  }
  void account(Category next);
  void classify_wait(const NpuTask& task);

  const NpuParams params_;
  const Clock clock_;
  NpuRegs& regs_;
  NpuPort& port_;

  State state_ = State::kIdle;
  std::uint64_t generation_ = 0;  // What was asked for before a fault or reset no longer counts.
  Femtoseconds now_;
  std::map<std::uint64_t, Flight> flights_;
  std::uint64_t next_tag_ = 0;
  std::uint32_t work_in_flight_ = 0;
  std::deque<Pending> completions_;
  bool completion_in_flight_ = false;
  NpuFault fault_;
  std::uint64_t tag_ = 0;  // Of the running submission.
  bool interrupt_ = false;
  NpuSubmission submission_{};

  NpuProgram program_;
  std::vector<std::uint8_t> fetched_;  // Tensors, then commands.
  std::uint64_t fetch_next_ = 0, fetch_left_ = 0;

  NpuSequencer sequencer_;
  NpuSemaphores semaphores_;
  std::uint32_t sequencer_budget_ = 0;
  bool sequencer_waits_ = false;
  std::array<Poster, NPU_SEMAPHORES> posters_{};
  std::uint64_t post_count_ = 0;

  std::array<std::deque<NpuTask>, 4> queues_;
  NpuDmaQueue load_, store_;
  std::vector<NpuTask> sync_;  // None or one.
  NpuMatrix matrix_;
  std::vector<NpuTask> vector_;  // None or one.
  Femtoseconds vector_start_;
  std::vector<std::uint8_t> scratchpad_;

  std::uint64_t port_backlog_ = 0;  // Bytes DMA has moved since the last tile began.
  Category category_ = Category::kNonMatrix;
  std::uint64_t since_ = 0, begin_ = 0;  // Cycles: of the category, of the program.
  std::uint64_t tile_active_ = 0, tile_shift_ = 0, tile_stalled_ = 0;
  Femtoseconds matrix_start_;
  NpuStatistics statistics_;
};

}  // namespace cvp
