// SPDX-License-Identifier: Apache-2.0
//
// Load generator of memory benchmarks: sends a pattern's requests through a TLM socket, a number of
// them outstanding (closed loop) or at a rate (open loop), and measures bandwidth and latency.
//
// Timing: it acts on ticks, as the controllers do. A request may be generated in the tick in which
// the one whose place it takes has ended. A target that answers at once (TLM_COMPLETED) is driven
// ahead of the kernel, with annotated times in the order of generation; one that answers later
// (BEGIN_RESP) is driven in step with it.
#pragma once

#include <memory>
#include <tlm>
#include <vector>

#include "models/core/attributes.h"
#include "models/hbm/tick_clock.h"
#include "platform/bench/access_pattern.h"
#include "platform/bench/bench_meter.h"
#include "platform/bench/completion_calendar.h"

namespace cvp {

struct BenchLoad {
  std::uint64_t requests = 100000;
  std::uint64_t warm_up = 20000;    ///< Completions that are not counted.
  std::uint64_t outstanding = 512;  ///< Requests generated and not ended.
  double requests_a_tick = 0;       ///< Open loop; 0: closed.
  std::uint32_t transaction = 1;    ///< Most requests of a transaction.
  std::uint64_t request_bytes = 32;
};

class BenchDriver : public sc_core::sc_module,
                    private tlm::tlm_bw_transport_if<>,
                    private tlm::tlm_mm_interface {
 public:
  tlm::tlm_initiator_socket<> mem_initiator{"mem_initiator"};

  BenchDriver(sc_core::sc_module_name name, const AccessPattern& pattern, const BenchLoad& load,
              const TickClock& ticks);

  const BenchTimes& times() const { return times_; }

 private:
  /// In the hands of the target.
  struct Transaction : tlm::tlm_generic_payload {
    explicit Transaction(tlm::tlm_mm_interface* pool) : tlm_generic_payload(pool) {}
    ~Transaction() override { clear_extension(&attributes); }
    Attributes attributes;
    Tick generated = 0;
    std::uint32_t requests = 0;
    bool answered = false;
  };

  void run();
  void generate();
  bool has_room() const;
  Tick credit_tick() const;
  Tick next_event() const;
  bool more();
  void join(std::uint32_t most);
  void next_transaction();
  void send();
  void completed(const Transaction& transaction, Femtoseconds end);
  void take_completions();
  void wait_for_target();
  void go_to(Tick tick);
  void catch_up(Femtoseconds margin);

  Transaction& new_transaction();
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}
  void free(tlm::tlm_generic_payload* payload) override;

  const AccessPattern pattern_;
  const BenchLoad load_;
  const TickClock ticks_;

  Tick now_ = 0;
  Femtoseconds time_, kernel_;          // Of now_; of the kernel.
  AccessPattern::Run next_{}, rest_{};  // The next transaction, and what then is left of its run.
  std::uint64_t fetched_ = 0;           // Requests taken from the pattern: of all runs.
  std::uint64_t generated_ = 0;
  std::uint64_t in_target_ = 0;  // Transactions that the target has not answered yet.
  bool answers_later_ = false;
  const Transaction* request_ = nullptr;  // Between BEGIN_REQ and END_REQ.
  sc_core::sc_event answer_;
  CompletionCalendar completions_;
  BenchMeter meter_;
  BenchTimes times_;
  std::vector<std::unique_ptr<Transaction>> transactions_;
  std::vector<Transaction*> free_;
  Transaction* unused_ = nullptr;  // Acquired already: its last request was answered at once.
  std::vector<unsigned char> zeros_;
};

}  // namespace cvp
