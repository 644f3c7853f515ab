// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/hart_unit.h"

#include <algorithm>
#include <cstring>

#include "models/core/report.h"
#include "models/core/trace.h"

namespace cvp {
namespace {

constexpr Addr kPageMask = 0xfff;
/// A refused page is asked for again after this many accesses: memory may have been switched on.
constexpr unsigned kQuestionsToSkip = 64;

AtomicOp atomic_op(RmwOp op) {
  switch (op) {
    // clang-format off
    case RmwOp::kSwap: return AtomicOp::kSwap;
    case RmwOp::kAdd: return AtomicOp::kAdd;
    case RmwOp::kXor: return AtomicOp::kXor;
    case RmwOp::kAnd: return AtomicOp::kAnd;
    case RmwOp::kOr: return AtomicOp::kOr;
    case RmwOp::kMin: return AtomicOp::kMin;
    case RmwOp::kMax: return AtomicOp::kMax;
    case RmwOp::kMinU: return AtomicOp::kMinUnsigned;
    case RmwOp::kMaxU: return AtomicOp::kMaxUnsigned;
    case RmwOp::kCompareSwap: return AtomicOp::kCompareSwap;
      // clang-format on
  }
  return AtomicOp::kNone;
}

bool contains(const HostPage& page, Addr address) {
  return address >= page.base && address - page.base < page.size;
}

}  // namespace

HartUnit::HartUnit(CpuCluster& cluster, unsigned index, ActionQueue& actions,
                   const CpuClusterParams& params)
    : cluster_(cluster),
      index_(index),
      actions_(actions),
      params_(params),
      clock_(params.clock),
      socket_(cluster.mem_initiator[index]),
      source_(source_id(socket_.name())),
      hart_({.hart_id = index,
             .isa = Isa::checked(params.isa),
             .cpi = params.cpi,
             .misaligned_traps = params.misaligned_traps},
            *this) {
  socket_.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
  payload_.set_extension(&attributes_);
  attributes_.source = source_;
  attributes_.requester = index;
  attributes_.traffic_class = TrafficClass::kHart;
  hart_.reset(params.reset_vector);
  hart_.set_x(10, index);
}

HartUnit::~HartUnit() { payload_.clear_extension(&attributes_); }

void HartUnit::start() { schedule(actions_.now(), kRun); }

void HartUnit::schedule(Femtoseconds time, Op op) {
  state_ = op == kResume ? State::kOnBus : State::kScheduled;
  actions_.post(std::max(time, actions_.now()), source_, *this, op, 0, kHartTurn);
}

void HartUnit::on_action(const Action& action) {
  switch (static_cast<Op>(action.op)) {
    case kRun:
      return turn();
    case kIssue:
      return issue();
    case kResume:
      return resume();
    case kAlarm:
      if (state_ != State::kIdle || action.time != alarm_) return;
      alarm_ = Femtoseconds::max();
      return turn();
  }
}

// ---- Turns -----------------------------------------------------------------------------------

Femtoseconds HartUnit::deadline() const {
  return cluster_.timer.size() > 0 ? cluster_.timer->deadline(index_) : Femtoseconds::max();
}

/// The timer's level comes from TimerIf, which knows it at once; its wire is a delta cycle late.
std::uint64_t HartUnit::interrupt_levels() const {
  const bool timer =
      cluster_.timer.size() > 0 ? deadline() <= actions_.now() : cluster_.mtip[index_].read();
  return (cluster_.msip[index_].read() ? std::uint64_t{kMsip} : 0) |
         (timer ? std::uint64_t{kMtip} : 0) |
         (cluster_.meip[index_].read() ? std::uint64_t{kMeip} : 0) |
         (cluster_.seip[index_].read() ? std::uint64_t{kSeip} : 0);
}

void HartUnit::inputs_changed() {
  const std::uint64_t before = levels_;
  levels_ = interrupt_levels();
  hart_.set_interrupt_inputs(levels_);
  if (!hart_.wakes()) return;
  const Femtoseconds now = actions_.now(), local = local_time();
  if (state_ == State::kIdle) {
    schedule(local, kRun);
  }
  if ((levels_ & ~before) != 0 && local > now) {
    max_lateness_ = std::max(max_lateness_, local - now);
  }
}

std::uint64_t HartUnit::instructions_until(Femtoseconds time) const {
  const std::uint64_t end = clock_.cycles_until(time);
  if (end <= hart_.cycle()) return 1;
  return (end - hart_.cycle() + params_.cpi - 1) / params_.cpi;
}

void HartUnit::turn() {
  const Femtoseconds now = actions_.now();
  hart_.advance_to(clock_.cycles_until(now));
  levels_ = interrupt_levels();
  hart_.set_interrupt_inputs(levels_);
  Femtoseconds end = now + params_.quantum;
  if (const Femtoseconds timer = deadline(); timer > now) end = std::min(end, timer);
  const RunResult result = hart_.run(instructions_until(end));
  if (trace_sink() != nullptr) {
    if (awake_since_ == Femtoseconds::max()) awake_since_ = now;
    trace(result.reason == StopReason::kWfi);
  }
  switch (result.reason) {
    case StopReason::kWfi:
      state_ = State::kIdle;
      // What came while it ran ahead has been seen by inputs_changed(); this turn saw the rest.
      if (hart_.wakes()) return schedule(local_time(), kRun);
      return set_alarm();
    case StopReason::kBusPending:
      return schedule(local_time(), kIssue);
    default:
      return schedule(local_time(), kRun);
  }
}

// A span from waking up to wfi, cut at every quantum.
void HartUnit::trace(bool sleeps) {
  const Femtoseconds until = local_time();
  if (!sleeps && until < awake_since_ + params_.quantum) return;
  const std::string track = std::string(cluster_.name()) + ".hart" + std::to_string(index_);
  if (until > awake_since_) trace_sink()->span(track, "run", awake_since_, until);
  awake_since_ = sleeps ? Femtoseconds::max() : until;
}

// ---- Bus -------------------------------------------------------------------------------------

std::optional<BusReply> HartUnit::access(const BusRequest&) { return std::nullopt; }

std::uint64_t HartUnit::time(std::uint64_t cycle) {
  return cluster_.timer.size() > 0 ? cluster_.timer->mtime_at(clock_.at(cycle)) : 0;
}

/// By bisection: TimerIf only tells what mtime is at a time. Mostly the last answer still holds.
std::uint64_t HartUnit::cycle_at(std::uint64_t mtime) {
  if (cluster_.timer.size() == 0) return Hart::kNever;
  const auto reached = [&](std::uint64_t cycle) {
    return cluster_.timer->mtime_at(clock_.at(cycle)) >= mtime;
  };
  const std::uint64_t last = last_timer_cycle_;
  if (last > hart_.cycle() && reached(last) && !reached(last - 1)) return last;
  // Only what is to come counts: software may have set mtime back.
  std::uint64_t low = hart_.cycle(), high = clock_.cycles_in(Femtoseconds::max());
  if (!reached(high)) return Hart::kNever;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (reached(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return last_timer_cycle_ = low;
}

/// A hart in wfi is woken when mtime reaches its stimecmp. An alarm that was set before and no
/// longer holds finds another time in alarm_.
void HartUnit::set_alarm() {
  if (hart_.wake_cycle() == Hart::kNever) return;
  const Femtoseconds due = std::max(clock_.at(hart_.wake_cycle()), actions_.now());
  if (due == alarm_) return;
  alarm_ = due;
  actions_.post(due, source_, *this, kAlarm, 0, kHartTurn);
}

void HartUnit::issue() {
  const BusRequest& request = hart_.pending_request();
  attributes_.atomic = AtomicOp::kNone;
  attributes_.poison = false;
  if (request.op == BusOp::kAtomic) {
    attributes_.atomic = atomic_op(request.rmw);
    const bool compares = request.rmw == RmwOp::kCompareSwap;
    std::memcpy(buffer_.data(), compares ? &request.compare : &request.data, request.size);
    std::memcpy(buffer_.data() + request.size, &request.data, request.size);
  } else {
    std::memcpy(buffer_.data(), &request.data, sizeof request.data);
  }
  payload_.set_command(request.op == BusOp::kStore ? tlm::TLM_WRITE_COMMAND
                                                   : tlm::TLM_READ_COMMAND);
  payload_.set_address(request.address);
  payload_.set_data_ptr(buffer_.data());
  payload_.set_data_length(request.size);
  payload_.set_streaming_width(request.size);
  payload_.set_byte_enable_ptr(nullptr);
  payload_.set_dmi_allowed(false);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  payload_.acquire();
  state_ = State::kOnBus;
  bus_bytes_ += request.size;
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const auto sync = socket_->nb_transport_fw(payload_, phase, delay);
  if (sync == tlm::TLM_COMPLETED || (sync == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP)) {
    finish(to_femtoseconds(delay));
  }
}

tlm::tlm_sync_enum HartUnit::nb_transport_bw(tlm::tlm_generic_payload& payload,
                                             tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  CVP_CHECK(&payload == &payload_ && state_ == State::kOnBus, socket_.name(),
            ": response to a stranger");
  finish(to_femtoseconds(delay));
  return tlm::TLM_COMPLETED;
}

void HartUnit::finish(Femtoseconds delay) { schedule(actions_.now() + delay, kResume); }

void HartUnit::resume() {
  const BusRequest request = hart_.pending_request();
  BusReply reply;
  reply.ok = payload_.get_response_status() == tlm::TLM_OK_RESPONSE && !attributes_.poison;
  if (request.op != BusOp::kStore) std::memcpy(&reply.data, buffer_.data(), request.size);
  payload_.release();
  if (!reply.ok) {
    ++bus_errors_;
    log_guest_error(cluster_.name(), actions_.now(),
                    concat("hart ", index_, " at pc ", hex(hart_.pc()), ": no answer from ",
                           hex(request.address)));
  }
  if (payload_.is_dmi_allowed()) refused_.erase(request.address & ~kPageMask);
  const bool told = htif_ != nullptr && request.op != BusOp::kLoad && request.op != BusOp::kFetch &&
                    request.address < tohost_ + 8 && request.address + request.size > tohost_;
  if (told) htif_->poll();
  hart_.complete_bus(reply);
  turn();
}

// ---- Grants ----------------------------------------------------------------------------------

const HostPage* HartUnit::grant(Addr address) {
  if (!params_.dmi) return nullptr;
  if (last_grant_ == nullptr || !contains(last_grant_->page, address)) {
    const auto found = std::find_if(grants_.begin(), grants_.end(), [&](const Grant& grant) {
      return contains(grant.page, address);
    });
    if (found == grants_.end()) return ask_for_grant(address);
    last_grant_ = &*found;
  }
  return watched_page(last_grant_->page, address);
}

/// The page of tohost is not granted for stores: they go over the bus, where they are seen.
const HostPage* HartUnit::watched_page(const HostPage& page, Addr address) {
  if (htif_ == nullptr || ((address ^ tohost_) & ~kPageMask) != 0) return &page;
  watched_ = page;
  watched_.base = std::max(page.base, tohost_ & ~kPageMask);
  watched_.size = std::min(page.base + page.size, (tohost_ | kPageMask) + 1) - watched_.base;
  watched_.host = page.host + (watched_.base - page.base);
  watched_.writable = false;
  return &watched_;
}

const HostPage* HartUnit::ask_for_grant(Addr address) {
  const auto [entry, fresh] = refused_.try_emplace(address & ~kPageMask, 0);
  if (!fresh && ++entry->second < kQuestionsToSkip) return nullptr;
  entry->second = 0;
  tlm::tlm_generic_payload question;
  question.set_command(tlm::TLM_READ_COMMAND);
  question.set_address(address);
  question.set_data_length(1);
  question.set_streaming_width(1);
  GrantExtension extension;
  question.set_extension(&extension);
  tlm::tlm_dmi dmi;
  dmi.init();
  const bool granted = socket_->get_direct_mem_ptr(question, dmi);
  question.clear_extension(&extension);
  if (!granted || address < dmi.get_start_address() || address > dmi.get_end_address()) {
    return nullptr;
  }
  refused_.erase(address & ~kPageMask);
  Grant grant;
  grant.store = extension.store;
  grant.page.base = dmi.get_start_address();
  grant.page.size = dmi.get_end_address() - dmi.get_start_address() + 1;
  grant.page.host =
      grant.store != nullptr ? grant.store->data() + extension.offset : dmi.get_dmi_ptr();
  grant.page.readable = dmi.is_read_allowed();
  grant.page.writable = dmi.is_write_allowed();
  if (grant.page.host == nullptr) return nullptr;
  if (!params_.cached.contains(grant.page.base, grant.page.size)) {
    const auto cycles = [&](const sc_core::sc_time& latency) {
      return static_cast<std::uint32_t>(clock_.cycles_until(to_femtoseconds(latency)));
    };
    grant.page.read_cycles = cycles(dmi.get_read_latency());
    grant.page.write_cycles = cycles(dmi.get_write_latency());
  }
  grants_.push_back(std::move(grant));
  last_grant_ = &grants_.back();
  last_grant_->page.bytes = &last_grant_->bytes;  // A list never moves what it holds.
  return watched_page(last_grant_->page, address);
}

void HartUnit::invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) {
  refused_.clear();
  const auto hit = [&](const Grant& grant) {
    return grant.page.base <= last && grant.page.base + (grant.page.size - 1) >= first;
  };
  if (std::none_of(grants_.begin(), grants_.end(), hit)) return;
  for (const Grant& grant : grants_) {
    if (hit(grant)) retired_grants_.push_back({{grant.page.base, grant.page.size}, grant.bytes});
  }
  grants_.remove_if(hit);
  last_grant_ = nullptr;
  hart_.flush_translations();
}

void HartUnit::watch(Addr tohost, Htif& htif) {
  tohost_ = tohost;
  htif_ = &htif;
  hart_.flush_translations();
}

// ---- Inspection ------------------------------------------------------------------------------

std::string HartUnit::waiting() const {
  const char* what = state_ == State::kOnBus ? "waits for the bus"
                     : hart_.waiting()       ? "wfi"
                                             : "runs";
  std::string text = concat("hart ", index_, ": ", what, " at pc ", hex(hart_.pc()));
  if (state_ == State::kOnBus) text += ", address " + hex(hart_.pending_request().address);
  return text;
}

CpuStatistics HartUnit::statistics() const {
  const HartStatistics& core = hart_.statistics();
  return {.instructions = hart_.instructions(),
          .bus_accesses = core.bus_accesses,
          .bus_bytes = bus_bytes_,
          .bus_errors = bus_errors_,
          .traps = core.traps,
          .interrupts = core.interrupts,
          .wfi = core.wfi,
          .max_interrupt_lateness = max_lateness_,
          .local_time = local_time()};
}

void HartUnit::add_grant_statistics(std::vector<GrantStatistics>& out) const {
  const auto add = [&](const AddrRange& range, std::uint64_t bytes) {
    const auto same = [&](const GrantStatistics& entry) { return entry.range == range; };
    const auto found = std::find_if(out.begin(), out.end(), same);
    if (found != out.end()) {
      found->bytes += bytes;
    } else {
      out.push_back({range, bytes});
    }
  };
  for (const GrantStatistics& entry : retired_grants_) add(entry.range, entry.bytes);
  for (const Grant& grant : grants_) add({grant.page.base, grant.page.size}, grant.bytes);
}

}  // namespace cvp
