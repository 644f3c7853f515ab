// SPDX-License-Identifier: Apache-2.0
#include "models/hbm/hbm.h"

#include <algorithm>
#include <bit>

#include "models/core/attributes.h"
#include "models/core/interrupt_message.h"
#include "models/core/nowhere.h"
#include "models/core/report.h"

namespace cvp {
namespace {

HbmEngineParams engine_params(const HbmParams& params) {
  const auto errors = params.errors();
  CVP_CHECK(errors.empty(), errors.front());
  return {.timing = params.timing(),
          .map = params.map_in_use(),
          .functional = params.fidelity == Fidelity::kFunctional,
          .controller = params.controller,
          .queues_per_pseudo_channel = params.policy_in_use().queues_per_pseudo_channel};
}

}  // namespace

HbmStack::HbmStack(sc_core::sc_module_name name, ActionQueue& actions, const HbmParams& params)
    : sc_module(name),
      msi_initiator("msi_initiator", actions),
      params_(params),
      actions_(actions),
      agenda_(actions, source_id(this->name()), *this),
      engine_(engine_params(params)),
      answers_at_once_(params.early_completion && params.fidelity != Fidelity::kCycle),
      answers_(mem_target, actions, source_id(this->name())),
      store_(BackingStore::create(this->name(), engine_.bytes())),
      training_(regs_, *this, engine_.timing(), params_),
      ras_(regs_, *this, engine_.timing().geometry,
           [this](Addr offset) { return engine_.place(offset); }),
      patrol_(regs_, *this, engine_.timing().geometry),
      power_(regs_, *this, engine_.timing()),
      temperature_(regs_, *this, params.celsius),
      inverse_(params.pim ? std::optional<HbmInverse>({engine_.map(), engine_.timing().geometry})
                          : std::nullopt),
      cells_(
          *store_, ras_, inverse_ ? &*inverse_ : nullptr,
          [this](Addr offset) { return dead(offset); }, [this] { return regs_target.time(); }),
      pim_(regs_, *this, power_, engine_.timing(), inverse_ ? &*inverse_ : nullptr, cells_,
           params.controller.refresh != HbmRefresh::kNone),
      latencies_(engine_.timing().geometry.channels) {
  if (params.fidelity == Fidelity::kCycle) {
    cycle_ = std::make_unique<hbm_cycle::CycleShell>(
        hbm_cycle::CycleEngineParams{engine_.timing(), params.map_in_use(), params.policy_in_use()},
        params.controller_latency, mem_target, actions, source_id(this->name()),
        [this](const tlm::tlm_generic_payload& payload, Femtoseconds arrival,
               Femtoseconds completion) {
          power_.ended(channels_of(payload), completion - params_.controller_latency);
          answered(payload, completion - arrival);
        });
  }
  mem_target.serve(*this);
  regs_target.serve(regs_);
  set_up_registers();
  hook_parts();
}

void HbmStack::hook_parts() {
  const auto time = [this] { return regs_target.time(); };
  training_.hook_registers(time, [this] { return closed(); });
  ras_.hook_registers(time);
  patrol_.hook_registers(time);
  power_.hook_registers(time);
  temperature_.hook_registers(time, [this](unsigned times, Femtoseconds when) {
    engine_.set_refresh_rate(times, when);
    if (cycle_) cycle_->set_refresh_rate(times, when);
    pim_.set_refresh_rate(times);
  });
  pim_.hook_registers(time, [this] { return ready(); });
  const auto use = [this] { return hbm_energy(engine_.timing(), activity(regs_target.time())); };
  regs_.energy.on_read([use] { return static_cast<std::uint64_t>(use().total()); });
  regs_.energy_access.on_read([use] { return static_cast<std::uint64_t>(use().access()); });
}

void HbmStack::before_end_of_elaboration() {
  if (msi_initiator.bind_count() > 0) return;
  nowhere_ = std::make_unique<Nowhere>("nowhere");
  msi_initiator.bind(*nowhere_);
}

void HbmStack::set_up_registers() {
  const HbmTiming& timing = engine_.timing();
  const HbmGeometry& g = timing.geometry;
  regs_.geometry.set_reset({.channels = g.channels,
                            .pseudo_channels = g.pseudo_channels,
                            .stack_ids = g.stack_ids,
                            .bank_groups = g.bank_groups,
                            .banks = g.banks});
  regs_.capacity.set_reset(engine_.bytes());
  const std::uint64_t transfers_a_burst = g.burst_bytes * 8 / g.pins;
  regs_.rate.set_reset(static_cast<std::uint32_t>(transfers_a_burst * timing.clock.hertz /
                                                  timing.burst / 1'000'000));
  regs_.timing.set_reset({.read_latency = timing.cl, .write_latency = timing.cwl});
  const auto counter = [&](auto& reg, std::uint64_t HbmCounters::*member) {
    reg.limit_groups(g.channels);
    reg.on_read([this, member](std::size_t channel) {
      return channel_counters(static_cast<unsigned>(channel), regs_target.time()).*member;
    });
  };
  counter(regs_.channel_bursts_read, &HbmCounters::bursts_read);
  counter(regs_.channel_bursts_written, &HbmCounters::bursts_written);
  counter(regs_.channel_row_hits, &HbmCounters::row_hits);
  counter(regs_.channel_row_misses, &HbmCounters::row_misses);
  counter(regs_.channel_row_conflicts, &HbmCounters::row_conflicts);
  counter(regs_.channel_refreshes, &HbmCounters::refreshes);
  regs_.channel_reads.limit_groups(g.channels);
  regs_.channel_reads.on_read([this](std::size_t channel) { return latencies_[channel].reads; });
  regs_.channel_read_time.limit_groups(g.channels);
  regs_.channel_read_time.on_read(
      [this](std::size_t channel) { return latencies_[channel].sum / 1_ns; });
}

void HbmStack::on_action(const Action& action) {
  agenda_.done(action);
  wake(static_cast<HbmWake>(action.op), action.arg);
}

void HbmStack::wake(HbmWake what, std::uint64_t arg) {
  switch (what) {
    case HbmWake::kModesSent:
    case HbmWake::kTrained:
      return training_.wake(what);
    case HbmWake::kAwake:
      return power_.wake(actions_.now());
    case HbmWake::kPimDone:
      return pim_.wake();
    case HbmWake::kPatrol:
      return patrol_.wake(actions_.now(), arg);
    case HbmWake::kMessage:
      return ras_.wake();
  }
}

void HbmStack::wake_at(Femtoseconds time, HbmWake what, std::uint64_t arg) {
  agenda_.post(time, static_cast<std::uint32_t>(what), arg);
}

bool HbmStack::patrol_reads(Addr offset) {
  if (!ready() || closed()) return false;
  const Femtoseconds now = actions_.now();
  const unsigned bytes = engine_.timing().geometry.burst_bytes;
  const auto channel = HbmPower::Channels{1} << engine_.place(offset).channel();
  const Femtoseconds start = admit_to(channel, now);
  if (cycle_) cycle_->read_unanswered(offset, start);
  const Femtoseconds end =
      cycle_ ? start + engine_.idle_closed() : engine_.access(false, offset, bytes, start);
  if (power_.powers_down()) power_.used(channel, end);
  ras_.scrub(offset, bytes, now);
  return true;
}

void HbmStack::raise_hot(Femtoseconds time) { ras_.raise_hot(time); }

void HbmStack::revoke_grants() { mem_target.revoke(0, size()); }

void HbmStack::send_message(Addr address, std::uint32_t data) {
  send_interrupt_message(msi_initiator, address, data);
}

// Who looks past the controller must find good data, at any time.
[[gnu::always_inline]] inline bool HbmStack::grants() const {
  return ready() && !closed() && params_.dead_pseudo_channels.empty() && ras_.quiet() &&
         !power_.powers_down() && regs_.power_state.get().state == HbmRegs::PowerState::kStateOn;
}

[[gnu::always_inline]] inline void HbmStack::access_data(tlm::tlm_generic_payload& payload,
                                                         const Attributes& attributes,
                                                         Femtoseconds arrival) {
  if (attributes.no_data) return payload.set_response_status(tlm::TLM_OK_RESPONSE);
  const bool bad_data =
      attributes.poison && (payload.is_write() || attributes.atomic != AtomicOp::kNone);
  if (ras_.quiet() && !bad_data) {
    access_store(*store_, payload.get_address(), payload);
  } else {
    access_checked(payload, arrival);
  }
}

// All but the time; false if the response is an error.
[[gnu::always_inline]] inline bool HbmStack::move_data(tlm::tlm_generic_payload& payload,
                                                       Femtoseconds arrival) {
  const Addr offset = payload.get_address();
  const std::uint64_t length = payload.get_data_length();
  if (!AddrRange{0, size()}.contains(offset, length)) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return false;
  }
  const bool plain = grants();
  if (!plain && !accepts(payload, arrival)) return false;
  const Attributes& attributes = Attributes::of(payload);
  access_data(payload, attributes, arrival);
  if (!payload.is_response_ok()) return false;
  if (!plain && payload.is_read() && !params_.dead_pseudo_channels.empty()) {
    blank_dead_bursts(offset, {payload.get_data_ptr(), payload.get_data_length()});
  }
  (payload.is_write() ? written_ : read_).add(attributes.traffic_class, length);
  payload.set_dmi_allowed(plain && (attributes.no_data || ras_.quiet()));
  return true;
}

HbmPower::Channels HbmStack::channels_of(const tlm::tlm_generic_payload& payload) const {
  if (engine_.timing().geometry.channels == 1) return 1;
  const auto channel_at = [&](Addr offset) {
    return HbmPower::Channels{1} << engine_.place(offset).channel();
  };
  const Addr first = payload.get_address(), last = first + payload.get_data_length() - 1;
  HbmPower::Channels channels = channel_at(last);
  if ((first ^ last) < engine_.timing().geometry.burst_bytes) return channels;
  const std::uint64_t block = engine_.map().channel_block();
  for (Addr at = first; at < last; at += block) channels |= channel_at(at);
  return channels;
}

[[gnu::always_inline]] inline void HbmStack::answered(const tlm::tlm_generic_payload& payload,
                                                      Femtoseconds span) {
  if (!payload.is_read()) return;
  for (HbmPower::Channels left = channels_of(payload); left != 0; left &= left - 1) {
    HbmLatency& latency = latencies_[static_cast<std::size_t>(std::countr_zero(left))];
    ++latency.reads;
    latency.sum += span;
  }
}

// When the channels of a transaction are awake.
[[gnu::always_inline]] inline Femtoseconds HbmStack::admit(const tlm::tlm_generic_payload& payload,
                                                           Femtoseconds arrival) {
  return admit_to(power_.powers_down() ? channels_of(payload) : 0, arrival);
}

[[gnu::always_inline]] inline Femtoseconds HbmStack::admit_to(HbmPower::Channels channels,
                                                              Femtoseconds arrival) {
  if (closed_time_ == Femtoseconds::max()) {
    const HbmResidency asleep = power_.residency(arrival);
    closed_time_ =
        arrival * engine_.timing().geometry.channels - asleep.power_down - asleep.self_refresh;
  }
  if (power_.always_on()) return arrival;
  return power_.admit(channels, arrival);
}

[[gnu::always_inline]] inline Femtoseconds HbmStack::access(tlm::tlm_generic_payload& payload,
                                                            Femtoseconds arrival) {
  if (!move_data(payload, arrival)) return arrival;
  const Femtoseconds start = admit(payload, arrival);
  const Femtoseconds end =
      engine_.access(payload.is_write(), payload.get_address(), payload.get_data_length(), start);
  if (power_.powers_down()) power_.used(channels_of(payload), end);
  const Femtoseconds completion = end + params_.controller_latency;
  answered(payload, completion - arrival);
  return completion;
}

std::optional<Femtoseconds> HbmStack::begin(tlm::tlm_generic_payload& payload,
                                            Femtoseconds arrival) {
  if (answers_at_once_) return HbmStack::access(payload, arrival);
  if (!cycle_) {
    const Femtoseconds completion = HbmStack::access(payload, arrival);
    if (!payload.is_response_ok()) return completion;
    answers_.answer(payload, completion);
    return std::nullopt;
  }
  if (!move_data(payload, arrival)) return arrival;
  const Femtoseconds start = admit(payload, arrival);
  power_.begun(channels_of(payload));
  cycle_->begin(payload, arrival, start);
  return std::nullopt;
}

bool HbmStack::accepts(tlm::tlm_generic_payload& payload, Femtoseconds arrival) const {
  const char* why = nullptr;
  if (!ready()) {
    why = "access before training; expected STATUS.READY";
  } else if (closed()) {
    why =
        "access in self-refresh or while the banks are in lock-step; expected POWER_STATE.ON and "
        "PIM_STATUS.SINGLE_BANK";
  }
  if (why == nullptr) return true;
  log_guest_error(name(), arrival, why);
  payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  return false;
}

// Bad data is poisoned; an initiator that could not see that gets an error. An atomic operation
// leaves bad data alone, and does nothing with a bad operand. Poison that cannot be kept is
// refused.
void HbmStack::access_checked(tlm::tlm_generic_payload& payload, Femtoseconds arrival) {
  const Addr offset = payload.get_address();
  const std::span<std::uint8_t> data{payload.get_data_ptr(), payload.get_data_length()};
  const Attributes& attributes = Attributes::of(payload);
  bool good = true;
  if (attributes.atomic != AtomicOp::kNone) {
    std::vector<std::uint8_t> old(data.size());
    good = ras_.read(offset, old, arrival) && !attributes.poison;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (good) access_store(*store_, offset, payload);
    if (good && payload.is_response_ok()) ras_.written(offset, data.size(), false);
  } else if (payload.is_read()) {
    access_store(*store_, offset, payload);
    good = ras_.read(offset, data, arrival);
  } else if (attributes.poison && !ras_.keeps_poison(offset, data.size())) {
    log_guest_error(name(), arrival,
                    "poisoned write that cannot be kept as such; expected "
                    "ECC_CTRL.ENABLE, and fewer wrong bits in the memory");
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  } else {
    access_store(*store_, offset, payload);
    ras_.written(offset, data.size(), attributes.poison);
  }
  if (good) return;
  if (payload.get_extension<Attributes>() != nullptr) {
    Attributes::set_poison(payload);
  } else {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  }
}

bool HbmStack::dead(Addr offset) const {
  const auto& dead = params_.dead_pseudo_channels;
  return !dead.empty() &&
         std::find(dead.begin(), dead.end(), engine_.pseudo_channel(offset)) != dead.end();
}

void HbmStack::blank_dead_bursts(Addr offset, std::span<std::uint8_t> data) const {
  const std::size_t burst_bytes = engine_.timing().geometry.burst_bytes;
  for (std::size_t at = 0; at < data.size();) {
    const std::size_t rest_of_burst = burst_bytes - (offset + at) % burst_bytes;
    const auto burst = data.subspan(at, std::min(rest_of_burst, data.size() - at));
    if (dead(offset + at)) std::fill(burst.begin(), burst.end(), std::uint8_t{0});
    at += burst.size();
  }
}

unsigned HbmStack::debug(tlm::tlm_generic_payload& payload) {
  const unsigned length = payload.get_data_length();
  if (!AddrRange{0, size()}.contains(payload.get_address(), length)) return 0;
  access_store(*store_, payload.get_address(), payload);
  return payload.is_response_ok() ? length : 0;
}

// A hart behind a grant pays for a closed bank at each read and for acceptance at each write: it
// takes no entry of the write queue, which an ordinary write holds until its WR.
bool HbmStack::grant(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  if (!grants()) return false;
  return grant_store(store_, payload, dmi, engine_.idle_closed() + params_.controller_latency,
                     params_.controller_latency);
}

HbmCounters HbmStack::channel_counters(unsigned channel, Femtoseconds now) const {
  if (!cycle_) return engine_.channel_counters(channel, now);
  const hbm_cycle::ControllerStatistics& statistics = cycle_->channel_statistics(channel, now);
  return {.bursts_read = statistics.reads,
          .bursts_written = statistics.writes,
          .row_hits = statistics.row_hits,
          .row_misses = statistics.row_misses,
          .row_conflicts = statistics.row_conflicts,
          .activates = statistics.activates,
          .refreshes = statistics.refreshes};
}

HbmCounters HbmStack::counters(Femtoseconds now) const {
  if (!cycle_) return engine_.counters(now);
  HbmCounters sum;
  for (unsigned channel = 0; channel < engine_.timing().geometry.channels; ++channel) {
    sum += channel_counters(channel, now);
  }
  return sum;
}

HbmActivity HbmStack::activity(Femtoseconds now) const {
  const HbmGeometry& g = engine_.timing().geometry;
  // At other fidelities a refresh stands for all that are due in a tREFI.
  const HbmRefresh refresh = cycle_ ? params_.controller.refresh : HbmRefresh::kAllBank;
  return {.counters = counters(now),
          .banks_a_refresh = refresh == HbmRefresh::kPerBank    ? 1
                             : refresh == HbmRefresh::kSameBank ? g.bank_groups
                             : cycle_ && g.ranks                ? g.bank_groups * g.banks
                                                                : 0,
          .residency = power_.residency(now),
          .closed = closed_time_,
          .now = now,
          .scrubbed_bursts = patrol_.bursts_read(),
          .pim = pim_.counters()};
}

HbmStatistics HbmStack::statistics() const {
  const HbmActivity all = activity(simulation_time());
  return {.read = read_,
          .written = written_,
          .counters = all.counters,
          .energy = hbm_energy(engine_.timing(), all),
          .residency = all.residency,
          .pim = all.pim,
          .corrected = regs_.ecc_corrected.get(),
          .uncorrected = regs_.ecc_uncorrected.get()};
}

}  // namespace cvp
