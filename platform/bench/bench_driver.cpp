// SPDX-License-Identifier: Apache-2.0
#include "platform/bench/bench_driver.h"

#include <algorithm>
#include <cmath>

#include "models/core/report.h"
#include "models/core/simulation_time.h"

namespace cvp {
namespace {

// How far requests run ahead of the kernel, for what else happens in it.
constexpr Femtoseconds kAhead = 10_us;

}  // namespace

BenchDriver::BenchDriver(sc_core::sc_module_name name, const AccessPattern& pattern,
                         const BenchLoad& load, const TickClock& ticks)
    : sc_module(name),
      pattern_(pattern),
      load_(load),
      ticks_(ticks),
      meter_(load.requests, load.warm_up),
      zeros_(load.transaction * load.request_bytes) {
  mem_initiator.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
  SC_HAS_PROCESS(BenchDriver);
  SC_THREAD(run);
}

// 1. Generate all that may be generated in this tick.
// 2. Go to the next tick in which something ends or may be generated.
void BenchDriver::run() {
  next_transaction();
  while (meter_.ended() < load_.requests) {
    generate();
    if (in_target_ > 0) {
      wait_for_target();
    } else {
      go_to(next_event());
      catch_up(answers_later_ ? Femtoseconds{} : kAhead);
    }
    take_completions();
  }
  // To the end of the tick of the last completion.
  catch_up({});  // Counters of the target are those of this time.
  times_ = std::move(meter_).finish(now_);
}

inline bool BenchDriver::has_room() const {
  const std::uint64_t outstanding = generated_ - meter_.ended();
  return next_.count > 0 && request_ == nullptr &&
         (outstanding == 0 || outstanding + next_.count <= load_.outstanding);
}

// When there is credit for the next transaction. Credit grows each tick, the first one included; a
// request costs one.
inline Tick BenchDriver::credit_tick() const {
  if (load_.requests_a_tick <= 0) return 0;
  const auto cost = static_cast<double>(generated_ + next_.count);
  return static_cast<Tick>(std::ceil(cost / load_.requests_a_tick)) - 1;
}

void BenchDriver::generate() {
  while (has_room() && credit_tick() <= now_) {
    send();
    next_transaction();
  }
}

Tick BenchDriver::next_event() const {
  const Tick ends = completions_.next();
  return load_.requests_a_tick > 0 && has_room() ? std::min(ends, credit_tick()) : ends;
}

// Whether there is another request: one that is left of the run, or of the pattern.
inline bool BenchDriver::more() {
  if (rest_.count > 0) return true;
  if (fetched_ == load_.requests) return false;
  rest_ = pattern_.run(fetched_);
  if (rest_.count > load_.requests - fetched_) {
    rest_.count = static_cast<std::uint32_t>(load_.requests - fetched_);
  }
  fetched_ += rest_.count;
  return true;
}

inline void BenchDriver::join(std::uint32_t most) {
  const std::uint32_t count = std::min(rest_.count, most);
  next_.count += count;
  rest_.address += count * load_.request_bytes;
  rest_.count -= count;
}

// Requests whose addresses follow each other go together, up to the size of a transaction.
void BenchDriver::next_transaction() {
  next_.count = 0;
  if (!more()) return;
  next_.address = rest_.address;
  next_.write = rest_.write;
  join(load_.transaction);
  while (next_.count < load_.transaction && more() && rest_.write == next_.write &&
         rest_.address == next_.address + next_.count * load_.request_bytes) {
    join(load_.transaction - next_.count);
  }
}

// The target has answered; it is done at `end`.
[[gnu::always_inline]] inline void BenchDriver::completed(const Transaction& transaction,
                                                          Femtoseconds end) {
  CVP_CHECK(transaction.is_response_ok(), "the memory answers ", transaction.get_response_string(),
            " at ", hex(transaction.get_address()));
  const Tick tick = completions_.add(ticks_.until(end), transaction.requests);
  meter_.expect({tick, tick - transaction.generated, transaction.requests, transaction.is_write()});
  --in_target_;
}

void BenchDriver::send() {
  Transaction& transaction = unused_ != nullptr ? *unused_ : new_transaction();
  unused_ = nullptr;
  transaction.generated = now_;
  transaction.requests = next_.count;
  transaction.answered = false;
  const auto bytes = static_cast<unsigned>(next_.count * load_.request_bytes);
  transaction.set_command(next_.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  transaction.set_address(next_.address);
  transaction.set_data_length(bytes);
  transaction.set_streaming_width(bytes);
  transaction.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  generated_ += next_.count;

  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = to_sc_time(time_ - kernel_);
  request_ = &transaction;
  ++in_target_;
  const auto sync = mem_initiator->nb_transport_fw(transaction, phase, delay);
  if (sync == tlm::TLM_COMPLETED || (sync == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP)) {
    if (sync == tlm::TLM_UPDATED) {
      phase = tlm::END_RESP;
      sc_core::sc_time none;
      mem_initiator->nb_transport_fw(transaction, phase, none);
    }
    completed(transaction, kernel_ + to_femtoseconds(delay));
    request_ = nullptr;
    unused_ = &transaction;
  } else {
    answers_later_ = true;
    if (sync == tlm::TLM_UPDATED && request_ == &transaction) request_ = nullptr;
  }
}

tlm::tlm_sync_enum BenchDriver::nb_transport_bw(tlm::tlm_generic_payload& payload,
                                                tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  auto& transaction = static_cast<Transaction&>(payload);
  if (request_ == &transaction) request_ = nullptr;
  answer_.notify(delay);
  if (phase != tlm::BEGIN_RESP || transaction.answered) return tlm::TLM_ACCEPTED;
  transaction.answered = true;
  completed(transaction, simulation_time() + to_femtoseconds(delay));
  transaction.release();
  return tlm::TLM_COMPLETED;
}

void BenchDriver::take_completions() {
  while (completions_.next() <= now_) {
    const Tick tick = completions_.next();
    meter_.end(tick, completions_.take());
  }
}

// Until the target answers, or something else is due before.
void BenchDriver::wait_for_target() {
  catch_up({});
  const Tick next = next_event();
  if (next <= now_) return;
  if (next == CompletionCalendar::kNever) {
    wait(answer_);
  } else {
    wait(to_sc_time(ticks_.at(next) - kernel_), answer_);
  }
  kernel_ = simulation_time();
  go_to(ticks_.until(kernel_));
}

void BenchDriver::go_to(Tick tick) {
  now_ = std::max(now_, tick);
  time_ = ticks_.at(now_);
}

// Lets the kernel's time follow, once it is more than `margin` behind.
void BenchDriver::catch_up(Femtoseconds margin) {
  if (time_ <= kernel_ + margin) return;
  wait(to_sc_time(time_ - kernel_));
  kernel_ = simulation_time();
}

BenchDriver::Transaction& BenchDriver::new_transaction() {
  if (free_.empty()) {
    auto* const pool = static_cast<tlm::tlm_mm_interface*>(this);
    Transaction& fresh = *transactions_.emplace_back(std::make_unique<Transaction>(pool));
    fresh.attributes.no_data = true;
    fresh.set_extension(&fresh.attributes);
    fresh.set_data_ptr(zeros_.data());
    free_.push_back(&fresh);
  }
  Transaction& transaction = *free_.back();
  free_.pop_back();
  transaction.acquire();
  return transaction;
}

void BenchDriver::free(tlm::tlm_generic_payload* payload) {
  free_.push_back(static_cast<Transaction*>(payload));
}

}  // namespace cvp
