// SPDX-License-Identifier: Apache-2.0
#include "models/ucie/management/ucie_link_registers.h"

#include <algorithm>
#include <bit>
#include <initializer_list>
#include <utility>

namespace cvp {
namespace {

constexpr std::uint64_t kGigatransfers = 1'000'000'000;
constexpr std::size_t kLanesAWord = 16, kLanesAMapWord = 4;
constexpr std::uint32_t kNoLane = 0xFF;

std::uint32_t gigatransfers(DataRate rate) {
  return static_cast<std::uint32_t>(rate.transfers_per_second / kGigatransfers);
}
DataRate rate_of(std::uint32_t gigatransfers) { return {gigatransfers * kGigatransfers}; }

// 128 bytes are 0.
std::uint32_t packet_size(std::uint32_t bytes) {
  return static_cast<std::uint32_t>(std::countr_zero(bytes / 128));
}

// The command whose bit is set.
UcieCommand the_one(std::initializer_list<std::pair<bool, UcieCommand>> bits) {
  UcieCommand found = UcieCommand::kNothing;
  for (const auto& [set, command] : bits) {
    if (set) found = found == UcieCommand::kNothing ? command : UcieCommand::kSeveral;
  }
  return found;
}

// As the register file numbers them.
constexpr UciePin kPinKinds[] = {
    UciePin::kData,       UciePin::kDataSpare,  UciePin::kClock,
    UciePin::kTrack,      UciePin::kClockSpare, UciePin::kValid,
    UciePin::kValidSpare, UciePin::kSideband,   UciePin::kSidebandSpare};

std::uint32_t cause_of(UcieTrainingError error) {
  using Log = UcieRegs::Log;
  switch (error) {
    case UcieTrainingError::kNone:
      return Log::kCauseNone;
    case UcieTrainingError::kTimeout:
      return Log::kCauseTimeout;
    case UcieTrainingError::kMismatch:
      return Log::kCauseMismatch;
    case UcieTrainingError::kLanes:
      return Log::kCausePins;
    case UcieTrainingError::kPeer:
      return Log::kCauseRemote;
    case UcieTrainingError::kSoftware:
      break;
  }
  return Log::kCauseInjected;
}

}  // namespace

UcieLinkRegisters::UcieLinkRegisters(UcieRegs& regs, UcieLinkManager& link, UcieLinkPort& port,
                                     const UcieLinkRegistersParams& params)
    : regs_(regs), link_(link), port_(port), params_(params) {
  const UcieLinkShape& shape = params.shape;
  regs_.capability.set_reset({.lanes = shape.lanes,
                              .rate = gigatransfers(shape.rate),
                              .advanced = shape.package == UciePackage::kAdvanced,
                              .modules = shape.modules,
                              .format = static_cast<std::uint32_t>(shape.format),
                              .parity = shape.wire_bytes() == kUcieParityFlitBytes});
  regs_.parity.set_reset({.inserts = params.parity});
  regs_.message_address.restrict_writable(0, ~std::uint64_t{3});
  regs_.packets.set_reset({.max_payload_size = packet_size(params.packets.max_payload),
                           .max_read_request_size = packet_size(params.packets.max_read_request)});
  regs_.locator.set_reset(0, {.block = UcieRegs::Locator::kBlockMailbox,
                              .offset = static_cast<std::uint32_t>(regs_.mailbox_index.offset(0))});
  regs_.locator.set_reset(1, {.block = UcieRegs::Locator::kBlockLanes,
                              .offset = static_cast<std::uint32_t>(regs_.lane_select.offset(0))});
  seen_ = training().state();
  was_up_ = link_.up();
  was_active_ = link_.active();
  update_status();
}

void UcieLinkRegisters::hook(const std::function<Femtoseconds()>& time,
                             std::function<std::uint64_t()> retries) {
  retries_ = std::move(retries);
  regs_.retries.on_read([this] { return retries_(); });
  regs_.control.on_write([this, time](UcieRegs::Control control) {
    port_.perform_at(time(), the_one({{control.start, UcieCommand::kStart},
                                      {control.retrain, UcieCommand::kRetrain},
                                      {control.sleep_l1, UcieCommand::kSleepL1},
                                      {control.sleep_l2, UcieCommand::kSleepL2},
                                      {control.wake, UcieCommand::kWake},
                                      {control.link_reset, UcieCommand::kLinkReset},
                                      {control.disable, UcieCommand::kDisable}}));
  });
  regs_.sideband.on_write([this, time](UcieRegs::Sideband sideband) {
    port_.perform_at(time(), the_one({{sideband.release, UcieCommand::kRelease}}));
  });
  regs_.limit.on_write([this](UcieRegs::Limit limit) {
    set_result(limits_exist());
    if (!limits_exist()) return;
    link_.set_limits({.lanes = limit.lanes, .rate = rate_of(limit.rate)});
  });
  regs_.parity.on_write([this](UcieRegs::Parity parity) {
    set_result(parity_exists());
    if (parity_exists()) link_.want_parity(parity.inserts);
  });
  regs_.inject.on_write([this, time](UcieRegs::Inject inject) {
    port_.perform_at(time(), the_one({{inject.pin, UcieCommand::kBreakPin},
                                      {inject.flit, UcieCommand::kDamageFlit},
                                      {inject.fatal, UcieCommand::kFatal}}));
  });
  regs_.mailbox_control.on_write([this, time](UcieRegs::MailboxControl control) {
    if (control.start) start_mailbox(time());
  });
  regs_.event.on_write([this, time] { drive_interrupt(time()); });
  regs_.event_enable.on_write([this, time] { drive_interrupt(time()); });
  regs_.lane_state.on_read([this](std::size_t word) {
    const UcieLtsm* module = selected_module();
    const auto states = module != nullptr ? module->lane_states(selected_direction())
                                          : std::vector<UcieLaneState>{};
    UcieRegs::LaneState value{};
    for (std::size_t n = 0; n < kLanesAWord; ++n) {
      const std::size_t lane = word * kLanesAWord + n;
      const auto state = lane < states.size() ? states[lane] : UcieLaneState::kUnused;
      value.lanes |= static_cast<std::uint32_t>(state) << 2 * n;
    }
    return value;
  });
  regs_.pin_state.on_read([this] {
    const UcieLtsm* module = selected_module();
    const auto state = [&](UciePin pin, std::uint32_t number = 0) {
      const auto here = module != nullptr ? module->pin_state(selected_direction(), pin, number)
                                          : UcieLaneState::kUnused;
      return static_cast<std::uint32_t>(here);
    };
    return UcieRegs::PinState{.clock0 = state(UciePin::kClock, 0),
                              .clock1 = state(UciePin::kClock, 1),
                              .track = state(UciePin::kTrack),
                              .clock_spare = state(UciePin::kClockSpare),
                              .valid = state(UciePin::kValid),
                              .valid_spare = state(UciePin::kValidSpare),
                              .sideband_clock = state(UciePin::kSideband, 0),
                              .sideband_data = state(UciePin::kSideband, 1),
                              .sideband_clock_spare = state(UciePin::kSidebandSpare, 0),
                              .sideband_data_spare = state(UciePin::kSidebandSpare, 1)};
  });
  regs_.lane_map.on_read([this](std::size_t word) {
    const UcieLtsm* module = selected_module();
    const auto map =
        module != nullptr ? module->lane_map(selected_direction()) : std::vector<std::uint32_t>{};
    UcieRegs::LaneMap value{};
    for (std::size_t byte = 0; byte < kLanesAMapWord; ++byte) {
      const std::size_t lane = word * kLanesAMapWord + byte;
      value.lanes |= (lane < map.size() ? map[lane] : kNoLane) << 8 * byte;
    }
    return value;
  });
  regs_.lane_status.on_read([this] {
    UcieRegs::LaneStatus status{};
    const UcieLtsm* module = selected_module();
    if (module == nullptr) return status;
    const auto direction = module->direction(selected_direction());
    status.width = direction.width.width;
    status.first = direction.width.first_lane;
    status.repaired = static_cast<std::uint32_t>(std::popcount(direction.width.repaired));
    status.clock = direction.clock_repaired;
    status.valid = direction.valid_repaired;
    status.sideband = direction.sideband_repaired;
    return status;
  });
}

std::size_t UcieLinkRegisters::selected_direction() const {
  return regs_.lane_select.get().transmit ? UcieLtsm::kOut : UcieLtsm::kIn;
}

const UcieLtsm* UcieLinkRegisters::selected_module() const {
  const std::uint32_t module = regs_.lane_select.get().module;
  return module < training().modules() ? &training().module(module) : nullptr;
}

// Commands.

void UcieLinkRegisters::perform(UcieCommand command, Femtoseconds now) {
  regs_.command.set({.result = carry_out(command, now)});
}

bool UcieLinkRegisters::limits_exist() const {
  const auto limit = regs_.limit.get();
  UcieLinkShape shape = params_.shape;
  if (limit.lanes != 0) shape.lanes = limit.lanes;
  if (limit.rate != 0) shape.rate = rate_of(limit.rate);
  return shape.lanes <= params_.shape.lanes && shape.rate <= params_.shape.rate &&
         ucie_shape_error(shape).empty();
}

bool UcieLinkRegisters::parity_exists() const {
  const std::uint32_t inserts = regs_.parity.get().inserts;
  return inserts == 0 || (regs_.capability.get().parity && std::has_single_bit(inserts));
}

// Of a value that is for the next training: this end may not be the one that starts it.
void UcieLinkRegisters::set_result(bool exists) {
  regs_.command.set({.result = exists ? Result::kResultAccepted : Result::kResultBadValue});
}

std::uint32_t UcieLinkRegisters::carry_out(UcieCommand command, Femtoseconds now) {
  const auto done = [](bool accepted) {
    return accepted ? Result::kResultAccepted : Result::kResultWrongState;
  };
  switch (command) {
    case UcieCommand::kStart:
    case UcieCommand::kRetrain:
      if (!limits_exist() || !parity_exists()) return Result::kResultBadValue;
      return done(command == UcieCommand::kStart ? link_.start(now) : link_.retrain(now));
    case UcieCommand::kSleepL1:
      return sleep(UcieInterfaceState::kL1, now);
    case UcieCommand::kSleepL2:
      return sleep(UcieInterfaceState::kL2, now);
    case UcieCommand::kWake:
      return done(link_.request(UcieInterfaceState::kActive, now));
    case UcieCommand::kLinkReset:
      return done(link_.request(UcieInterfaceState::kLinkReset, now));
    case UcieCommand::kDisable:
      return done(link_.request(UcieInterfaceState::kDisabled, now));
    case UcieCommand::kRelease:
      if (!training().sideband_up()) return Result::kResultWrongState;
      port_.send_release();
      return Result::kResultAccepted;
    case UcieCommand::kBreakPin:
      return break_pin(now);
    case UcieCommand::kDamageFlit:
      if (!link_.active() && params_.shape.format != UcieFlitFormat::kRaw) {
        return Result::kResultWrongState;
      }
      return port_.damage_next_flit() ? Result::kResultAccepted : Result::kResultBadValue;
    case UcieCommand::kFatal:
      return done(link_.request(UcieInterfaceState::kLinkError, now));
    case UcieCommand::kSeveral:
      return Result::kResultBadValue;
    case UcieCommand::kNothing:
      break;
  }
  return Result::kResultNone;
}

std::uint32_t UcieLinkRegisters::sleep(UcieInterfaceState state, Femtoseconds now) {
  if (!link_.active()) return Result::kResultWrongState;
  if (!port_.idle()) return Result::kResultBusy;
  asked_ = link_.request(state, now);
  return asked_ ? Result::kResultAccepted : Result::kResultWrongState;
}

std::uint32_t UcieLinkRegisters::break_pin(Femtoseconds now) {
  const auto pin = regs_.broken_pin.get();
  if (pin.kind >= std::size(kPinKinds)) return Result::kResultBadValue;
  const UciePinFault fault{.module = pin.module,
                           .direction = 1 - params_.end,
                           .pin = kPinKinds[pin.kind],
                           .number = pin.number,
                           .works_up_to = rate_of(pin.rate)};
  if (!ucie_fault_errors(params_.shape, std::span(&fault, 1)).empty()) {
    return Result::kResultBadValue;
  }
  link_.break_pin(fault, now);
  return Result::kResultAccepted;
}

// Events.

void UcieLinkRegisters::drive_interrupt(Femtoseconds now) {
  const std::uint32_t raised = regs_.event.bits() & regs_.event_enable.bits();
  if ((raised & ~signalled_) != 0) port_.interrupt_at(now);
  signalled_ = raised;
}

void UcieLinkRegisters::send_interrupt() {
  port_.send_message(regs_.message_address.get(), regs_.message_data.get());
}

void UcieLinkRegisters::update_status() {
  const bool up = link_.up();
  const UcieLinkShape shape = link_.shape();
  regs_.status.set({.state = static_cast<std::uint32_t>(training().state()),
                    .up = up,
                    .modules = up ? shape.modules : 0,
                    .lanes = up ? shape.lanes : 0,
                    .rate = up ? gigatransfers(shape.rate) : 0});
  const auto number = [](UcieInterfaceState state) { return static_cast<std::uint32_t>(state); };
  regs_.interface.set(
      {.rdi = number(link_.rdi()), .fdi0 = number(link_.fdi(0)), .fdi1 = number(link_.fdi(1))});
  const UcieAgreement& agreement = link_.agreement();
  if (link_.agreed()) {
    regs_.agreement.set({.valid = true,
                         .format = static_cast<std::uint32_t>(agreement.format),
                         .stacks = agreement.stacks,
                         .receive_flits = agreement.receive_flits});
  } else {
    regs_.agreement.set({});
  }
  regs_.parity.update([this](auto& parity) {
    parity.agreed = link_.parity().agreed();
    parity.refused = link_.parity().refused();
  });
  regs_.remote_status.update(
      [this](auto& status) { status.state = static_cast<std::uint32_t>(training().peer_state()); });
}

void UcieLinkRegisters::link_changed(Femtoseconds now) {
  update_status();
  const UcieState state = training().state();
  const bool entered = state != seen_, up = link_.up(), active = link_.active();
  seen_ = state;
  if (asked_ && !link_.asks_to_sleep()) {
    asked_ = false;
    if (active) regs_.command.set({.result = Result::kResultRefused});
  }
  if (active && !was_active_) note_up(now);
  if (was_up_ && !up) raise(now, [](auto& event) { event.down = true; });
  if (entered && state == UcieState::kTrainError) note_failure(now);
  was_up_ = up;
  was_active_ = active;
}

void UcieLinkRegisters::note_up(Femtoseconds now) {
  const UcieLinkShape& shape = training().shape();
  regs_.trainings.update([](auto& trainings) { trainings.up = trainings.up + 1; });
  bool repaired = false;
  for (std::uint32_t n = 0; n < training().modules(); ++n) {
    if ((training().used() >> n & 1) == 0) continue;
    for (const std::size_t side : {UcieLtsm::kIn, UcieLtsm::kOut}) {
      const auto direction = training().module(n).direction(side);
      repaired = repaired || direction.width.repaired != 0 || direction.clock_repaired ||
                 direction.valid_repaired || direction.sideband_repaired;
    }
  }
  const std::uint32_t before = regs_.correctable.bits();
  regs_.correctable.update([&](auto& errors) {
    errors.repaired = errors.repaired || repaired;
    errors.width = errors.width || shape.lanes < params_.shape.lanes;
    errors.rate = errors.rate || shape.rate < params_.shape.rate;
    errors.modules = errors.modules || shape.modules < params_.shape.modules;
  });
  const bool risen = (regs_.correctable.bits() & ~before) != 0;
  raise(now, [risen](auto& event) {
    event.up = true;
    event.correctable = event.correctable || risen;
  });
}

void UcieLinkRegisters::note_failure(Femtoseconds now) {
  const UcieTrainingError why = training().error();
  const auto state = static_cast<std::uint32_t>(training().failed_state());
  regs_.error.update([&](auto& error) {
    error.timeout = error.timeout || why == UcieTrainingError::kTimeout;
    error.mismatch = error.mismatch || why == UcieTrainingError::kMismatch;
    error.lanes = error.lanes || why == UcieTrainingError::kLanes;
    error.remote = error.remote || why == UcieTrainingError::kPeer;
    error.injected = error.injected || why == UcieTrainingError::kSoftware;
    error.failed_state = state;
  });
  regs_.trainings.update([](auto& trainings) { trainings.failures = trainings.failures + 1; });
  log_failure(training().failed_state(), cause_of(why), now);
  raise(now, [](auto& event) { event.train_error = event.uncorrectable = true; });
}

void UcieLinkRegisters::log_failure(UcieState state, std::uint32_t cause, Femtoseconds now) {
  if (regs_.log.get().valid) return;
  regs_.log.set({.valid = true,
                 .state = static_cast<std::uint32_t>(state),
                 .cause = cause,
                 .lanes = training().shape().lanes,
                 .rate = gigatransfers(training().shape().rate)});
  regs_.log_time.set(now / 1_ns);
}

void UcieLinkRegisters::note_loss(UcieLoss loss, Femtoseconds now) {
  using Log = UcieRegs::Log;
  const bool framing = loss == UcieLoss::kFraming;
  regs_.error.update([framing](auto& error) {
    error.framing = error.framing || framing;
    error.completion_timeout = error.completion_timeout || !framing;
  });
  log_failure(training().state(), framing ? Log::kCauseFraming : Log::kCauseCompletionTimeout, now);
  raise(now, [](auto& event) { event.uncorrectable = true; });
}

void UcieLinkRegisters::note_retries(Femtoseconds now) {
  const std::uint64_t retries = retries_();
  if (retries == retries_seen_) return;
  retries_seen_ = retries;
  regs_.correctable.update([](auto& errors) { errors.retry = true; });
  raise(now, [](auto& event) { event.correctable = true; });
}

void UcieLinkRegisters::note_posted_error(Femtoseconds now) {
  regs_.error.update([](auto& error) { error.posted = true; });
  raise(now, [](auto& event) { event.uncorrectable = true; });
}

}  // namespace cvp
